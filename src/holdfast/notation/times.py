"""Times as people write them in; texts that strptime can read, or moments, out."""

import re

# ruff: noqa: E501
import polars as pl

EXCEL = "excel"  # days since 1899-12-30, as spreadsheets keep them
# Formats of numbers: how many microseconds one unit has; of nanoseconds a thousand make one.
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
EPOCH_NS = "epoch_ns"
_EXCEL_DAY_OF_1970, _MICROSECONDS_OF_DAY = 25_569, 86_400_000_000

# Words of months that mean one month only; "mar" is March in Spanish and Tuesday nowhere in a date of figures.
_MONTHS = {
    "Jan": "januar jänner janvier enero janeiro gennaio januari januarja styczeń stycznia января январь ene gen janv sty",
    "Feb": "februar février fevrier febrero fevereiro febbraio februari luty lutego февраля февраль févr fev lut",
    "Mar": "märz maerz mars marzo março maart marzec marca марта март mär mrz mrt",
    "Apr": "avril abril aprile kwiecień kwietnia апреля апрель avr abr kwi",
    "May": "mai mayo maio maggio mei maj maja мая май mag",
    "Jun": "juni juin junio junho giugno czerwiec czerwca июня июнь giu cze",
    "Jul": "juli juillet julio julho luglio lipiec lipca июля июль juil lug lip",
    "Aug": "august août aout agosto augustus augusti sierpień sierpnia августа август aoû ago sie",
    "Sep": "september septembre septiembre setembro settembre wrzesień września сентября сентябрь sept set wrz",
    "Oct": "oktober octobre octubre outubro ottobre październik października октября октябрь okt out ott paź",
    "Nov": "november novembre noviembre novembro listopada ноября ноябрь",
    "Dec": "dezember décembre decembre diciembre dezembro dicembre december desember grudzień grudnia декабря декабрь dez déc dic gru",
}  # fmt: skip
_WORDS = {word: month for month, words in _MONTHS.items() for word in words.split()}
_LONG = dict(
    zip(
        _MONTHS,
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        strict=True,
    )
)
_WORD = {
    **{word: (_LONG[month] if len(word) > 3 else month) for word, month in _WORDS.items()},
    **{name.lower(): name for pair in _LONG.items() for name in pair},  # "Jan." loses its point
    "sept": "Sep",
}
# Zones whose name means one offset; IST, CST and BST mean several and stay unread.
_ZONES = {
    "GMT": "+0000", "WET": "+0000", "UTC+0000": "+0000", "Z": "+0000", "PST": "-0800", "PDT": "-0700", "MST": "-0700",
    "MDT": "-0600", "CDT": "-0500", "EST": "-0500", "EDT": "-0400", "CET": "+0100", "CEST": "+0200", "EET": "+0200",
    "EEST": "+0300", "MSK": "+0300", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100",
}  # fmt: skip
# Months in figures alone, which numbers could be as well: 202403, 2024.03, 03.2024.
MONTHS_IN_FIGURES = {
    "%Y%m": r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])$",
    "%Y.%m": r"^(?:19|20)[0-9]{2}\.(?:0[1-9]|1[0-2])$",
    "%m.%Y": r"^(?:0?[1-9]|1[0-2])\.(?:19|20)[0-9]{2}$",
}
_WEEKDAY = r"(?i)^(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:[a-z]*day)?,? +"
_ZONE = re.compile(r" ([A-Z]{1,4})$")


def month_number(name: str) -> int | None:
    """The month, 1 to 12, that a word names in any of the languages; None where it names none."""
    word = name.rstrip(".").lower()
    short = next((each for each, long in _LONG.items() if word in {each.lower(), long.lower()}), None)
    short = short or _WORDS.get(word)
    return [*_MONTHS].index(short) + 1 if short is not None else None


def standard_texts(texts: pl.Series) -> pl.Series:
    """Texts of times without weekdays, with English months, offsets for names of zones, and plain blanks.

    What needs no change is left as it is, so a format that reads a text as written is tried on that first.
    """
    text = pl.col("text")
    frame = texts.rename("text").to_frame()
    frame = frame.select(
        text.str.replace_all(r"[\u{00a0}\u{202f}\u{2009}]", " ")
        .str.replace(_WEEKDAY, "")
        .str.replace(r"([0-9]{4}), +([0-9]{1,2}:)", "$1 $2")
        .str.replace(r"^([0-9]{1,2})\. ?(\p{L})", "$1 $2")
        .str.replace(r"^([0-9]{1,2}) de (\p{L}+) de ([0-9]{4})", "$1 $2 $3")
        .str.replace(r"([+-][0-9]{4}) (?:UTC|GMT)$", "$1")
        .str.replace(r"^([0-9]{4}) ?[年년] ?([0-9]{1,2}) ?[月월] ?([0-9]{1,2}) ?[日일号]", "$1-$2-$3")
        .str.replace(r"^([0-9]{4}) ?[年년] ?([0-9]{1,2}) ?[月월](?:份)?$", "$1-$2")
        .str.replace(r"^([0-9]{4})-?M([0-9]{1,2})$", "$1-$2")
    )
    frame = _with_zones(frame)
    return _with_months(frame)["text"].alias(texts.name)


def _with_zones(frame: pl.DataFrame) -> pl.DataFrame:
    zone = pl.col("text").str.extract(_ZONE.pattern)
    offset = zone.replace_strict(_ZONES, default=None, return_dtype=pl.String)
    changed = pl.col("text").str.replace(_ZONE.pattern, " ") + offset
    return frame.select(pl.when(offset.is_not_null()).then(changed).otherwise("text").alias("text"))


def _with_months(frame: pl.DataFrame) -> pl.DataFrame:
    word = pl.col("text").str.extract(r"(\p{L}{3,})\.?").str.to_lowercase()
    month = word.replace_strict(_WORD, default=None, return_dtype=pl.String)
    changed = pl.col("text").str.replace(r"\p{L}{3,}\.?", "\u0000").str.replace("\u0000", month, literal=True)
    return frame.select(pl.when(month.is_not_null()).then(changed).otherwise("text").alias("text"))


def is_of_numbers(layout: str | None) -> bool:
    """Whether a format is one of numbers: a spreadsheet's days, or units since 1970."""
    return layout in {*EPOCHS, EPOCH_NS, EXCEL}


def moments_of_numbers(values: pl.Series, layout: str) -> pl.Series:
    """Moments (UTC, microseconds, without a zone) of numbers, null where there is none.

    Args:
        values: numbers, or texts of numbers.
        layout: epoch_s, epoch_ms, epoch_us, epoch_ns or excel.
    """
    if layout == EPOCH_NS:
        whole = values.cast(pl.Int64, strict=False)
        return (whole // 1_000).cast(pl.Datetime("us"))
    if values.dtype == pl.String:
        values = values.str.replace(",", ".", literal=True)  # the sign of decimals where the file was written
    numbers = values.cast(pl.Float64, strict=False)
    numbers = numbers.set(~numbers.is_finite(), None)
    if layout == EXCEL:
        ticks = ((numbers - _EXCEL_DAY_OF_1970) * _MICROSECONDS_OF_DAY / 1_000_000).round() * 1_000_000
    else:
        ticks = (numbers * EPOCHS[layout]).round()
    return ticks.cast(pl.Int64, strict=False).cast(pl.Datetime("us"))


def with_a_day(texts: pl.Series, layout: str) -> tuple[pl.Series, str]:
    """A month as its first day: the texts and the format with a day put before, where the format names none."""
    if any(directive in layout for directive in ("%d", "%e", "%j", "%D", "%F", "%s")):
        return texts, layout
    return "1 " + texts, f"%d {layout}"
