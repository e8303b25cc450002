"""Roles of columns in a table of purchases that their names say: order, product, category, channel, state, discount."""

# ruff: noqa: E501
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.column_types import Kind
from holdfast.inference.joins.exports import has_lines
from holdfast.inference.money.orders import lines_of_one
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.states import MOST_STATES, is_named_state, tests_among


@dataclass(frozen=True)
class RoleGuess:
    """A guessed role of one column in its table."""

    role: str
    source: str
    kind: Kind
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()  # source columns that are added to it
    is_received: bool = False  # an amount of what was received, beside what was charged
    minus: tuple[str, ...] = ()  # source columns that are taken off it
    is_moved: bool = False  # an amount of a statement: what came in, beside what went out


def word_roles(table: TableProfile, free: Mapping[str, Profile]) -> list[RoleGuess]:
    """The roles that the names of columns say.

    Args:
        table: the log.
        free: its columns without a role, by source.
    """
    guesses: list[RoleGuess] = []
    if not table.sample.headed:
        return guesses
    wanted: tuple[tuple[str, re.Pattern[str], Kind], ...] = (
        ("order_id", vocabulary.ORDER_ID, Kind.TEXT),
        ("category", vocabulary.CATEGORY, Kind.CATEGORY),
        ("product", vocabulary.PRODUCT, Kind.TEXT),
        ("channel", vocabulary.CHANNEL, Kind.CATEGORY),
        ("payment_method", vocabulary.PAYMENT_METHOD, Kind.CATEGORY),
        ("status", vocabulary.STATUS, Kind.CATEGORY),
        ("discount", vocabulary.DISCOUNT, Kind.MONEY),
    )
    used: set[str] = set()
    for role, pattern, kind in wanted:
        fitting = [
            name
            for name, column in free.items()
            if name not in used
            and says(name, pattern)
            and _suits(column, kind)
            and not tests_among(column.values.to_list() if column.distinct <= MOST_STATES else ())
            and (role == "status" or not is_named_state(name))  # the state of a line is no product line
        ]
        chosen = only(fitting) or only(name for name in fitting if _is_code_like(name))
        if chosen is not None:
            used.add(chosen)
            guesses.append(RoleGuess(role, chosen, kind, 0.9, _word_evidence(role, table, free[chosen])))
    if not any(guess.role == "order_id" for guess in guesses) and (of_lines := lines_of_one(table)) is not None:
        source, shown = of_lines
        if source in free and source not in used:
            guesses.insert(0, RoleGuess("order_id", source, Kind.TEXT, 0.8, f"{shown}: one sale stands on several"))
    return guesses


def _word_evidence(role: str, table: TableProfile, column: Profile) -> str:
    if role == "order_id" and has_lines(table, column.source):
        return f"the name says so; {column.distinct:,} different ones over {column.filled:,} rows: one sale stands on several"
    return f"the name says so; {column.distinct:,} different values"


def _is_code_like(name: str) -> bool:
    return says(name, whole_words(r"id|ids|nr|no|num|number|code|sku|key|stockcode"))


def _suits(column: Profile, kind: Kind) -> bool:
    if kind is Kind.MONEY:
        return column.is_number and column.flag is None
    if kind is Kind.CATEGORY:
        return not column.is_number and 2 <= column.distinct <= 1000
    return column.distinct >= 2 and not (column.is_number and not column.is_whole)


def only(names: Iterable[str]) -> str | None:
    """The name, where there is one and no other."""
    candidates = list(names)
    return candidates[0] if len(candidates) == 1 else None
