"""Reads times in many formats as UTC, and counts every daylight-saving choice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import polars as pl

from holdfast.column_types import TIME
from holdfast.notation.times import EXCEL, is_of_numbers, moments_of_numbers, standard_texts, with_a_day

_OF_DAY = ("%H", "%I", "%M", "%S", "%T", "%R", "%p", "%s", "%c", "%X", "%k", "%l")
_UNAMBIGUOUS = (  # tried where no format is given; day and month never trade places, and no text fits two of them
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d",
)
_SHAPES = tuple(  # of the same: what a text must look like to fit
    re.compile(pattern)
    for pattern in (
        r"\d+-\d+-\d+ \d+:\d+:[\d.]+",
        r"\d+-\d+-\d+T\d+:\d+:[\d.]+",
        r"\d+-\d+-\d+ \d+:\d+",
        r"\d+-\d+-\d+T\d+:\d+",
        r"\d+-\d+-\d+T\d+:\d+:[\d.]+ ?[Z+-].*",
        r"\d+-\d+-\d+ \d+:\d+:[\d.]+ ?[Z+-].*",
        r"\d+-\d+-\d+",
        r"\d+/\d+/\d+ \d+:\d+:\d+",
        r"\d+/\d+/\d+",
        r"\d+",
    )
)
_LOOK = 100  # texts at which the layouts are tried first
EARLIEST_YEAR, LATEST_YEAR = 1800, 2200  # 9999-12-31 stands for "never", 0018 for a year of two digits


@dataclass(frozen=True)
class Times:
    """UTC times, and what had to be decided to get them."""

    values: pl.Series
    skipped_hour: int = 0  # local times that daylight saving skips: read with the offset before the change
    repeated_hour: int = 0  # local times that exist twice: the first is taken
    implausible: int = 0  # outside the years 1800 to 2199


def read_times(values: pl.Series, layout: str | None, zone: str) -> Times:
    """UTC times of a column of texts, numbers, dates or times; null where none can be read.

    Args:
        values: the column as the file holds it, texts without blanks around them.
        layout: strptime format, "epoch_s" to "epoch_ns", "excel", or None: ISO 8601 and its close relatives only.
        zone: the time zone that times without one are written in.
    """
    if values.dtype.is_temporal():
        times = _in_utc(values, zone)
    elif layout is not None and is_of_numbers(layout):
        moments = moments_of_numbers(values, layout)
        # A spreadsheet's days are days of its place; seconds since 1970 are the same moment everywhere.
        times = _in_utc(moments, zone) if layout == EXCEL else Times(moments.dt.replace_time_zone("UTC").cast(TIME))
    else:
        whole = values.cast(pl.Int64, strict=False) if values.dtype.is_numeric() else values
        texts = whole.cast(pl.String)
        layouts = _UNAMBIGUOUS if layout is None else (layout.replace("%S.%f", "%S%.f"),)
        times = _by_layouts(texts, layouts, zone)
        if times.values.null_count() > texts.null_count():
            left = (times.values.is_null() & texts.is_not_null()).arg_true()
            again = _by_layouts(standard_texts(texts.gather(left)), layouts, zone)
            times = Times(
                times.values.scatter(left, again.values),
                times.skipped_hour + again.skipped_hour,
                times.repeated_hour + again.repeated_hour,
            )
    return _plausible(replace(times, values=times.values.cast(TIME).alias(values.name)))


def _by_layouts(texts: pl.Series, layouts: tuple[str, ...], zone: str) -> Times:
    ranked = _likeliest_first(texts, layouts)
    layout, parsed = next(ranked)
    result = _in_utc(_parsed(texts, layout) if parsed is None else parsed, zone)
    # Asked before the next layout is: to rank those that are left costs a pass for each.
    while result.values.null_count() > texts.null_count() and (following := next(ranked, None)) is not None:
        layout, _ = following
        left = (result.values.is_null() & texts.is_not_null()).arg_true()
        times = _in_utc(_parsed(texts.gather(left), layout), zone)
        result = Times(
            result.values.scatter(left, times.values),
            result.skipped_hour + times.skipped_hour,
            result.repeated_hour + times.repeated_hour,
        )
    return result


def _likeliest_first(texts: pl.Series, layouts: tuple[str, ...]) -> Iterator[tuple[str, pl.Series | None]]:
    """The layouts, at least one, by how many of some texts they fit: one that fits nothing costs a pass over all.

    Of a layout that fits few texts which are all there are, also what it reads of them.
    """
    if len(layouts) == 1:
        yield layouts[0], None
        return
    some = texts.head(_LOOK)
    if some.null_count():
        some = some.drop_nulls()
    first = str(some[0]) if len(some) else ""
    shaped = [layout for layout, shape in zip(_UNAMBIGUOUS, _SHAPES, strict=True) if shape.fullmatch(first)]
    layouts = (*shaped, *(layout for layout in layouts if layout not in shaped))
    unread: dict[str, int] = {}
    for layout in layouts:
        parsed = _parsed(some, layout)
        unread[layout] = parsed.null_count()
        if not unread[layout]:  # none fits more: the others are tried only if this one leaves something
            yield layout, parsed if len(some) == len(texts) else None
    for layout in sorted((layout for layout in layouts if unread[layout]), key=unread.__getitem__):
        yield layout, None


def _parsed(texts: pl.Series, layout: str) -> pl.Series:
    texts, layout = with_a_day(texts, layout)
    if not any(directive in layout for directive in _OF_DAY):
        return texts.str.to_date(layout, strict=False)
    zone = "UTC" if any(directive in layout for directive in ("%z", "%#z", "%:z")) else None
    return texts.str.to_datetime(layout, strict=False, time_unit="us", time_zone=zone)


def _in_utc(moments: pl.Series, zone: str) -> Times:
    if isinstance(moments.dtype, pl.Datetime) and moments.dtype.time_zone is not None:
        return Times(moments.dt.convert_time_zone("UTC").cast(TIME))
    local = moments.cast(pl.Datetime("us"))
    if zone == "UTC":
        return Times(local.cast(TIME))
    first, last = (_with_zone(local, zone, chosen) for chosen in ("earliest", "latest"))
    skipped = (first.is_null() & local.is_not_null()).arg_true()
    if len(skipped):
        day = pl.duration(days=1)
        before = local.gather(skipped).to_frame("moment").select(pl.col("moment") - day).to_series()
        shifted = _with_zone(before, zone, "earliest").to_frame("moment").select(pl.col("moment") + day).to_series()
        first = first.scatter(skipped, shifted)
    return Times(first, skipped_hour=len(skipped), repeated_hour=int((first != last).sum()))


def _with_zone(local: pl.Series, zone: str, chosen: Literal["earliest", "latest"]) -> pl.Series:
    return local.dt.replace_time_zone(zone, ambiguous=chosen, non_existent="null").dt.convert_time_zone("UTC")


def _plausible(times: Times) -> Times:
    earliest, latest = times.values.min(), times.values.max()
    if not isinstance(earliest, datetime) or (
        isinstance(latest, datetime) and earliest.year >= EARLIEST_YEAR and latest.year < LATEST_YEAR
    ):
        return times
    years = times.values.dt.year()
    odd = (years < EARLIEST_YEAR) | (years >= LATEST_YEAR)
    count = int(odd.sum())
    if not count:
        return times
    return Times(times.values.set(odd, None), times.skipped_hour, times.repeated_hour, count)
