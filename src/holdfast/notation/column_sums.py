"""A column with others added to it or taken off it, in words: `Cash plus Card`, `Total less Deposit`."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_PLUS, _LESS = " plus ", " less "
_PARTS = re.compile(rf"({_PLUS}|{_LESS})")


@dataclass(frozen=True)
class ColumnSum:
    """What one column holds, with further columns added and taken off."""

    first: str
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()


def in_words(first: str, plus: Sequence[str] = (), minus: Sequence[str] = ()) -> str:
    """The sum as it is offered in a question; the column alone where nothing is added or taken off."""
    return "".join((first, *(f"{_PLUS}{name}" for name in plus), *(f"{_LESS}{name}" for name in minus)))


def from_words(text: str, columns: Collection[str]) -> ColumnSum | None:
    """The sum that a text offers; None where it is a column, or begins with none of those offered.

    Args:
        text: an answer. columns: the answers that were offered.
    """
    first, *rest = _PARTS.split(text)
    if not rest or first not in columns:
        return None
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    plus, minus = (tuple(name for sign, name in pairs if sign == each) for each in (_PLUS, _LESS))
    return ColumnSum(first, plus, minus)
