"""New times in the format of a trained run: read where one format fits them all, never with day and month traded.

times_as_written(values, layout) -> WrittenTimes
"""

from dataclasses import dataclass

import polars as pl

from holdfast.notation.times import is_of_numbers
from holdfast.quality.parsing.texts import as_text
from holdfast.quality.parsing.times import Times, read_times

_OTHERS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y")
_OF_DAY = ("", " %H:%M", " %H:%M:%S")


@dataclass(frozen=True)
class WrittenTimes:
    """What of a column's times a run's format can read, or another one."""

    times: Times  # by the run's format, as of UTC
    odd: pl.Series | None = None  # (n,) times that the run's format cannot read; None: it reads all
    rewritten: pl.Series | None = None  # as the run would have written them; None: as they are
    format: str = ""  # by which they were read, where it is not the run's
    is_mixed: bool = False  # some only fit with day and month traded, others only without

    @property
    def unread(self) -> int:
        return int(self.odd.sum()) if self.rewritten is None and self.odd is not None else 0


def times_as_written(values: pl.Series, layout: str | None) -> WrittenTimes:
    """Times as the run's format reads them; where it cannot, by the one other format that reads all of them.

    Args:
        values: of one column; blanks null.
        layout: of the run: a strptime format, a count of seconds and the like, or None for ISO 8601.
    """
    read = read_times(values, layout, "UTC")
    odd = _unread(values, read)
    if odd is None or values.dtype.is_temporal() or (layout is not None and is_of_numbers(layout)):
        return WrittenTimes(read, odd)
    fitting = [other for other in _candidates(layout) if _unread(values, read_times(values, other, "UTC")) is None]
    # 05/04/2024 fits two of them: of what no value decides, nothing is read.
    if len(fitting) == 1:
        times = read_times(values, fitting[0], "UTC").values
        written = times.dt.strftime(layout.replace("%S.%f", "%S%.f") if layout else "%Y-%m-%dT%H:%M:%S%.f")
        return WrittenTimes(read, odd, written.alias(values.name), fitting[0] or "ISO 8601")
    traded = _traded(layout)
    unread = None if traded is None else _unread(values, read_times(values, traded, "UTC"))
    is_mixed = traded is not None and (unread is None or bool((odd & ~unread).any()))
    return WrittenTimes(read, odd, is_mixed=is_mixed)


def _unread(values: pl.Series, read: Times) -> pl.Series | None:
    """(n,) what is no time; None where nothing is."""
    times = read.values
    if times.null_count() == values.null_count():
        return None
    unread = as_text(values).is_not_null() & times.is_null()
    return unread if unread.any() else None


def _candidates(layout: str | None) -> list[str | None]:
    others = [_traded(layout), *(day + moment for day in _OTHERS for moment in _OF_DAY)]
    if layout is not None:
        others.insert(0, None)
    return [other for other in dict.fromkeys(others) if other != layout]


def _traded(layout: str | None) -> str | None:
    """The format with day and month in each other's place; None where the text tells them apart itself."""
    if layout is None or "%d" not in layout or "%m" not in layout:
        return None
    return layout.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
