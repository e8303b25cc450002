"""The parts that columns play in support, usage, payments and other tables of events."""

# ruff: noqa: E501
import re

from holdfast.kinds import Kind
from holdfast.tables.canonical import contract_named
from holdfast.tables.inference import vocabulary as said
from holdfast.tables.inference.names import says, whole_words
from holdfast.tables.inference.profile import Profile
from holdfast.tables.inference.purchases import Part
from holdfast.tables.inference.study import Study

_PARTS: tuple[tuple[str, str, re.Pattern[str], Kind], ...] = (
    ("usage", "kind", whole_words(r"feature(?: name)?|kind|type|service|module|event name|action"), Kind.CATEGORY),
    ("usage", "errors", whole_words(r"errors?(?: count)?|error count"), Kind.NUMBER),
    ("usage", "quantity", whole_words(r"(?:usage |use )?count|quantity|mb used|gb used|units used|volume|mb|clicks|events"), Kind.NUMBER),
    ("usage", "duration", whole_words(r"duration(?: min(?:utes)?)?|minutes|call duration|dauer|duracion|duree"), Kind.NUMBER),
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


def contract_parts(table: Study, holds: str, taken: set[str]) -> list[Part]:
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


def exact_parts(table: Study, holds: str, taken: set[str], parts: list[Part]) -> list[Part]:
    """Columns that carry a name of the contract itself."""
    found = {part.role: part for part in parts}
    for column in contract_named(holds).columns:
        ours = table.columns.get(column.name)
        if (
            ours is not None
            and ours.source not in taken
            and column.name not in {*found, "customer_id"}  # whose the rows are was decided before
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
            return not column.is_number and column.flag is None and column.distinct <= 1000
        case Kind.TEXT:
            return True
        case Kind.TIME:
            return False
