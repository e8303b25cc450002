"""The time zone of a business, by the offsets that its times are written with: its months and days begin there."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.tables import TableProfile

# The first that has all offsets of the file counts; zones of the same offsets cut months alike.
_ZONES = (
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "America/New_York", "America/Chicago",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Halifax", "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires", "America/Bogota", "America/Mexico_City", "Africa/Lagos", "Africa/Johannesburg",
    "Africa/Nairobi", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai",
    "Asia/Tokyo", "Australia/Brisbane", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland",
)  # fmt: skip
_OFFSET = r"\d{1,2}:\d{2}.*?([+-])(\d{2}):?(\d{2})$"
_CLOCK = r"\d{1,2}:\d{2}"
_LEAST = 20  # times with an offset
_MOST = 2000  # that are compared
_NEARLY_ALL = 0.99


def guess_time_zone(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> Guess | None:
    """The zone in which all offsets of the files are right; None where times have none, or those of several places.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    moments: list[pl.DataFrame] = []
    for table in tables:
        profile = profiles[table.sample]
        for column in table.columns if not table.left_out else ():
            series = profile.columns[column.source].series if column.source in profile.columns else None
            if column.kind is not Kind.TIME or series is None or series.dtype != pl.String:
                continue
            texts = series.drop_nulls()
            clocks = texts.filter(texts.str.contains(_CLOCK))
            if clocks.is_empty():
                continue  # days are days of the business's place
            with_offset = clocks.filter(clocks.str.contains(_OFFSET))
            if len(with_offset) < _NEARLY_ALL * len(clocks):
                return None  # times without one would be read in the zone as well
            if column.source in profile.times:
                moments.append(_with_offsets(profile, column.source))
    rows = pl.concat(moments) if moments else pl.DataFrame(schema={"local": pl.Datetime("us"), "minutes": pl.Int64})
    if rows.height < _LEAST or not bool((rows["minutes"] != 0).any()):
        return None
    some = rows.unique(maintain_order=True).gather_every(max(1, rows.height // _MOST))
    zone = next((name for name in _ZONES if _fits(name, some)), "")
    if not zone:
        return None
    shown = ", ".join(_text(minutes) for minutes in some["minutes"].unique().sort())
    evidence = f"all times are written with the offset {shown}, as in {zone}: its months and days count"
    return Guess("time_zone", zone, 0.8, evidence, "time_zone: Europe/London, Asia/Tokyo, UTC ...", shown_only=True)


def _with_offsets(profile: TableProfile, source: str) -> pl.DataFrame:
    """local, minutes: each time as its place's clocks showed it, and how far they were ahead of UTC."""
    texts = profile.columns[source].series
    pieces = pl.DataFrame({"text": texts, "moment": profile.timestamps(source)})
    sign = pl.when(pl.col("text").str.extract(_OFFSET, 1) == "-").then(-1).otherwise(1)
    hours, minutes = (pl.col("text").str.extract(_OFFSET, group).cast(pl.Int64) for group in (2, 3))
    rows = pieces.select("moment", minutes=sign * (hours * 60 + minutes)).drop_nulls()
    # A format with an offset is read as UTC; ISO 8601 is read as its clocks show it.
    reading = profile.times[source]
    is_local = reading.format is None or "%z" not in reading.format
    moved = pl.col("moment") if is_local else pl.col("moment") + pl.duration(minutes=pl.col("minutes"))
    return rows.select(moved.alias("local"), "minutes")


def _fits(zone: str, rows: pl.DataFrame) -> bool:
    """Whether the clocks of a zone were so far ahead at all of these times; in an hour that comes twice, once."""
    try:
        clock = ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        return False
    for local, minutes in rows.iter_rows():
        ahead = {local.replace(tzinfo=clock, fold=fold).utcoffset().total_seconds() / 60 for fold in (0, 1)}
        if minutes not in ahead:
            return False
    return True


def _text(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
