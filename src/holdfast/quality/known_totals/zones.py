"""In which time zone the days of a known total may begin, where the records' times say their own offset."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import polars as pl

from holdfast.notation.time_zones import USUAL_ZONES, offsets_of
from holdfast.settings import Settings

# Of times in UTC nothing says where the days begin: where many shops are, so that few agree by luck.
_OF_SHOPS = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo",
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata",
    "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
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
        minutes = offsets_of(values.drop_nulls())
        if minutes.is_empty() or minutes.null_count():
            return (settings.time_zone,)
        offsets |= set(minutes.unique())
    if offsets <= {0}:
        return (settings.time_zone, *(zone for zone in _OF_SHOPS if zone != settings.time_zone))
    others = (zone for zone in USUAL_ZONES if zone != settings.time_zone and offsets <= _offsets_of(zone))
    return (settings.time_zone, *islice(others, 1))


def _offsets_of(zone: str) -> set[int]:
    """The offsets of a zone over the year, in minutes."""
    away = (moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SEASONS)
    return {int(each.total_seconds() // 60) for each in away if each is not None}
