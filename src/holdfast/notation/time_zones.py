"""Time zones of businesses, and the offsets that times are written with (2024-03-01 10:00:00 -0500)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import polars as pl

# In the order of how many businesses are there: of zones with the same offsets, the first is proposed.
USUAL_ZONES = (
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "America/New_York", "America/Chicago",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Halifax", "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires", "America/Bogota", "America/Mexico_City", "America/Santiago",
    "America/Puerto_Rico", "America/St_Johns", "America/Anchorage", "Pacific/Honolulu", "Atlantic/Azores",
    "Africa/Lagos", "Africa/Johannesburg", "Africa/Cairo", "Africa/Nairobi", "Asia/Jerusalem", "Asia/Beirut",
    "Asia/Tehran", "Asia/Dubai", "Asia/Kabul", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka",
    "Asia/Yangon", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Darwin", "Australia/Brisbane",
    "Australia/Sydney", "Australia/Adelaide", "Pacific/Noumea", "Pacific/Auckland",
)  # fmt: skip
# No business says where it is by these; they only have the offset. Their sign is the other way round.
_WHOLE_HOURS = tuple(f"Etc/GMT{-ahead:+d}" for ahead in range(-12, 15) if ahead)
_BY_CURRENCY = {
    "ARS": "America/Argentina/Buenos_Aires", "AUD": "Australia/Sydney", "BDT": "Asia/Dhaka", "BGN": "Europe/Sofia",
    "BRL": "America/Sao_Paulo", "CAD": "America/Toronto", "CHF": "Europe/Zurich", "CLP": "America/Santiago",
    "CNY": "Asia/Shanghai", "COP": "America/Bogota", "CZK": "Europe/Prague", "DKK": "Europe/Copenhagen",
    "EGP": "Africa/Cairo", "GBP": "Europe/London", "HKD": "Asia/Hong_Kong", "HUF": "Europe/Budapest",
    "IDR": "Asia/Jakarta", "ILS": "Asia/Jerusalem", "INR": "Asia/Kolkata", "JPY": "Asia/Tokyo",
    "KES": "Africa/Nairobi", "KRW": "Asia/Seoul", "MXN": "America/Mexico_City", "MYR": "Asia/Kuala_Lumpur",
    "NGN": "Africa/Lagos", "NOK": "Europe/Oslo", "NZD": "Pacific/Auckland", "PEN": "America/Lima",
    "PHP": "Asia/Manila", "PKR": "Asia/Karachi", "PLN": "Europe/Warsaw", "RON": "Europe/Bucharest",
    "RUB": "Europe/Moscow", "SAR": "Asia/Riyadh", "SEK": "Europe/Stockholm", "SGD": "Asia/Singapore",
    "THB": "Asia/Bangkok", "TRY": "Europe/Istanbul", "TWD": "Asia/Taipei", "UAH": "Europe/Kyiv",
    "VND": "Asia/Ho_Chi_Minh", "ZAR": "Africa/Johannesburg",
}  # fmt: skip
# Of times in UTC nothing says where the days begin: where many shops are, so that few agree by luck.
_OF_SHOPS = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo",
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Asia/Dubai", "Asia/Kolkata",
    "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
_SEASONS = (datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 7, 15, tzinfo=UTC))
_OFFSET = r"\d{1,2}:\d{2}.*?(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2}))$"  # behind a time of day
_NEARLY = 0.95  # of all times: files that people put together change their clocks a week early or late
_OF_EACH = 0.9  # of the times of one offset: else it is the offset of another place


@dataclass(frozen=True)
class ZoneOfOffsets:
    """The time zone whose clocks show the offsets of some times."""

    name: str
    share: float  # of the times, at which the zone's clocks were as far from UTC as is written
    others: int  # further zones of the list that show them as well


def offsets_of(texts: pl.Series) -> pl.Series:
    """How many minutes ahead of UTC each time is written; null where it says no offset or no time of day."""
    pieces = [pl.col("text").str.extract(_OFFSET, group) for group in (1, 2, 3, 4)]
    minutes = pieces[2].cast(pl.Int64) * 60 + pieces[3].cast(pl.Int64)
    signed = pl.when(pieces[1] == "-").then(-minutes).otherwise(minutes)
    of_utc = pl.when(pieces[0].is_not_null()).then(0).otherwise(signed)
    return texts.cast(pl.String).str.strip_chars().to_frame("text").select(minutes=of_utc).to_series()


def zone_of(moments: pl.Series, minutes: pl.Series, currency: str = "") -> ZoneOfOffsets | None:
    """The zone in which the offsets of some times are right; None where they are those of several places.

    Of zones that are right equally often, the one of the currency counts, else the most usual.

    Args:
        moments: when, in UTC.
        minutes: how far ahead of UTC each is written.
        currency: an ISO code.
    """
    rows = pl.DataFrame({"moment": moments.dt.replace_time_zone("UTC"), "minutes": minutes})
    named = _BY_CURRENCY.get(currency)
    fitting: dict[str, float] = {}
    for zone in dict.fromkeys((*([named] if named else ()), *USUAL_ZONES)):
        share = _share(zone, rows)
        if share:
            fitting[zone] = share
    if not fitting:
        fitting = {zone: share for zone in _WHOLE_HOURS if (share := _share(zone, rows))}
    if not fitting:
        return None
    best = max(fitting, key=lambda zone: fitting[zone])  # the first of equals
    return ZoneOfOffsets(best, fitting[best], sum(share == fitting[best] for share in fitting.values()) - 1)


def _share(zone: str, rows: pl.DataFrame) -> float:
    """The share of times at which a zone's clocks were as far ahead as is written; 0 where it is another zone's."""
    local = pl.col("moment").dt.convert_time_zone(zone)
    ahead = (local.dt.base_utc_offset() + local.dt.dst_offset()).dt.total_minutes()
    fits = rows.with_columns(fits=ahead == pl.col("minutes"))
    by_offset = fits.group_by("minutes").agg(pl.col("fits").mean())["fits"]
    if not bool((by_offset >= _OF_EACH).all()):
        return 0.0
    share = float(fits.select(pl.col("fits").mean()).item())
    return share if share >= _NEARLY else 0.0


def zones_to_try(times: Sequence[pl.Series], current: str) -> tuple[str, ...]:
    """The time zone of a project, then others in which the days of a period may begin.

    Times without an offset move with the zone, so no other is tried; of times with offsets other than 0, the zones that
    have these.

    Args:
        times: the columns of times of the tables of money, as the files write them.
        current: the zone of the project.
    """
    offsets: set[int] = set()
    for values in times:
        minutes = offsets_of(values.drop_nulls())
        if minutes.is_empty() or minutes.null_count():
            return (current,)
        offsets |= set(minutes.unique())
    if offsets <= {0}:
        return (current, *(zone for zone in _OF_SHOPS if zone != current))
    others = (zone for zone in USUAL_ZONES if zone != current and offsets <= _offsets_of(zone))
    return (current, *islice(others, 1))


def _offsets_of(zone: str) -> set[int]:
    """The offsets of a zone over the year, in minutes."""
    away = (moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SEASONS)
    return {int(each.total_seconds() // 60) for each in away if each is not None}
