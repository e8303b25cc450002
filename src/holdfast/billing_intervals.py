"""Billing intervals from their text: "monthly", "3 months", "P1Y", "Jahr" -> the months and days of a term."""

# ruff: noqa: E501

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

DAYS_A_MONTH = 365.25 / 12  # mean length: terms counted in it do not drift against the calendar
_WEEK, _DAY = 7 / DAYS_A_MONTH, 1 / DAYS_A_MONTH

# Months of one unit -> its words, lower case and without accents.
_UNITS: tuple[tuple[float, str], ...] = (
    (
        6.0,
        r"semi[ -]?annual(?:ly)?|semi[ -]?yearly|half[ -]?year(?:ly|s)?|halbjahr(?:e|lich)?|halbjaehrlich|semestr\w*|semestre\w*|"
        r"semestral\w*|semester|halbjahres\w+|halfjaar\w*|halvar\w*|polroczn\w*|полугод\w*|半年|pololet\w*|puolivuosi\w*|felev\w*|alt[iı] ayl[iı]k",
    ),
    (
        3.0,
        r"quarter(?:s|ly)?|qtr|quartal\w*|vierteljahr\w*|trimestr\w*|trimestre\w*|trimestral\w*|kwartaal\w*|kwartal\w*|"
        r"kvartal\w*|квартал\w*|ежеквартальн\w*|季度|四半期|ctvrtlet\w*|neljannesvuosi\w*|negyedev\w*|uc ayl[iı]k|trimestrial\w*",
    ),
    (
        12.0,
        r"years?|yearly|yr|yrs|annual(?:ly)?|annum|jahre?|jahres\w+|jahrlich|jaehrlich|an|ans|annee|annuel\w*|ano|anos|anual\w*|anno|"
        r"anni|annuale|annuali|jaar|jaren|jaarlijks|jaarabonnement\w*|ars?|arsabonne\w+|arlig\w*|arsvis|helar\w*|rok|lata|roczn\w*|год\w*|лет|ежегодн\w*|roc(?:ni|ne|nich)|vuosi|vuosittain|vuoden|evente|eves|y[iı]l(?:l[iı]k)?|anuala|年|毎年|每年|年付|年額|年払い",
    ),
    (
        1.0,
        r"months?|monthly|mo|mos|mon|mth|mths|monate?|monats\w+|monatlich|mois|mensuel\w*|mes|meses|mensual\w*|mensal\w*|mensil\w*|mese|"
        r"mesi|maand(?:en|elijks|abonnement\w*)?|manad\w*|maned\w*|miesiac\w*|miesiecy|miesieczn\w*|mesic\w*|kuukau\w*|kk|havi|havonta|honap\w*|ay|ayl[iı]k|lunar\w*|месяц\w*|ежемесячн\w*|月|每月|毎月|月付|包月|月額|月払い",
    ),
    (2 * _WEEK, r"fortnight(?:s|ly)?|vierzehntagig|quinzaine"),
    (
        _WEEK,
        r"weeks?|weekly|wk|wks|wochen?|wochen(?:abo|karte|pass|ticket)\w*|wochentlich|woechentlich|semaines?|hebdomadaire|semanas?|semanal\w*|settiman\w*|week|"
        r"weken|wekelijks|veck\w*|uge|tydzien|tygodn\w*|недел\w*|еженедельн\w*|周|週",
    ),
    (
        _DAY,
        r"days?|daily|tage?|taglich|taeglich|jours?|quotidien\w*|dias?|diari\w*|giorn\w*|dag(?:en|elijks|ar)?|daglig\w*|dzien\w*|"
        r"dni|дн\w*|день|ежедневн\w*|日",
    ),
)
_LETTERS = {"y": 12.0, "a": 12.0, "q": 3.0, "m": 1.0, "w": _WEEK, "d": _DAY}
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12, "ein": 1, "eine": 1, "zwei": 2, "drei": 3, "sechs": 6,
    "zwolf": 12, "un": 1, "une": 1, "deux": 2, "trois": 3, "douze": 12, "uno": 1, "dos": 2, "tres": 3, "seis": 6, "doce": 12,
}  # fmt: skip
_NUMBER = r"(?P<count>\d+(?:[.,]\d+)?|" + "|".join(_NUMBERS) + r")"
_WORDS = tuple(
    (months, re.compile(rf"(?:\b{_NUMBER}[\s-]*)?(?<![^\W\d_])(?:{words})(?![^\W\d_])")) for months, words in _UNITS
)
_SHORT = re.compile(r"(?P<count>\d+)\s*(?P<unit>[yaqmwd])")
_ISO = re.compile(r"p(?P<count>\d+)(?P<unit>[ymwd])")


@dataclass(frozen=True)
class BillingInterval:
    """How long one term is."""

    months: float  # a price divided by it is what a month costs

    @property
    def days(self) -> float:
        return self.months * DAYS_A_MONTH

    @property
    def offset(self) -> str:
        """The term as a calendar offset that Polars adds: whole months keep the day of the month."""
        return f"{round(self.months)}mo" if abs(self.months - round(self.months)) < 1e-9 else f"{round(self.days)}d"


def without_interval(text: str) -> str:
    """A text in lower case without the words that name an interval: "Pro yearly" and "Pro" are one plan."""
    plain = _plain(text)
    for _, words in _WORDS:
        plain = words.sub(" ", plain)
    return " ".join(re.findall(r"[^\W_]+", plain))


@cache
def billing_interval(text: str) -> BillingInterval | None:
    """The interval that a text names; None where it names none, or several different ones."""
    plain = _plain(text)
    short = _ISO.fullmatch(plain) or _SHORT.fullmatch(plain)
    if short is not None:
        return _of(float(short["count"]) * _LETTERS[short["unit"]])
    lengths = set()
    for months, words in _WORDS:
        for match in words.finditer(plain):
            lengths.add(_count(match["count"]) * months)
            plain = plain.replace(match[0], " ", 1)
    return _of(lengths.pop()) if len(lengths) == 1 else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).replace("_", " ")


def _of(months: float) -> BillingInterval | None:
    return BillingInterval(months) if 0 < months <= 120 else None


def _count(text: str | None) -> float:
    if text is None:
        return 1.0
    return float(_NUMBERS[text]) if text in _NUMBERS else float(text.replace(",", "."))


def interval_months(texts: pl.Series, counts: pl.Series | None = None) -> pl.Series:
    """The months of each interval in a column; null where a text is empty or names no interval.

    Args:
        texts: "month", "P1Y", "every 3 months" ...
        counts: how many of them a term has; null counts as 1.
    """
    months = texts.replace_strict(_months_of(texts), default=None, return_dtype=pl.Float64)
    if counts is not None:
        months = months * counts.cast(pl.Float64).fill_null(1.0)
    return months.rename("months")


def _months_of(texts: pl.Series) -> Mapping[str, float]:
    named = ((text, billing_interval(text)) for text in texts.drop_nulls().unique().sort())
    return {text: interval.months for text, interval in named if interval is not None}
