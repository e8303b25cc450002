"""A table of things that happened: when, of what sort, and the parts its columns play."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.kinds import Kind
from holdfast.tables.canonical import contract_named
from holdfast.tables.inference import vocabulary as said
from holdfast.tables.inference.keys import Key
from holdfast.tables.inference.later import Learnt, learnt_later
from holdfast.tables.inference.names import plain, says, spaced, whole_words
from holdfast.tables.inference.own import constant_reason, names_rows, own_column
from holdfast.tables.inference.profile import Profile
from holdfast.tables.inference.purchases import Part, purchase_parts
from holdfast.tables.inference.records import ColumnGuess, Guess, TableGuess
from holdfast.tables.inference.study import Study, one_to_one

_SETTLED = {"order_id", "product", "amount", "quantity", "unit_price"}  # known when it happens
_SORTS = whole_words(r"event type|event name|event|action|activity type|activity|type")
_PARTS: tuple[tuple[str, str, re.Pattern[str], Kind], ...] = (
    ("usage", "kind", whole_words(r"feature(?: name)?|kind|type|service|module|event name|action"), Kind.CATEGORY),
    ("usage", "quantity", whole_words(r"(?:usage |use )?count|quantity|mb used|gb used|units used|volume|mb|clicks|events"), Kind.NUMBER),
    ("usage", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes|call duration|dauer|duracion|duree"), Kind.NUMBER),
    ("usage", "errors", whole_words(r"errors?(?: count)?|error count"), Kind.NUMBER),
    ("sessions", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes|session length"), Kind.NUMBER),
    ("sessions", "device", whole_words(r"device(?: type)?|platform|os"), Kind.CATEGORY),
    ("crashes", "kind", whole_words(r"kind|type|exception|error type|crash type"), Kind.CATEGORY),
    ("crashes", "device", whole_words(r"device(?: type)?|platform|os"), Kind.CATEGORY),
    ("payments", "amount", said.AMOUNT_STRONG, Kind.MONEY),
    ("payments", "failed", whole_words(r"failed|is failed|failure|declined|fehlgeschlagen"), Kind.FLAG),
    ("payments", "status", said.STATUS, Kind.CATEGORY),
    ("payments", "method", said.PAYMENT_METHOD, Kind.CATEGORY),
    ("support", "kind", whole_words(r"kind|category|type|topic|issue type|subject|ticket type|issue|thema"), Kind.CATEGORY),
    ("support", "priority", whole_words(r"priority|severity|urgency|prioritat"), Kind.CATEGORY),
    ("support", "resolution_hours", whole_words(r"resolution (?:time )?hours|resolution time hours|hours to resolve"), Kind.NUMBER),
    ("support", "satisfaction", whole_words(r"satisfaction(?: score)?|csat|rating"), Kind.NUMBER),
    ("support", "resolved", whole_words(r"resolved|is resolved|solved"), Kind.FLAG),
    ("interactions", "kind", whole_words(r"kind|type|topic|reason|interaction type|contact type|category"), Kind.CATEGORY),
    ("interactions", "channel", said.CHANNEL, Kind.CATEGORY),
    ("interactions", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes"), Kind.NUMBER),
    ("interactions", "satisfaction", whole_words(r"satisfaction(?: score)?|csat|rating"), Kind.NUMBER),
    ("interactions", "resolved", whole_words(r"resolved|is resolved|solved"), Kind.FLAG),
    ("marketing", "kind", whole_words(r"kind|event|event type|action|response|status"), Kind.CATEGORY),
    ("marketing", "campaign", whole_words(r"campaign(?: id| name)?|kampagne"), Kind.TEXT),
    ("marketing", "channel", said.CHANNEL, Kind.CATEGORY),
    ("marketing", "cost", whole_words(r"cost|send cost|kosten"), Kind.MONEY),
)  # fmt: skip


def happened_at(table: Study) -> Key | None:
    """The column that dates the rows: None where no column holds times, a question where several could."""
    if not table.times:
        return None
    sure = [name for name in table.times if says(name, said.HAPPENED_STRONG) and not _is_end(name)]
    named = [name for name in table.times if says(name, said.HAPPENED) and not _is_known(name) and not _is_end(name)]
    begins = [name for name in table.times if says(name, said.SIGNED_UP) and not _is_known(name)]
    exact = [name for name in table.times if spaced(name) == " happened at "]
    for candidates, confidence, why in (
        (exact, 0.98, "the name says so"),
        (sure, 0.92, "the name says when it took place"),
        (begins, 0.85, "the name says when it began"),
        (named, 0.85, "the name says a time"),
        (list(table.times), 0.78, "the only column that holds times"),
    ):
        if len(candidates) == 1:
            return Key(candidates[0], confidence, why)
        if len(candidates) > 1:
            return _earliest(table, candidates)
    return None


def _is_end(name: str) -> bool:
    return says(name, said.ENDED) and not says(name, whole_words("churn|churned|cancel|cancellation"))


def _is_known(name: str) -> bool:
    return says(name, said.KNOWN)


def _earliest(table: Study, candidates: list[str]) -> Key:
    moments = {name: table.moments(name) for name in candidates}
    for name in candidates:
        others = [other for other in candidates if other != name]
        first = all(
            float((moments[name].dt.date() <= moments[other].dt.date()).mean() or 0.0) >= 0.99 for other in others
        )  # type: ignore[arg-type]
        if first and table.columns[name].share_filled >= 0.95:
            later = any((moments[name] < moments[other]).any() for other in others)
            if later:
                return Key(name, 0.8, f"never later than {', '.join(others)}")
    names = tuple(sorted(candidates))
    return Key(names[0], 0.5, f"{', '.join(names)} could each say when it happened", names)


def holds_of(table: Study, parts: list[Part], *, alone: bool) -> Guess:
    """Which contract an event table fits."""
    about, change = f"{table.name}.holds", f"tables.{table.name}.holds"
    name = table.name
    roles = {part.role for part in parts if part.confidence >= 0.7}
    pays = "amount" in roles or {"quantity", "unit_price"} <= roles
    sorts = next(
        (column for column in table.columns.values() if says(column.source, _SORTS) and not column.is_number), None
    )
    if sorts is not None and _mixes_events(sorts):
        evidence = f"{sorts.source} tells different sorts of events apart: {', '.join(sorts.values.head(4))}"
        return Guess(about, "events", 0.8, evidence, change)
    if says(name, whole_words("churn|churned|cancellations?")):
        return Guess(about, "events", 0.8, "the file's name says that customers left; it is not activity", change)
    by_name = next((contract for contract, pattern in said.TABLE_WORDS if says(name, pattern)), None)
    if by_name == "transactions" or (pays and (alone or by_name is None) and roles & {"amount", "unit_price"}):
        if pays or not alone:
            shown = ", ".join(
                f"{part.role}: {part.source}" for part in parts if part.role in {"amount", "quantity", "unit_price"}
            )
            return Guess(
                about,
                "transactions",
                0.9 if pays else 0.75,
                f"money and dates: {shown}" if shown else "the file's name says so",
                change,
            )
    if by_name is not None:
        return Guess(about, by_name, 0.85, f'the file\'s name says "{plain(name)}"', change)
    if pays:
        return Guess(about, "transactions", 0.8, "each row has a date and money", change)
    return Guess(about, "events", 0.8, "customers and times, and nothing that says of which sort", change)


def _mixes_events(column: Profile) -> bool:
    values = {plain(value) for value in column.values.head(50)}
    browsing = {
        "view",
        "cart",
        "purchase",
        "click",
        "addtocart",
        "add_to_cart",
        "login",
        "signup",
        "logout",
        "remove_from_cart",
    }
    return column.distinct <= 50 and len(values & browsing) >= 2


@dataclass(frozen=True)
class Surroundings:
    """What the other tables say about an event table."""

    alone: bool = False  # the project has no other table
    keep: frozenset[str] = frozenset()  # columns that tables are joined by
    dated_elsewhere: bool = False  # another table tells when
    through: tuple[str, str] | None = None  # another table tells whose: its name, the shared column


def event_table(table: Study, key: Key | None, name: str, around: Surroundings) -> TableGuess | None:
    """Everything about a table of events; None where nothing dates its rows.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        name: its name in the project.
        around: what the other tables say.
    """
    when = happened_at(table)
    if when is None and not around.dated_elsewhere:
        return None
    taken = {known.source for known in (key, when) if known is not None}
    parts = purchase_parts(table, taken)
    holds = holds_of(table, parts, alone=around.alone)
    if holds.value != "transactions":
        parts = _contract_parts(table, holds.value, taken)
    parts = _exact_parts(table, holds.value, taken, parts)
    settled = {*taken, *around.keep, *(part.source for part in parts if part.role in _SETTLED)}
    learnt = learnt_later(table, when.source, holds.value, settled) if when is not None else Learnt()
    columns = []
    if key is not None:
        columns.append(
            ColumnGuess(
                key.source, "customer_id", Kind.TEXT, key.confidence, key.evidence, "customer_id", choices=key.choices
            )
        )
    if when is not None:
        columns.append(_time_column(table, when, "happened_at"))
    if learnt.known_at:
        columns.append(_time_column(table, Key(learnt.known_at, 0.85, learnt.known_evidence), "known_at"))
    taken |= {learnt.known_at}
    ignore = dict(learnt.ignore)
    for part in parts:
        if part.source not in ignore and part.source not in taken:
            true = _true_of(table.columns[part.source]) if part.kind is Kind.FLAG else ()
            columns.append(
                ColumnGuess(
                    part.source,
                    part.role,
                    part.kind,
                    part.confidence,
                    part.evidence,
                    part.role,
                    true=true,
                    choices=part.choices,
                )
            )
            taken.add(part.source)
    _own_columns(table, columns, ignore, taken, key, around.keep)
    order = next((part for part in parts if part.role == "order_id"), None)
    lines = order is not None and table.columns[order.source].share_distinct < 0.95 and holds.value == "transactions"
    return TableGuess(
        name, table.name, Guess(f"{name}.holds", holds.value, holds.confidence, holds.evidence, f"tables.{name}.holds"),
        tuple(columns), ignore, around.through, sale_lines=lines, decimal=decimal_of(table.columns),
    )  # fmt: skip


def _time_column(table: Study, key: Key, role: str) -> ColumnGuess:
    reading = table.times[key.source]
    evidence = f"{key.evidence}; {reading.evidence}"
    return ColumnGuess(key.source, role, Kind.TIME, key.confidence, evidence, role, time=reading, choices=key.choices)


def _true_of(column: Profile) -> tuple[str, ...]:
    return (
        (column.flag,)
        if column.flag and column.is_text_typed and column.flag.lower() not in {"yes", "true", "1", "y", "t", "1.0"}
        else ()
    )


def _own_columns(
    table: Study,
    columns: list[ColumnGuess],
    ignore: dict[str, str],
    taken: set[str],
    key: Key | None,
    keep: frozenset[str],
) -> None:
    contract_names = {column.name for column in columns} | {"customer_id", "happened_at", "known_at"}
    for source, column in table.columns.items():
        if source in taken or source in ignore:
            continue
        reason = constant_reason(column)
        if source in keep:
            reason = ""
        elif not reason and names_rows(column):
            reason = "names each row: says nothing of the customer"
        elif (
            not reason
            and key is not None
            and column.could_name_things
            and column.distinct > 50
            and one_to_one(column, table.columns[key.source])
        ):
            reason = f"says the same as {key.source}, one to one"
        if reason:
            ignore[source] = reason
            continue
        made = own_column(column, table.times.get(source), {guess.name for guess in columns} | contract_names)
        columns.append(made)


def _contract_parts(table: Study, holds: str, taken: set[str]) -> list[Part]:
    parts: list[Part] = []
    used = set(taken)
    for contract, role, pattern, kind in _PARTS:
        if contract != holds:
            continue
        fitting = [
            name for name, column in table.columns.items()
            if name not in used and name not in table.times and says(name, pattern) and _fits(column, kind) and not _other_unit(name, role)
        ]  # fmt: skip
        if len(fitting) == 1:
            used.add(fitting[0])
            parts.append(Part(role, fitting[0], kind, 0.85, "the name says so"))
    return parts


def _other_unit(name: str, role: str) -> bool:
    return role == "duration" and says(name, whole_words("secs?|seconds|hours?|ms|sekunden|stunden"))


def _exact_parts(table: Study, holds: str, taken: set[str], parts: list[Part]) -> list[Part]:
    """Columns that carry a name of the contract itself."""
    found = {part.role: part for part in parts}
    for column in contract_named(holds).columns:
        ours = table.columns.get(column.name)
        if (
            ours is not None
            and ours.source not in taken
            and column.name not in found
            and _fits(ours, column.kind)
            and column.kind is not Kind.TIME
        ):
            found[column.name] = Part(column.name, ours.source, column.kind, 0.95, "the name says so")
    return list(found.values())


def _fits(column: Profile, kind: Kind) -> bool:
    if not column.filled:
        return False
    match kind:
        case Kind.NUMBER | Kind.MONEY:
            return column.is_number
        case Kind.FLAG:
            return column.flag is not None
        case Kind.CATEGORY:
            return not column.is_number and column.distinct <= 1000
        case Kind.TEXT:
            return True
        case Kind.TIME:
            return False


def decimal_of(columns: Mapping[str, Profile]) -> str:
    """The decimal sign of a table; "?" where its columns disagree or nothing decides it."""
    signed = [
        column.decimal
        for column in columns.values()
        if column.is_text_typed and column.is_number and column.bare.str.contains(r"[.,]").any()
    ]
    sure = {sign for sign, confidence in signed if confidence >= 0.7}
    if len(sure) == 1:
        return sure.pop()
    return "." if not signed else "?"
