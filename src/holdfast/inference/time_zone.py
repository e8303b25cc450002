"""The time zone of a business, by the offsets that its times are written with: its months and days begin there."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.tables import TableProfile
from holdfast.notation.time_zones import offsets_of, zone_of

_CLOCK = r"\d{1,2}:\d{2}"
_LEAST = 20  # times with an offset
_MOST = 2000  # that are compared
_NEARLY_ALL = 0.99
_CHANGE = "time_zone: Europe/London, Asia/Tokyo, UTC ..."


def guess_time_zone(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile], currency: str = ""
) -> Guess | None:
    """The zone in which the offsets of the files are right, UTC with the reason where they name none; None without one.

    Args:
        tables: the project's tables.
        profiles: by sample name.
        currency: of the business; of zones with the same offsets, the one where it is money counts.
    """
    moments, without = [], []
    for table, source, texts in _times_of_day(tables, profiles):
        minutes = offsets_of(texts)
        if len(minutes.drop_nulls()) < _NEARLY_ALL * len(texts):
            without.append(f"{table.name}.{source}")
        elif source in profiles[table.sample].times:
            moments.append(_with_offsets(profiles[table.sample], source))
    rows = pl.concat(moments) if moments else pl.DataFrame(schema={"moment": pl.Datetime("us"), "minutes": pl.Int64})
    if rows.height < _LEAST or not bool((rows["minutes"] != 0).any()):
        return None
    some = rows.unique(maintain_order=True).gather_every(max(1, rows.height // _MOST))
    shown = _listed(some["minutes"])
    if without:
        # They would be read in the zone as well, and nothing says that they are of it.
        words = f"times with the offset {shown} stand beside {without[0]} without one: months and days are those of UTC"
        return _shown("UTC", 0.5, words)
    zone = zone_of(some["moment"], some["minutes"], currency)
    if zone is None:
        words = f"times are written with the offsets {shown}, which no one place has: months and days are those of UTC"
        return _shown("UTC", 0.5, words)
    how_many = "all times are" if zone.share == 1 else f"{percent(zone.share)} of the times are"
    words = f"{how_many} written with the offset of {zone.name}, {shown}: its months and days count"
    others = f"; so are {plural(zone.others, 'other zone')} of the list" if zone.others else ""
    return _shown(zone.name, 0.8 if zone.share == 1 else 0.7, f"{words}{others}")


def _shown(zone: str, confidence: float, evidence: str) -> Guess:
    return Guess("time_zone", zone, confidence, evidence, _CHANGE, shown_only=True)


def _times_of_day(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> Iterator[tuple[TableGuess, str, pl.Series]]:
    """table, column, values: the columns of times that say a time of day, as texts; days are days of the business."""
    for table in tables:
        columns = profiles[table.sample].columns
        for column in table.columns if not table.left_out else ():
            series = columns[column.source].series if column.source in columns else None
            if column.kind is not Kind.TIME or series is None or series.dtype != pl.String:
                continue
            texts = series.drop_nulls()
            clocks = texts.filter(texts.str.contains(_CLOCK))
            if len(clocks):
                yield table, column.source, clocks


def _with_offsets(profile: TableProfile, source: str) -> pl.DataFrame:
    """moment, minutes: each time in UTC, and how far ahead of it the clocks of its place were."""
    minutes = offsets_of(profile.columns[source].series)
    rows = pl.DataFrame({"moment": profile.timestamps(source), "minutes": minutes}).drop_nulls()
    # A format with an offset is read as UTC; ISO 8601 is read as its clocks show it.
    reading = profile.times[source]
    if reading.format is not None and "%z" in reading.format:
        return rows
    return rows.with_columns(pl.col("moment") - pl.duration(minutes=pl.col("minutes")))


def _listed(minutes: pl.Series) -> str:
    counts = minutes.unique().sort().to_list()
    shown = ", ".join(f"{'-' if each < 0 else '+'}{abs(each) // 60:02}:{abs(each) % 60:02}" for each in counts[:4])
    return f"{shown} and {len(counts) - 4} more" if len(counts) > 4 else shown
