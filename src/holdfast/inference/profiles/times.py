"""Guesses how times are written; where day and month could be swapped, the guess is a question."""

import re
from collections.abc import Iterable
from datetime import datetime

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import TimeReading
from holdfast.inference.profiles.columns import MISSING_WORDS, Profile, greatest_of, least_of, share_of
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.vocabulary import ENDED, HAPPENED, HAPPENED_STRONG, SIGNED_UP
from holdfast.notation.times import (
    EXCEL,
    MONTHS_IN_FIGURES,
    is_of_numbers,
    moments_of_numbers,
    standard_texts,
    with_a_day,
)

_MOST = 4_000
_EXCEL_DAYS = (30_000, 60_000)  # 1982 to 2064
_EPOCHS = (
    (10, "epoch_s", "seconds"),
    (13, "epoch_ms", "milliseconds"),
    (16, "epoch_us", "microseconds"),
    (19, "epoch_ns", "nanoseconds"),
)
_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?)?$")
_OF_DAY = (
    (re.compile(r"^[T ]+\d{1,2}:\d{2}:\d{2}\.\d+$"), "%H:%M:%S%.f"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2}:\d{2}$"), "%H:%M:%S"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2}$"), "%H:%M"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2}:\d{2} ?[APap]\.?[Mm]\.?$"), "%I:%M:%S %p"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2} ?[APap]\.?[Mm]\.?$"), "%I:%M %p"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2}:\d{2} [+-]\d{4}$"), "%H:%M:%S %z"),
    (re.compile(r"^[T ]+\d{1,2}:\d{2} [+-]\d{4}$"), "%H:%M %z"),
)
_MONTH = whole_words(
    r"months?|period|periode|periodo|mes|mese|mois|monat|maand|manad|maned|miesiac|ay|donem|месяц|月|年月|月份"
)
_AN_AMOUNT = whole_words(r"amount|total|price|id|nr|no|number|serial|code|key|ref|reference|phone|tel")
_MOSTLY_TO_THE_SECOND = 0.8  # a moment in ten ends with a zero, which is not written
_MANY_EPOCHS = 20  # different values, from which on numbers under any name may be seconds since 1970
_EPOCH_YEARS = (2000, 2035)  # of numbers whose name says nothing of time
_SPREAD_DAYS = 30  # running numbers of as many digits lie closer
_MANY_MONTHS = 10  # different values, from which on nothing but months are all of them valid months
_NUMERIC_DAY = re.compile(r"^(\d{1,4})([/.\-])(\d{1,2})\2(\d{2,4})")
_WORDED = (
    (re.compile(r"^\d{1,2}([ -])[A-Za-z]{3}\1\d{4}"), "%d{0}%b{0}%Y"),
    (re.compile(r"^\d{1,2}([ -])[A-Za-z]{3}\1\d{2}(?!\d)"), "%d{0}%b{0}%y"),
    (re.compile(r"^[A-Za-z]{3}( )\d{1,2}, \d{4}"), "%b %d, %Y"),
    (re.compile(r"^[A-Za-z]{3}([-/ ])\d{1,2}\1\d{4}"), "%b{0}%d{0}%Y"),
    (re.compile(r"^[A-Za-z]{3}([-/ ])\d{1,2}\1\d{2}(?!\d)"), "%b{0}%d{0}%y"),
    (re.compile(r"^[A-Za-z]{4,9}( )\d{1,2}, \d{4}"), "%B %d, %Y"),
    (re.compile(r"^\d{1,2}( )[A-Za-z]{4,9} \d{4}"), "%d %B %Y"),
    (re.compile(r"^[A-Za-z]{3}([-/. ])\d{2}$"), "%b{0}%y"),
    (re.compile(r"^[A-Za-z]{3}([-/. ])\d{4}$"), "%b{0}%Y"),
    (re.compile(r"^[A-Za-z]{4,9}([-/. ])\d{2}$"), "%B{0}%y"),
    (re.compile(r"^[A-Za-z]{4,9}([-/. ])\d{4}$"), "%B{0}%Y"),
    (re.compile(r"^\d{4}([-/. ])[A-Za-z]{3}$"), "%Y{0}%b"),
    (re.compile(r"^\d{4}([-/. ])[A-Za-z]{4,9}$"), "%Y{0}%B"),
    (re.compile(r"^\d{4}([-/. ])\d{1,2}$"), "%Y{0}%m"),
    (re.compile(r"^\d{1,2}([-/ ])\d{4}$"), "%m{0}%Y"),
)


def read_time(column: Profile, decided: Iterable[str] = ()) -> TimeReading | None:
    """How the column writes times, or None where it holds none.

    Args:
        column: its values.
        decided: formats that other columns of the project were shown to use; they settle a doubt.
    """
    if column.is_time_typed and column.series.dtype not in {pl.Duration, pl.Time}:
        return _ranged(column.series.drop_nulls(), TimeReading(None, 0.99, "stored as times"))
    if column.filled == 0 or column.flag is not None:
        return None
    if months := _months_in_figures(column):
        return months
    if column.is_number and not column.is_whole and (column.is_plain or not column.is_text_typed):
        return _spreadsheet_days(column)
    if column.is_plain and not _has_digits_of_times(column):
        return None
    values = column.values.filter(~column.values.str.to_lowercase().is_in(MISSING_WORDS))
    if values.is_empty():
        return None
    if len(values) > _MOST:
        values = values.gather_every(-(-len(values) // _MOST))
    if column.is_number:
        return _from_digits(column, values)
    return _from_texts(column, values, tuple(decided))


def _named_as_time(name: str) -> bool:
    return any(says(name, pattern) for pattern in (HAPPENED, HAPPENED_STRONG, ENDED, SIGNED_UP))


def _has_digits_of_times(column: Profile) -> bool:
    """Whether whole numbers are as long as days (8 digits) or as seconds or milliseconds since 1970."""
    return len(column.values[0].removesuffix(".0")) in {5, 8, 10, 13, 16, 19}


def _months_in_figures(column: Profile) -> TimeReading | None:
    """Months such as 202403 or 03.2024; without a name that says so, numbers as many and of several years."""
    if not column.is_number or says(column.source, _AN_AMOUNT):
        return None
    for layout, pattern in MONTHS_IN_FIGURES.items():
        if not column.values.str.contains(pattern).all():
            continue
        months = _parse(column.values, layout)
        is_shown = len(months) >= _MANY_MONTHS and months.dt.year().n_unique() > 1
        if is_shown or _named_as_time(column.source) or says(column.source, _MONTH):
            return _ranged(months, TimeReading(layout, 0.9, f"all {len(months):,} different values are months"))
    return None


def _from_digits(column: Profile, values: pl.Series) -> TimeReading | None:
    texts = values.str.replace(r"\.0+$", "")
    named = _named_as_time(column.source)
    if texts.str.contains(r"^(19|20)\d{6}$").all():
        parsed = texts.str.to_date("%Y%m%d", strict=False)
        if share_of(parsed.is_not_null()) >= 0.99 and (named or len(values) >= 10):
            return _ranged(parsed, TimeReading("%Y%m%d", 0.97, f"all {len(values):,} different values are YYYYMMDD"))
    for digits, unit, name in _EPOCHS:
        if texts.str.contains(rf"^[12]\d{{{digits - 1}}}$").all():
            timestamps = moments_of_numbers(texts, unit)
            if (named and timestamps.dt.year().is_between(1990, 2100).all()) or _are_moments(column, timestamps):
                return _ranged(
                    timestamps, TimeReading(unit, 0.85, f"whole numbers of {digits} digits: {name} since 1970")
                )
    return _spreadsheet_days(column)


def _are_moments(column: Profile, timestamps: pl.Series) -> bool:
    """Whether moments from numbers lie as those of years of records do; numbers that count up lie closer."""
    if column.distinct < _MANY_EPOCHS or says(column.source, _AN_AMOUNT):
        return False
    last, first = timestamps.max(), timestamps.min()
    is_spread = isinstance(last, datetime) and isinstance(first, datetime) and (last - first).days >= _SPREAD_DAYS
    return is_spread and bool(timestamps.dt.year().is_between(*_EPOCH_YEARS).all())


def _spreadsheet_days(column: Profile) -> TimeReading | None:
    """Days as a spreadsheet keeps them, 44930.598719, in a column that its name or its decimals say holds times."""
    numbers = column.numbers
    if not len(numbers) or not (_named_as_time(column.source) or _have_a_time_of_day(column)):
        return None
    if least_of(numbers) < _EXCEL_DAYS[0] or greatest_of(numbers) > _EXCEL_DAYS[1]:
        return None
    first = f"{numbers[0]:g}"
    evidence = f"numbers such as {first}: days as a spreadsheet keeps them"
    return _ranged(moments_of_numbers(numbers, EXCEL), TimeReading(EXCEL, 0.85, evidence))


def _have_a_time_of_day(column: Profile) -> bool:
    """Whether numbers have more decimals than money or measures do: parts of a day, to the second or finer."""
    decimals = column.values.cast(pl.String).str.contains(r"^[0-9]{5}[.,][0-9]{4,}$")
    return column.distinct >= _MANY_EPOCHS and share_of(decimals) >= _MOSTLY_TO_THE_SECOND


def _from_texts(column: Profile, values: pl.Series, decided: tuple[str, ...]) -> TimeReading | None:
    reading = _from_written(column, values, decided)
    if reading is None:
        standard = standard_texts(values)
        if not standard.equals(values):
            reading = _from_written(column, standard, decided)
    return reading


def _from_written(column: Profile, values: pl.Series, decided: tuple[str, ...]) -> TimeReading | None:
    shape = _most_common_shape(values)
    if shape is None:
        return None
    if _ISO.match(shape):
        return _iso(values)
    if shape.endswith(" UTC") and _ISO.match(shape.removesuffix(" UTC")):
        return _utc_said(values, shape)
    formats = [_for_long_months(layout, values) for layout in _formats_for(shape)]
    if not formats:
        return None
    parsed = {layout: _parse(values, layout) for layout in formats}
    shares = {layout: share_of(times.is_not_null()) for layout, times in parsed.items()}
    best = max(shares.values())
    if best < 0.9:
        return _conflicting(formats, parsed, values) if len(formats) > 1 and _either(parsed) >= 0.95 else None
    winners = [layout for layout in formats if shares[layout] == best]
    if len(winners) == 1:
        return _ranged(parsed[winners[0]], _won(winners[0], formats, parsed, values))
    return _doubtful(column, winners, parsed, decided)


def _won(layout: str, formats: list[str], parsed: dict[str, pl.Series], values: pl.Series) -> TimeReading:
    share = share_of(parsed[layout].is_not_null())
    evidence = f"{percent(share)} of the different values are {layout}"
    confidence = 0.95 if share >= 0.98 else 0.75
    for other in formats:
        if other == layout:
            continue
        only = values.filter(parsed[layout].is_not_null() & parsed[other].is_null())
        against = values.filter(parsed[layout].is_null() & parsed[other].is_not_null())
        if len(only):
            evidence += f"; {len(only):,} (such as {only[0]}) cannot be {other}"
        if len(against) > max(1, len(only) // 100):
            return TimeReading(
                "", 0.3, f"{evidence}; but {len(against):,} (such as {against[0]}) only fit {other}", (layout, other)
            )
    return TimeReading(layout, confidence, evidence)


def _doubtful(
    column: Profile, winners: list[str], parsed: dict[str, pl.Series], decided: tuple[str, ...]
) -> TimeReading:
    layouts = [layout for layout in winners if any(_order(layout) == _order(other) for other in decided)]
    if len(layouts) == 1:
        return _ranged(
            parsed[layouts[0]],
            TimeReading(
                layouts[0],
                0.85,
                f"fits {' and '.join(winners)}; other columns of these files are shown to be {layouts[0]}",
            ),
        )
    for layout in winners:
        days, months = parsed[layout].dt.day().n_unique(), parsed[layout].dt.month().n_unique()
        if days == 1 and months >= 4 and parsed[layout].drop_nulls().dt.day().min() == 1:
            return _ranged(parsed[layout], TimeReading(layout, 0.8, f"as {layout} every value is the first of a month"))
    ordered = {layout: _is_sorted(column, layout) for layout in winners}
    sorted_ones = [layout for layout in winners if ordered[layout]]
    if len(sorted_ones) == 1:
        return _ranged(
            parsed[sorted_ones[0]],
            TimeReading(sorted_ones[0], 0.8, f"the rows stand in order of time as {sorted_ones[0]} only"),
        )
    sample = ", ".join(column.values.head(3))
    return TimeReading(
        "", 0.3, f"{sample} can be read as {' or '.join(winners)}, and no value decides it", tuple(winners)
    )


def _conflicting(formats: list[str], parsed: dict[str, pl.Series], values: pl.Series) -> TimeReading:
    evidence = []
    for layout in formats:
        others = [parsed[other].is_null() for other in formats if other != layout]
        only = values.filter(parsed[layout].is_not_null() & others[0])
        if len(only):
            evidence.append(f"{only[0]} only fits {layout}")
    return TimeReading("", 0.2, f"no single format fits: {'; '.join(evidence)}", tuple(formats))


def _either(parsed: dict[str, pl.Series]) -> float:
    fits = pl.DataFrame({str(index): times.is_not_null() for index, times in enumerate(parsed.values())})
    return float(fits.select(pl.any_horizontal(pl.all()).mean()).item() or 0.0)


def _iso(values: pl.Series) -> TimeReading | None:
    share = share_of(values.str.contains(_ISO.pattern))
    if share < 0.9:
        return None
    days = values.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    valid = share_of(days.is_not_null())
    if valid < 0.9:
        return None
    return _ranged(
        days, TimeReading(None, 0.98 if share > 0.99 else 0.8, f"{percent(share)} of the different values are ISO 8601")
    )


def _utc_said(values: pl.Series, shape: str) -> TimeReading | None:
    layout = "%Y-%m-%d %H:%M:%S UTC" if shape.count(":") == 2 else "%Y-%m-%d %H:%M UTC"
    parsed = _parse(values, layout)
    if share_of(parsed.is_not_null()) < 0.9:
        return None
    return _ranged(parsed, TimeReading(layout, 0.95, "dates and times that say UTC themselves"))


def _most_common_shape(values: pl.Series) -> str | None:
    shapes = values.str.replace_all(r"\d", "0").str.replace_all(r"[A-Za-z]", "x")
    counts = shapes.value_counts(sort=True, name="times").sort("times", shapes.name, descending=[True, False])
    shape = counts[shapes.name][0]
    if "0" not in shape or counts.height > 40:
        return None
    return str(values.filter(shapes == shape)[0])


def _formats_for(example: str) -> list[str]:
    day = _NUMERIC_DAY.match(example)
    layouts: list[str] = []
    if day:
        first, sign, _, last = day.groups()
        year_last = "%Y" if len(last) == 4 else "%y"
        if len(first) == 4:
            layouts = [f"%Y{sign}%m{sign}%d"]
        elif len(last) in {2, 4}:
            layouts = [f"%d{sign}%m{sign}{year_last}", f"%m{sign}%d{sign}{year_last}"]
        rest = example[day.end() :]
    else:
        worded = next(((match, layout) for pattern, layout in _WORDED if (match := pattern.match(example))), None)
        if worded is None:
            return []
        layouts, rest = [worded[1].format(worded[0].group(1))], example[worded[0].end() :]
    if not rest:
        return layouts
    of_day = next((layout for pattern, layout in _OF_DAY if pattern.match(rest)), None)
    return [f"{layout}{rest[0]}{of_day}" for layout in layouts] if of_day else []


def _for_long_months(layout: str, values: pl.Series) -> str:
    """The format with %B, which reads long names of months and short ones, where %b reads fewer of the values."""
    longer = layout.replace("%b", "%B")
    if longer == layout or _parse(values, layout).null_count() <= _parse(values, longer).null_count():
        return layout
    return longer


def _parse(values: pl.Series, layout: str) -> pl.Series:
    values, layout = with_a_day(values, layout)
    if "%z" in layout:
        return values.str.to_datetime(layout, strict=False, time_unit="us", time_zone="UTC").dt.replace_time_zone(None)
    if "%H" in layout or "%I" in layout:
        return values.str.to_datetime(layout, strict=False, time_unit="us")
    return values.str.to_date(layout, strict=False)


def _order(layout: str) -> str:
    return "".join(letter for letter in layout if letter in "dmbBYy")[:3].lower()


def _is_sorted(column: Profile, layout: str) -> bool:
    rows = column.series.drop_nulls()
    timestamps = _parse(rows, layout).drop_nulls()
    return (
        len(timestamps) > 20
        and timestamps.n_unique() > 10
        and (timestamps.is_sorted() or timestamps.is_sorted(descending=True))
    )


def _ranged(timestamps: pl.Series, reading: TimeReading) -> TimeReading:
    times = timestamps.drop_nulls()
    if times.is_empty():
        return reading
    first, last = str(times.min())[:10], str(times.max())[:10]
    return TimeReading(
        reading.format, reading.confidence, f"{reading.evidence}; {first} to {last}", reading.choices, first, last
    )


def times_of(column: Profile, reading: TimeReading) -> pl.Series:
    """Every row as a UTC-less time, null where none can be read; for measuring only."""
    values = column.series
    if column.is_time_typed:
        return (
            values.cast(pl.Datetime("us"))
            if values.dtype == pl.Date
            else values.dt.replace_time_zone(None).cast(pl.Datetime("us"))
        )
    if reading.format is not None and is_of_numbers(reading.format):
        return moments_of_numbers(values.cast(pl.String), reading.format)
    texts = values.cast(pl.String)
    if reading.format is None:
        other = (~texts.str.contains(_ISO.pattern).fill_null(value=True)).arg_true()
        if len(other):
            texts = texts.scatter(other, standard_texts(texts.gather(other)))
        day = texts.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
        clock = texts.str.extract(r"[T ](\d{1,2}:\d{2}(?::\d{2})?)")
        hours = clock.str.extract(r"^(\d{1,2})").cast(pl.Int64, strict=False).fill_null(0)
        minutes = clock.str.extract(r":(\d{2})").cast(pl.Int64, strict=False).fill_null(0)
        return day + ((hours * 60 + minutes) * 60_000_000).cast(pl.Duration("us"))
    if reading.format == "%Y%m%d":
        texts = texts.str.replace(r"\.0+$", "")
    times = _parse(texts, reading.format)
    if times.null_count() > texts.null_count():
        again = _parse(standard_texts(texts), reading.format)
        times = times.zip_with(times.is_not_null(), again)
    return times.cast(pl.Datetime("us"))
