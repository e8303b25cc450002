"""What a column holds, whatever the file wrote it as."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import polars as pl

TIME = pl.Datetime("us", "UTC")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def literal_time(moment: datetime) -> pl.Expr:
    """A moment to compare times with; kept, for to make one takes longer than to compare a customer's times with it."""
    return pl.lit(moment, TIME)


def microseconds(moment: datetime) -> int:
    """A moment as a column of times stores it: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


class Kind(StrEnum):
    """The kinds of column; each has one storage type."""

    TEXT = "text"  # identifiers and free words: never a feature by themselves
    CATEGORY = "category"
    NUMBER = "number"
    MONEY = "money"
    FLAG = "flag"
    TIME = "time"


DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.CATEGORY: pl.String(),
    Kind.NUMBER: pl.Float64(),
    Kind.MONEY: pl.Float64(),
    Kind.FLAG: pl.Boolean(),
    Kind.TIME: TIME,
}

_FAMILIES = ({Kind.TEXT, Kind.CATEGORY}, {Kind.NUMBER, Kind.MONEY})


def are_alike(kind: Kind, other: Kind) -> bool:
    """Whether a column of one kind can stand where the other is promised: both words, or both numbers."""
    return kind == other or any({kind, other} <= family for family in _FAMILIES)
