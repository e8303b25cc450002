"""In which time zone the days of a known total may begin, where the records' times say their own offset."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from holdfast.settings import Settings

# One zone for each pair of offsets in which many shops are; the first that has the offsets of the file.
_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)
_OFFSET = r":[0-9]{2}(?:[.,][0-9]+)?\s*(?:Z|UTC|GMT|([+-])([0-9]{2}):?([0-9]{2}))$"  # behind a time of day
_SEASONS = (datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 7, 15, tzinfo=UTC))


def zones_to_try(times: Sequence[pl.Series], settings: Settings) -> tuple[str, ...]:
    """The time zone of the settings, then others in which the days of a period may begin.

    Times without an offset move with the zone, so no other is tried; of times with offsets other than 0, the zones that
    have these.

    Args:
        times: the columns of times of the tables of money, as the files write them.
        settings: `time_zone`.
    """
    offsets: set[int] = set()
    for values in times:
        texts = values.drop_nulls().cast(pl.String).str.strip_chars()
        if texts.is_empty() or not texts.str.contains(_OFFSET).all():
            return (settings.time_zone,)
        pieces = texts.to_frame("text").select(
            sign=pl.col("text").str.extract(_OFFSET, 1),
            hours=pl.col("text").str.extract(_OFFSET, 2).cast(pl.Int64),
            minutes=pl.col("text").str.extract(_OFFSET, 3).cast(pl.Int64),
        )
        signed = pl.when(pl.col("sign") == "-").then(-1).otherwise(1)
        offsets |= set(
            pieces.select((signed * (pl.col("hours") * 60 + pl.col("minutes"))).fill_null(0).unique()).to_series()
        )
    others = [
        zone for zone in _ZONES if zone != settings.time_zone and (offsets <= {0} or offsets <= _offsets_of(zone))
    ]
    return (settings.time_zone, *(others if offsets <= {0} else others[:1]))


def _offsets_of(zone: str) -> set[int]:
    """The offsets of a zone over the year, in minutes."""
    away = (moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SEASONS)
    return {int(each.total_seconds() // 60) for each in away if each is not None}
