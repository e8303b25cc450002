"""Profiles of single columns: types, texts, distinct values, numbers; computed once."""

import re

# ruff: noqa: E501
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from holdfast.inference.words.names import says, whole_words
from holdfast.notation.id_spelling import FEWEST_SPELT, may_be_spelt, prefixes_of
from holdfast.notation.numbers import A_CURRENCY, undecorated
from holdfast.settings import UNANSWERED


def share_of(flags: pl.Series) -> float:
    """Share of true among the known; 0 where none is known."""
    mean = flags.mean()
    return float(mean) if isinstance(mean, int | float) else 0.0


def evenly(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Rows at even distances, fewer than twice as many as `most`: what holds of nearly all rows holds of them."""
    return rows.gather_every(max(1, rows.height // most))


def middle_of(numbers: pl.Series) -> float:
    """The median; 0 where there is none."""
    median = numbers.median()
    return float(median) if isinstance(median, int | float) else 0.0


def least_of(numbers: pl.Series) -> float:
    """The smallest number; 0 where there is none."""
    low = numbers.min()
    return float(low) if isinstance(low, int | float) else 0.0


def greatest_of(numbers: pl.Series) -> float:
    """The largest number; 0 where there is none."""
    high = numbers.max()
    return float(high) if isinstance(high, int | float) else 0.0


_MOST_VALUES = 20_000  # distinct values looked at; taken evenly from the sorted ones, so row order says nothing


_POINT = r"^[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)?(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?$"


_MACHINE = r"^[+-]?[0-9]+(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?$"  # three decimals might be thousands


_COMMA = r"^[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)?(?:,[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?$"


# Groups of digits between blanks or hyphens, and those of them that are thousands.
_IN_GROUPS = r"^[0-9]{2,}(?:[ \u{00a0}\u{202f}-][0-9]{2,})+$"
_THOUSANDS = r"^[0-9]{1,3}(?:[ \u{00a0}\u{202f}][0-9]{3})+$"
_FEWEST_IN_GROUPS, _LONG_NUMBER = 10, 11


MISSING_WORDS = ("na", "n/a", "nan", "null", "none", "-", "--", "?", "\\n", "#n/a", "missing", "unknown", "nil", ".")


_ZERO_DAY = "0000-00-00"  # what databases write for no date
DATABASE_NULL = "\\N"  # what databases write for no value, in a column of any kind


_EAST_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")


_FLAG_PAIRS = (
    ({"yes", "no"}, "yes"), ({"y", "n"}, "y"), ({"true", "false"}, "true"), ({"t", "f"}, "t"), ({"1", "0"}, "1"),
    ({"1.0", "0.0"}, "1.0"), ({"ja", "nein"}, "ja"), ({"oui", "non"}, "oui"), ({"si", "no"}, "si"),
    ({"sí", "no"}, "sí"), ({"sim", "não"}, "sim"), ({"sim", "nao"}, "sim"), ({"ja", "nee"}, "ja"), ({"ja", "nej"}, "ja"),
    ({"да", "нет"}, "да"), ({"是", "否"}, "是"), ({"はい", "いいえ"}, "はい"), ({"j", "n"}, "j"),
    ({"s", "n"}, "s"), ({"sì", "no"}, "sì"), ({"on", "off"}, "on"),
    ({"o", "n"}, "o"), ({"t", "n"}, "t"), ({"tak", "nie"}, "tak"), ({"ano", "ne"}, "ano"), ({"igen", "nem"}, "igen"), ({"evet", "hayır"}, "evet"),
    ({"kyllä", "ei"}, "kyllä"), ({"da", "nu"}, "da"), ({"da", "ne"}, "da"), ({"wahr", "falsch"}, "wahr"), ({"vrai", "faux"}, "vrai"),
    ({"vero", "falso"}, "vero"), ({"verdadero", "falso"}, "verdadero"), ({"verdadeiro", "falso"}, "verdadeiro"), ({"prawda", "fałsz"}, "prawda"),
    ({"waar", "onwaar"}, "waar"), ({"예", "아니오"}, "예"), ({"有", "無"}, "有"), ({"有", "无"}, "有"),
)  # fmt: skip

# Names of what is counted, and of what is measured in units.
_COUNTED = whole_words(
    r"punt[io]?s?|punten|puntos|pontos|points?|punkte\w*|pisteet|poeng|point|miles|meilen|miglia|millas|milhas|visits?|besuche|visites|visitas|clicks?|views?|steps?|stars?|sterne|stelle|coins?|tokens?|followers?|inwoners|einwohner"
)
_MEASURED = whole_words(
    r"quantit(?:y|e|at|a)|qty|menge|anzahl|cantidad|quantidade|hoeveelheid|aantal|antal|ilosc|kwmeng|fkimg|lfimg|menge me|weight|gewicht"
)

_EASTERN = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")


_ADDRESSES = 0.95  # share of the values that hold an @
_FEWEST_RUNNING, _MOST_GAPS = 20, 1.5  # rows of running numbers, and how much longer than these they run
_NO_ACCIDENT = 200  # rows that are running numbers by more than accident
_FEWEST_DIGITS = 7  # of numbers that are written in groups


@dataclass(frozen=True)
class Profile:
    """One column: its filled values, trimmed, and what they can be read as."""

    source: str
    series: pl.Series  # all rows; texts trimmed with blanks as null, or typed
    rows: int
    filled: int
    distinct: int
    values: pl.Series  # distinct filled values as texts, sorted, at most 20,000

    @property
    def share_filled(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def share_distinct(self) -> float:
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether the column names each row; a few repeats by mistake are borne."""
        return self.filled == self.rows > 1 and self.share_distinct >= 0.995

    @property
    def is_time_typed(self) -> bool:
        return self.series.dtype.is_temporal()

    @property
    def is_text_typed(self) -> bool:
        return self.series.dtype == pl.String

    @cached_property
    def flag(self) -> str | None:
        """The text that means yes, where the column holds exactly a yes and a no."""
        if self.series.dtype == pl.Boolean:
            return "true"
        if self.distinct != 2:
            return None
        texts = {value.lower() for value in self.values}
        yes = next((yes for pair, yes in _FLAG_PAIRS if pair == texts), None)
        return next(value for value in self.values if value.lower() == yes) if yes is not None else None

    @cached_property
    def says_yes(self) -> pl.Series:
        """(rows,) of a column of yes and no: whether it says yes; null where it says nothing."""
        return self.series.cast(pl.String).str.strip_chars().str.to_lowercase() == (self.flag or "").lower()

    @cached_property
    def is_plain(self) -> bool:
        """Whether all texts are numbers as machines write them, which spares the closer looks below."""
        return self.is_text_typed and self.distinct > 0 and bool(self.values.str.contains(_MACHINE).all())

    @cached_property
    def bare(self) -> pl.Series:
        """The distinct values without currency signs, blanks and percent signs."""
        if self.is_plain:
            return self.values
        cut = _undecorated(self.values)
        return cut.filter(cut != "")

    @cached_property
    def decimal(self) -> tuple[str, float]:
        """The decimal sign, and how sure: 0.5 where every value can be read both ways."""
        if not self.is_text_typed or self.is_plain:
            return ".", 1.0
        points = self.bare.str.contains(_POINT)
        commas = self.bare.str.contains(_COMMA)
        signed = self.bare.str.contains(r"[.,]")
        only_point, only_comma = int((points & ~commas).sum()), int((commas & ~points).sum())
        if not only_point and not only_comma:
            return self._decimal_of_groups(self.bare.filter(points & commas & signed))
        if only_comma > only_point:
            return ",", only_comma / (only_comma + only_point)
        return ".", only_point / (only_comma + only_point)

    def _decimal_of_groups(self, both: pl.Series) -> tuple[str, float]:
        """The sign where each value that has one is like 1,234 or 1.234: grouped, or a fraction of three digits?"""
        if both.is_empty():
            return ".", 1.0
        if _EAST_ASIAN.search(self.source):
            return ".", 0.9  # Japanese, Chinese and Korean numbers group by commas
        sign = both[0].lstrip("+-").translate(str.maketrans("", "", "0123456789"))[0]
        whole = self.bare.filter(self.bare.str.contains(r"^[+-]?\d+$")).cast(pl.Float64, strict=False)
        if (whole.abs() >= 1000).any():
            return sign, 0.9  # large numbers stand there ungrouped, so the sign does not group
        if len(whole) or both.str.count_matches(rf"\{sign}").max() != 1:
            return ("." if sign == "," else ","), 0.75
        if says(self.source, _COUNTED):
            return ("." if sign == "," else ","), 0.75  # points and visits have no fractions
        if says(self.source, _MEASURED) and both.str.ends_with("000").mean() == 1.0:
            return sign, 0.75  # 2.000 of whole units, of a system that writes three decimals
        return ".", 0.5

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Texts that stand for "not known" in a column that otherwise holds numbers or times."""
        if self.is_plain:
            return ()
        return tuple(value for value in self.values if value.lower() in MISSING_WORDS or value.startswith(_ZERO_DAY))

    @cached_property
    def is_number(self) -> bool:
        if self.series.dtype == pl.Boolean or self.is_time_typed:
            return False
        if not self.is_text_typed or self.is_plain:
            return self.is_plain or self.series.dtype.is_numeric()
        if self.is_in_groups:
            return False
        left = self.bare.filter(~self.bare.str.to_lowercase().is_in(MISSING_WORDS))
        is_priced = bool(
            left.str.contains(r"\d[.,]\d{2}$").any()
        )  # one postage for all, and nothing where none is paid
        if left.is_empty() or (len(left) < 3 and len(left) < len(self.bare) and not is_priced):
            return False
        pattern = _POINT if self.decimal[0] == "." else _COMMA
        fits = left.str.contains(pattern) & left.str.contains(r"^[+-]?[.,]?\d")
        if left.str.contains(r"^\d+[eE]\d+$").any():  # 12E05 is an identifier, 1.2e5 and 1e-5 are numbers
            return False
        return share_of(fits) >= 0.98

    @cached_property
    def is_in_groups(self) -> bool:
        """Whether digits stand in groups as those of cards and accounts do, `9752 1010 1977`: numbers of something.

        Groups of three are thousands, but where many values are all as long as each other.
        """
        if not self.is_text_typed or self.distinct < _FEWEST_IN_GROUPS:
            return False
        if share_of(self.values.str.contains(_IN_GROUPS)) < 0.95:
            return False
        lengths = self.values.str.len_chars()
        is_long = bool((lengths == lengths[0]).all()) and int(lengths[0]) >= _LONG_NUMBER
        return is_long or share_of(self.values.str.contains(_THOUSANDS)) < 0.5

    @cached_property
    def numbers(self) -> pl.Series:
        """The distinct values as numbers, unread ones left out."""
        if not self.is_text_typed:
            return self.series.drop_nulls().unique().cast(pl.Float64, strict=False).drop_nulls()
        return self.values.cast(pl.Float64) if self.is_plain else self._as_numbers(self.bare).drop_nulls()

    @cached_property
    def all_numbers(self) -> pl.Series:
        """Every row as a number, null where there is none."""
        if self.series.dtype == pl.Boolean or not self.is_text_typed:
            return self.series.cast(pl.Float64, strict=False)
        if self.decimal[0] == ".":
            plain = self.series.cast(pl.Float64, strict=False)
            if plain.null_count() == self.series.null_count():
                return plain
        return self._as_numbers(_undecorated(self.series))

    def _as_numbers(self, texts: pl.Series) -> pl.Series:
        other = "," if self.decimal[0] == "." else "."
        return (
            texts.str.replace_all(other, "", literal=True)
            .str.replace(self.decimal[0], ".", literal=True)
            .cast(pl.Float64, strict=False)
        )

    @cached_property
    def is_whole(self) -> bool:
        """Whether all numbers are whole."""
        return self.is_number and len(self.numbers) > 0 and bool((self.numbers == self.numbers.round()).all())

    @cached_property
    def is_running_number(self) -> bool:
        """Whether each row has a whole number of its own and these leave few gaps: numbers of rows, never amounts."""
        if not self.is_unique or self.rows < _FEWEST_RUNNING or not self.is_whole:
            return False
        numbers = self.numbers if len(self.numbers) == self.distinct else self.all_numbers
        return greatest_of(numbers) - least_of(numbers) <= _MOST_GAPS * self.rows

    @property
    def counts_rows(self) -> bool:
        """Whether it is a running number, whatever its name: so many amounts are not all different without gaps."""
        return self.is_running_number and self.rows >= _NO_ACCIDENT and not self.is_written_as_money

    @cached_property
    def is_written_whole(self) -> bool:
        """Whether the numbers are also written without decimals: 12.00 is money, 12 may be a count."""
        if not self.is_text_typed:
            return self.is_whole
        return self.is_whole and not self.bare.str.contains(r"[.,]\d{2}$").any()

    @cached_property
    def has_leading_zeros(self) -> bool:
        """Whether whole numbers carry leading zeros, as only identifiers do."""
        return self.is_text_typed and self.is_whole and bool(self.values.str.contains(r"^0\d").any())

    @cached_property
    def has_currency_sign(self) -> bool:
        return (
            self.is_text_typed
            and not self.is_plain
            and self.is_number
            and bool(self.values.head(200).str.contains(A_CURRENCY).any())
        )

    @property
    def is_written_as_money(self) -> bool:
        """Whether its numbers carry a currency's sign, or decimals: 600,00 as well as 599,90."""
        return self.is_number and (self.has_currency_sign or not self.is_written_whole)

    @cached_property
    def are_addresses(self) -> bool:
        """Whether the texts are e-mail addresses, which mean the same in capitals."""
        return self.is_text_typed and share_of(self.values.str.contains("@", literal=True)) >= _ADDRESSES

    @cached_property
    def spelling(self) -> tuple[str, ...] | None:
        """The letters of countries in front of numbers that are spelt in several ways; None where each is spelt in one."""
        if not self.is_text_typed or self.is_plain or not self.distinct >= FEWEST_SPELT:
            return None
        if share_of(self.values.str.count_matches(r"\p{N}") >= _FEWEST_DIGITS) < _ADDRESSES:
            return None
        if not may_be_spelt(self.values):
            return None
        # Of a part of the ids, hardly any other spelling of one is in the part.
        return prefixes_of(self.values if len(self.values) == self.distinct else self.series.drop_nulls().unique())

    @cached_property
    def is_code(self) -> bool:
        """Whether the texts look like identifiers: one word of letters and digits, of nearly one length."""
        if not self.is_text_typed or self.is_number:
            return False
        lengths = self.values.str.len_chars()
        if self.is_in_groups:
            return True
        shaped = share_of(self.values.str.contains(r"^[\w.:/#@+=-]*\d[\w.:/#@+=-]*$"))
        return shaped >= 0.95 and greatest_of(lengths) - least_of(lengths) <= 12

    @cached_property
    def could_name_things(self) -> bool:
        """Whether the values can be identifiers at all."""
        if self.distinct < 2 or self.series.dtype == pl.Boolean or self.is_time_typed:
            return False
        if self.is_number:
            return self.is_whole and (self.distinct > 2) and least_of(self.numbers) >= 0
        return self.flag is None and share_of(self.values.str.len_chars()) <= 64


def _undecorated(texts: pl.Series) -> pl.Series:
    return texts.to_frame("text").select(undecorated(pl.col("text"))).to_series()


def profile(series: pl.Series) -> Profile:
    """Measure one column."""
    cleaned = series
    if cleaned.dtype in {pl.Categorical, pl.Enum, pl.Null}:
        cleaned = cleaned.cast(pl.String)
    if cleaned.dtype == pl.String:
        cleaned = cleaned.str.strip_chars()
        cleaned = cleaned.set(cleaned == "", None) if (cleaned == "").any() else cleaned
    elif cleaned.dtype.is_float():
        cleaned = cleaned.fill_nan(None)
    elif cleaned.dtype.is_nested() or cleaned.dtype in {pl.Binary, pl.Object}:
        cleaned = pl.Series(cleaned.name, [None] * len(cleaned), dtype=pl.String)
    filled = cleaned.drop_nulls()
    unique = filled.unique()
    values = unique.sort()
    if len(values) > _MOST_VALUES:
        values = values.gather_every(-(-len(values) // _MOST_VALUES))
    return Profile(series.name, cleaned, len(cleaned), len(filled), len(unique), _texts(values))


def _texts(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        return values
    if values.dtype.is_float() and (values == values.round()).all() and len(values):
        return values.cast(pl.Int64, strict=False).cast(pl.String).drop_nulls()
    return values.cast(pl.String)


def profiles_of(frame: pl.DataFrame) -> dict[str, Profile]:
    """Measure every column of a table."""
    return {name: profile(frame[name]) for name in frame.columns if name != "_row"}


def decimal_of(columns: Mapping[str, Profile]) -> str:
    """The decimal sign of a table; UNANSWERED where its columns disagree or nothing decides it."""
    signed = [
        column.decimal
        for column in columns.values()
        if column.is_text_typed and column.is_number and column.bare.str.contains(r"[.,]").any()
    ]
    sure = {sign for sign, confidence in signed if confidence >= 0.7}
    if len(sure) == 1:
        return sure.pop()
    is_eastern = any(_EASTERN.search(name) for name in columns)  # where 1,234 is a thousand and more
    return "." if not signed or (not sure and is_eastern) else UNANSWERED
