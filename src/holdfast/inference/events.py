"""Guesses an event table: its time, its contract, and the roles of its columns."""

# ruff: noqa: E501
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.event_time import happened_at
from holdfast.inference.free_columns import constant_reason, names_rows, own_column
from holdfast.inference.guesses import ColumnGuess, Guess, StatusGuess, TableGuess
from holdfast.inference.holds import PAID, holds_of
from holdfast.inference.joins.exports import has_lines, names_exported_rows, overlapping
from holdfast.inference.joins.repeated_lines import lines_repeat_in_few_goods
from holdfast.inference.known_late import LateColumns, late_columns
from holdfast.inference.money.purchases import purchase_roles
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.people.accounts import account_of
from holdfast.inference.people.key import Key
from holdfast.inference.people.nobody import Nobody, without_nobody
from holdfast.inference.profiles.columns import Profile, decimal_of, share_of
from holdfast.inference.profiles.tables import LETTERS, TableProfile, as_keys, one_to_one
from holdfast.inference.readings.receipt_lines import LinesAlone, lines_alone
from holdfast.inference.words import vocabulary
from holdfast.inference.words.acts import is_kind_of_event, passive_kinds
from holdfast.inference.words.entities import is_row_id
from holdfast.inference.words.names import says, whole_words
from holdfast.meanings import Meaning
from holdfast.table_settings import ThroughSettings
from holdfast.tables.contracts import contract_named

_PARTS: tuple[tuple[str, str, re.Pattern[str], Kind], ...] = (
    ("usage", "kind", whole_words(r"feature(?: name)?|kind|type|service|module|event name|action"), Kind.CATEGORY),
    ("usage", "errors", whole_words(r"errors?(?: count)?|error count"), Kind.NUMBER),
    ("usage", "quantity", whole_words(r"(?:usage |use )?count|quantity|mb used|gb used|units used|volume|mb|clicks|events"), Kind.NUMBER),
    ("usage", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes|call duration|dauer|duracion|duree"), Kind.NUMBER),
    ("sessions", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes|session length"), Kind.NUMBER),
    ("sessions", "device", whole_words(r"device(?: type)?|platform|os"), Kind.CATEGORY),
    ("crashes", "kind", whole_words(r"kind|type|exception|error type|crash type"), Kind.CATEGORY),
    ("crashes", "device", whole_words(r"device(?: type)?|platform|os"), Kind.CATEGORY),
    ("payments", "amount", vocabulary.AMOUNT_STRONG, Kind.MONEY),
    ("payments", "failed", whole_words(r"failed|is failed|failure|declined|fehlgeschlagen"), Kind.FLAG),
    ("payments", "status", vocabulary.STATUS, Kind.CATEGORY),
    ("payments", "method", vocabulary.PAYMENT_METHOD, Kind.CATEGORY),
    ("support", "kind", whole_words(r"kind|category|type|topic|issue type|subject|ticket type|issue|thema"), Kind.CATEGORY),
    ("support", "priority", whole_words(r"priority|severity|urgency|prioritat"), Kind.CATEGORY),
    ("support", "resolution_hours", whole_words(r"resolution (?:time )?hours|resolution time hours|hours to resolve"), Kind.NUMBER),
    ("support", "satisfaction", whole_words(r"satisfaction(?: score)?|csat|rating"), Kind.NUMBER),
    ("support", "resolved", whole_words(r"resolved|is resolved|solved"), Kind.FLAG),
    ("interactions", "kind", whole_words(r"kind|type|topic|reason|interaction type|contact type|category"), Kind.CATEGORY),
    ("interactions", "channel", vocabulary.CHANNEL, Kind.CATEGORY),
    ("interactions", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes"), Kind.NUMBER),
    ("interactions", "satisfaction", whole_words(r"satisfaction(?: score)?|csat|rating"), Kind.NUMBER),
    ("interactions", "resolved", whole_words(r"resolved|is resolved|solved"), Kind.FLAG),
    ("marketing", "kind", whole_words(r"kind|event|event type|action|response|status"), Kind.CATEGORY),
    ("marketing", "campaign", whole_words(r"campaign(?: id| name)?|kampagne"), Kind.TEXT),
    ("marketing", "channel", vocabulary.CHANNEL, Kind.CATEGORY),
    ("marketing", "cost", whole_words(r"cost|send cost|kosten"), Kind.MONEY),
)  # fmt: skip


def contract_roles(table: TableProfile, holds: str, taken: set[str]) -> list[RoleGuess]:
    roles: list[RoleGuess] = []
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
            roles.append(RoleGuess(role, fitting[0], kind, 0.85, "the name says so"))
    return roles


def _other_unit(name: str, role: str) -> bool:
    return role == "duration" and says(name, whole_words("secs?|seconds|hours?|ms|sekunden|stunden"))


def exact_roles(table: TableProfile, holds: str, taken: set[str], roles: list[RoleGuess]) -> list[RoleGuess]:
    """The roles, with columns that carry a name of the contract itself added."""
    by_role = {guess.role: guess for guess in roles}
    for column in contract_named(holds).columns:
        ours = table.columns.get(column.name)
        if (
            ours is not None
            and ours.source not in taken
            and column.name not in {*by_role, "customer_id"}  # whose the rows are was decided before
            and _fits(ours, column.kind)
            and column.kind is not Kind.TIME
        ):
            by_role[column.name] = RoleGuess(column.name, ours.source, column.kind, 0.95, "the name says so")
    return list(by_role.values())


def _fits(column: Profile, kind: Kind) -> bool:
    if not column.filled:
        return False
    match kind:
        case Kind.NUMBER | Kind.MONEY:
            return column.is_number
        case Kind.FLAG:
            return column.flag is not None
        case Kind.CATEGORY:
            return not column.is_number and column.flag is None and column.distinct <= 1000
        case Kind.TEXT:
            return True
        case Kind.TIME:
            return False


_OF_DEEDS = frozenset({"transactions", "usage", "sessions"})
_IDLE = 0.05  # share of the rows in which nothing happened, from which on they are no activity
_REGULAR = 0.98  # share of the steps from a customer's row to the next that are a month, or a day
_OF_A_MONTH = 0.07  # of the usual step: months have 28 to 31 days


_OF_ACTS = frozenset({"events", "usage", "sessions", "marketing", "interactions"})


_EXPORTED_AGAIN = "rows that a later file holds again count once, as the last file has them"
# Known when it happens.
_SETTLED = {"refunded_amount", "order_id", "product", "amount", "quantity", "unit_price", "currency"}


@dataclass(frozen=True)
class Surroundings:
    """What the other tables say about an event table."""

    alone: bool = False  # the project has no other table
    lacks_money: bool = False  # no table of the project is known to hold any
    keep: frozenset[str] = frozenset()  # columns that tables are joined by
    dated_elsewhere: bool = False  # another table tells when
    through: ThroughSettings | None = None  # another table tells whose the rows are
    paid_by: tuple[str, ...] = ()  # tables whose rows are parts of these and tell the amount
    of_sales: str = ""  # the table of sales with amounts whose rows these name


def event_table(table: TableProfile, key: Key | None, name: str, around: Surroundings) -> TableGuess | None:
    """Everything about a table of events; None where nothing dates its rows.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        name: its name in the project.
        around: what the other tables say.
    """
    guess = _event_table(table, key, name, around)
    if guess is None or guess.statuses or not table.number_letters:
        return guess
    letters = table.number_letters
    by_letters = _event_table(replace(table, columns={**table.columns, **letters}), key, name, around)
    used = _letters_of_documents(by_letters, letters) if by_letters is not None else {}
    if by_letters is None or not used:
        return guess
    unused = {*letters} - {*used}
    return replace(
        by_letters,
        columns=tuple(column for column in by_letters.columns if column.source not in unused),
        ignore={source: why for source, why in by_letters.ignore.items() if source not in unused},
        letters_of=used,
    )


def _letters_of_documents(guess: TableGuess, letters: Collection[str]) -> dict[str, str]:
    """The letters of numbers that tell documents of the same deal apart -> the numbers; empty where none do."""
    kinds = {
        status.column
        for status in guess.statuses
        if Meaning.SETTLEMENT in status.means or Meaning.SETTLEMENT in status.likeliest.values()
    }
    used = [column.source for column in guess.columns if column.source in letters and column.name in kinds]
    return {source: source.removesuffix(LETTERS) for source in used}


def _event_table(table: TableProfile, key: Key | None, name: str, around: Surroundings) -> TableGuess | None:
    when = happened_at(table, key)
    if when is None and not around.dated_elsewhere:
        return None
    taken = {guess.source for guess in (key, when) if guess is not None}
    roles = purchase_roles(table, taken)
    roles = _with_own_number(table, roles, around.keep)
    holds = holds_of(table, roles, alone=around.alone, lacks_money=around.lacks_money)
    if around.paid_by and holds.value != "transactions":
        evidence = f"{' and '.join(around.paid_by)} tells what each row is worth"
        holds = Guess(holds.about, "transactions", 0.85, evidence, holds.change)
    if around.of_sales and holds.value == "transactions" and not {role.role for role in roles} & set(PAID):
        evidence = f"its rows say what happened to those of {around.of_sales}, and nothing of money: they are no sales"
        holds = Guess(holds.about, "events", 0.85, evidence, holds.change)
    if holds.value != "transactions":
        roles = contract_roles(table, holds.value, taken)
    account = account_of(table, holds.value, exact_roles(table, holds.value, taken, roles), taken)
    roles = list(account.roles)
    decided = {
        role.source for role in roles if role.role in {*_SETTLED, *(status.column for status in account.statuses)}
    }
    settled = {*taken, *around.keep, *decided, *_attendance(table, holds.value)}
    late = late_columns(table, when.source, holds.value, settled) if when is not None else LateColumns()
    columns = [_customer_column(without_nobody(table, key))] if key is not None else []
    if when is not None:
        columns.append(_time_column(table, when, "happened_at"))
    if late.known_at:
        columns.append(_time_column(table, Key(late.known_at, 0.85, late.known_evidence), "known_at"))
    taken |= {late.known_at}
    ignore = {**late.ignore, **account.ignore}
    for role in roles:
        if role.source not in ignore and (role.source not in taken or role.role == "currency"):
            true = _true_of(table.columns[role.source]) if role.kind is Kind.FLAG else ()
            columns.append(
                ColumnGuess(
                    role.source,
                    role.role,
                    role.kind,
                    role.confidence,
                    role.evidence,
                    role.role,
                    true=true,
                    choices=role.choices,
                    plus=role.plus,
                    minus=role.minus,
                )
            )
            taken.add(role.source)
    _own_columns(table, columns, ignore, taken, key, around.keep)
    order = next((role for role in roles if role.role == "order_id"), None)
    lines = order is not None and holds.value == "transactions" and has_lines(table, order.source)
    alike = order is not None and lines and lines_repeat_in_few_goods(table, order.source)
    alike = alike or account.is_balanced
    sold = lines_alone(table, columns) if holds.value == "transactions" else LinesAlone()
    statuses = (*account.statuses, *_passive_statuses(table, holds.value, columns, account.statuses))
    row_id = _row_id(table, columns)
    return TableGuess(
        name, table.name, replace(holds, about=f"{name}.holds", change=f"tables.{name}.holds"),
        _with_exported_again(columns, row_id), ignore, around.through, sale_lines=lines, repeats_are_real=alike, decimal=decimal_of(table.columns),
        statuses=statuses, money=account.money, row_id=row_id, only=sold.only, notes=sold.notes(name),
        idle_when_zero=account.idle or (_idle_columns(table, key, when, columns) if holds.value in _OF_DEEDS and not around.paid_by else ()),
    )  # fmt: skip


def _idle_columns(
    table: TableProfile, key: Key | None, when: Key | None, columns: Sequence[ColumnGuess]
) -> tuple[str, ...]:
    """Of one row a customer and month (or day), our numbers that are 0 where nothing happened; none of other tables."""
    if key is None or when is None:
        return ()
    counted = [
        column
        for column in columns
        if column.source in table.columns
        and table.columns[column.source].is_number
        and column.role not in {"customer_id", "order_id"}
        and share_of(table.columns[column.source].all_numbers == 0) >= _IDLE
    ]
    if not counted:
        return ()
    rows = pl.DataFrame(
        {"who": as_keys(table.columns[key.source]), "when": table.timestamps(when.source)}
        | {column.name: table.columns[column.source].all_numbers for column in counted}
    ).drop_nulls(["who", "when"]).sort("who", "when")  # fmt: skip
    days = rows.select(pl.col("when").diff().over("who").dt.total_days())["when"].drop_nulls()
    usual = days.median()
    if not len(days) or not isinstance(usual, float) or usual < 1:
        return ()
    is_panel = share_of((days - usual).abs() <= 1 + _OF_A_MONTH * usual) >= _REGULAR
    idle = rows.select(pl.all_horizontal(pl.col([column.name for column in counted]) == 0)).to_series()
    pays = [column for column in columns if column.role == "amount"]
    pays = pays or [column for column in columns if column.role in {"quantity", "unit_price"}]
    if not is_panel or share_of(idle) < _IDLE or (pays and not any(column in counted for column in pays)):
        return ()
    return tuple(column.name for column in counted)


def _attendance(table: TableProfile, holds: str) -> set[str]:
    """Source columns that say whether an event was an act of the customer at all: came, or did not show up."""
    return {
        name
        for name, column in table.columns.items()
        if holds in _OF_ACTS
        and is_kind_of_event(name)
        and Meaning.PASSIVE in passive_kinds(column.values.head(200), holds)
    }


def _passive_statuses(
    table: TableProfile, holds: str, columns: Sequence[ColumnGuess], statuses: Sequence[StatusGuess]
) -> list[StatusGuess]:
    """Of each column that tells what happened: which of its values are no sign of life."""
    guesses = []
    for column in columns if holds in _OF_ACTS else ():
        is_kind = column.role == "kind" or (column.kind is Kind.CATEGORY and is_kind_of_event(column.source))
        if not is_kind or any(status.column == column.name for status in statuses):
            continue
        passive = passive_kinds(table.columns[column.source].values, holds)
        if passive:
            guesses.append(StatusGuess(column.name, {**passive, Meaning.NEUTRAL: ("*",)}))
    return guesses


def _customer_column(nobody: Nobody) -> ColumnGuess:
    key = nobody.key
    return ColumnGuess(
        key.source,
        "customer_id",
        Kind.TEXT,
        key.confidence,
        key.evidence,
        "customer_id",
        choices=key.choices,
        nobody=nobody.texts,
        fold_case=nobody.is_address,
    )


def _row_id(table: TableProfile, columns: list[ColumnGuess]) -> tuple[str, ...]:
    """Our column by which a row of an earlier export is found again in a later one; none where no rows are."""
    named = [column for column in columns if column.role == "order_id"] or [
        column for column in columns if is_row_id(column.source, table.name) and column.name != "customer_id"
    ]
    if named:
        return (named[0].name,) if overlapping(table, named[0].source) else ()
    same = [
        table.timestamps(column.source) if column.role == "happened_at" else as_keys(table.columns[column.source])
        for column in columns
        if column.role in {"customer_id", "happened_at"}
    ]
    others = [
        column for column in columns if column.kind in {Kind.TEXT, Kind.CATEGORY} and column.role != "customer_id"
    ]
    unnamed = (column.name for column in others if same and names_exported_rows(table, column.source, same))
    return tuple(unnamed)[:1]


def _with_exported_again(columns: Sequence[ColumnGuess], row_id: Sequence[str]) -> tuple[ColumnGuess, ...]:
    """The columns, with what becomes of rows that several files hold as evidence of the one that names them."""
    return tuple(
        replace(column, evidence=f"{column.evidence}; {_EXPORTED_AGAIN}") if column.name in row_id else column
        for column in columns
    )


def _with_own_number(table: TableProfile, roles: list[RoleGuess], keep: frozenset[str]) -> list[RoleGuess]:
    """The roles with the number of the table's own rows as order_id, where other tables refer to it."""
    taken = {role.source for role in roles}
    own = [name for name in keep if is_row_id(name, table.name) and name not in taken]
    if any(role.role == "order_id" for role in roles) or len(own) != 1:
        return roles
    return [*roles, RoleGuess("order_id", own[0], Kind.TEXT, 0.9, "names the rows; another table refers to it")]


def _time_column(table: TableProfile, key: Key, role: str) -> ColumnGuess:
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
    table: TableProfile,
    columns: list[ColumnGuess],
    ignore: dict[str, str],
    taken: set[str],
    key: Key | None,
    keep: frozenset[str],
) -> None:
    names = {column.name for column in columns} | {"customer_id", "happened_at", "known_at"}
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
        guess = own_column(column, table.times.get(source), names)
        columns.append(guess)
        names.add(guess.name)
