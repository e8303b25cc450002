"""Reasons in plain words: a feature's record, a customer's value and what is usual in; a sentence with real dates out.

Writer(records, typical, currency).sentence(...) -> "No order for 165 days; usually every 7 days."

Every feature has a meaning in words, also those of users and of unknown tables, so every feature gets a sentence.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from holdfast.formatting import A_DAY, day, money, percent, rate
from holdfast.models.sentence_templates import COUNTS, REWORDINGS, TEMPLATES, TYPICAL, Template

Value = float | bool | str | None
Record = Mapping[str, Any]

_UNITLESS = frozenset({"", "number", "ratio", "category", "yes or no", "score", "score 1-5", "values", "share"})


@dataclass(frozen=True)
class LevelShares:
    """How common a category or an answer is, and how many of those who had it left."""

    having: float  # of the customers of the run
    left: float | None = None  # of the training rows with it; None: too few to say
    left_of_all: float | None = None  # of all training rows

    def compared(self, *, raises: bool) -> str:
        """What such customers did beside all others, where that goes the way of the reason; else how common it is."""
        if self.left is not None and self.left_of_all is not None and (self.left > self.left_of_all) == raises:
            return f"; {percent(self.left)} of such customers left in the past, {percent(self.left_of_all)} of all"
        return f", like {percent(self.having, 0)} of customers"


@dataclass(frozen=True)
class Fact:
    """A customer's value of one feature, and what to compare it with."""

    value: Value
    typical: Value  # of all customers
    level: LevelShares | None = None  # of a category or answer
    own_gap: float | None = None  # days between such events of this customer, as usual
    term: str = ""  # what the customer's term is called


class Writer:
    """Writes sentences, each distinct one once; no sentence names a feature by its code."""

    def __init__(
        self,
        records: Mapping[str, Record],
        typical: Mapping[str, Value],
        levels: Mapping[str, Mapping[str, LevelShares]],
        currency: str,
        cutoff: datetime | None,
    ) -> None:
        self._records, self._typical, self._levels = records, typical, levels
        self._currency, self._cutoff = currency, cutoff
        self._templates: dict[str, tuple[Template, dict[str, str]]] = {}
        self._typical_texts: dict[str, str] = {}
        self._written: dict[tuple[str, Value, float | None, bool, str], str] = {}
        self._days_written: dict[float | None, str] = {}
        self._dates_written: dict[date, str] = {}

    @property
    def dates_turn_at_whole_days(self) -> bool:
        """Whether a whole number of days before the cutoff is where one date ends and the next begins."""
        return self._cutoff is None or self._cutoff.time() == time(0)

    def sentence(self, name: str, value: Value, *, raises: bool, own_gap: float | None = None, term: str = "") -> str:
        """What is so and what is usual; a reason that lowers the risk says so.

        Args:
            name: of the feature. value: of the customer.
            raises: whether it raises the risk.
            own_gap: days between such events of this customer, where known.
            term: what the customer's term is called, of `term_in_words`.
        """
        key = (name, value, own_gap, raises, term)
        if key not in self._written:
            level = self._levels.get(name, {}).get(level_of(value))
            fact = Fact(value, self._typical.get(name), level, own_gap, term)
            text = self._fact(name, fact, raises=raises)
            self._written[key] = text if raises else f"Lowers the risk: {text[:1].lower()}{text[1:]}"
        return self._written[key]

    def shown(self, name: str, value: Value) -> str:
        """A value as the sentences write it."""
        template, _ = self._template(name)
        record = self._records.get(name, {})
        number = _number(value)
        if template.is_multiple and number is not None:
            return _change(number)
        unit = str(record.get("unit") or "")
        # A noun that stands in the sentence already is not said again.
        is_named = record.get("operator") in COUNTS or template.some.startswith("Has {value}") or unit == "events"
        is_counted = unit not in {"days", "share", "currency"} and not unit.endswith(A_DAY)
        is_named |= is_counted and unit in str(record.get("meaning", "")).lower()
        return written(value, "" if is_named else unit, self._currency)

    def _fact(self, name: str, fact: Fact, *, raises: bool) -> str:
        template, groups = self._template(name)
        number, typical = _number(fact.value), _number(fact.typical)
        is_own = fact.own_gap is not None and template.more != "" and number is not None
        usual = fact.own_gap if is_own else typical
        is_sooner = False
        if fact.value is None or (isinstance(fact.value, float) and math.isnan(fact.value)):
            text = template.never or template.some
        elif number == 0 and not isinstance(fact.value, bool) and template.none:
            text = template.none
        elif number is not None and number < 0 and template.below:
            text = template.below
        elif template.more and number is not None and usual is not None and number > usual:
            text = template.more
        else:
            text = template.some
            is_dated = template.more != "" and number is not None and usual is not None
            is_sooner = is_dated and (_whole(number) or 0.0) < (_whole(usual) or 0.0)
        has_own_words = is_own or fact.level is not None  # what is usual is not compared with the value as shown
        shown = "" if has_own_words and "{value}" not in text else self.shown(name, fact.value)
        words = {
            **groups,
            "value": shown,
            "term": fact.term,
            "amount": self.shown(name, abs(number)) if number is not None and "{amount}" in text else "",
            # Of days alone: so many days before the cutoff as somebody spent money there may be no date.
            "days": self._days(number, is_dated="{date}" in text) if "{days}" in text else "",
            "date": self._date(number) if "{date}" in text else "",
        }
        if fact.level is not None and not is_own:
            comparison = fact.level.compared(raises=raises)
        else:
            words_of_usual = template.usual_of_more if template.more and text == template.more else template.usual
            comparison = self._usual(name, words_of_usual, fact, shown, is_own=is_own, is_sooner=is_sooner)
        return f"{_without_empty_date(text.format(**words))}{comparison}."

    def _usual(self, name: str, usual: str, fact: Fact, shown: str, *, is_own: bool, is_sooner: bool) -> str:
        if is_own and fact.own_gap is not None:
            gap = _whole(max(fact.own_gap, 1.0))
            every = f"every {'day' if gap == 1 else self._in_days(gap)}"
            return f", more recent than usual ({every})" if is_sooner else f"; usually {every}"
        if fact.typical is None or not usual or self._template(name)[0].is_multiple:
            return ""
        typical = self._shown_typical(name)
        if typical == shown:
            return ", as is typical"
        if usual != TYPICAL:
            typical = self._in_days(_whole(_number(fact.typical)))
        usual_words = usual.format(typical=typical)
        return f", more recent than usual ({usual_words})" if is_sooner else f"; {usual_words}"

    def _shown_typical(self, name: str) -> str:
        if name not in self._typical_texts:
            self._typical_texts[name] = self.shown(name, self._typical.get(name))
        return self._typical_texts[name]

    def _days(self, number: float | None, *, is_dated: bool) -> str:
        """Days ago; beside a date as the calendar counts them, so that the two agree."""
        if number is None:
            return written(None)
        if self._cutoff is None or not is_dated:
            return "less than a day" if 0 <= number < 0.5 else self._in_days(_whole(number))
        between = (self._cutoff.date() - (self._cutoff - timedelta(days=number)).date()).days
        return "less than a day" if between == 0 else self._in_days(float(between))

    def _in_days(self, number: float | None) -> str:
        """A whole number of days in words: thousands of customers have the same few."""
        if number not in self._days_written:
            self._days_written[number] = written(number, "days")
        return self._days_written[number]

    def _date(self, days: float | None) -> str:
        if self._cutoff is None or days is None or not math.isfinite(days):
            return ""
        of_event = (self._cutoff - timedelta(days=days)).date()
        if of_event not in self._dates_written:
            self._dates_written[of_event] = day(of_event)
        return self._dates_written[of_event]

    def _template(self, name: str) -> tuple[Template, dict[str, str]]:
        if name not in self._templates:
            record = self._records.get(name, {})
            meaning = str(record.get("meaning") or _in_words(name, record)).strip().rstrip(".")
            for pattern, rewording in REWORDINGS:
                meaning = re.sub(pattern, rewording, meaning)
            kinds = {record.get(field) for field in ("type", "operator", "formula")}
            for template in TEMPLATES:
                matched = re.fullmatch(template.pattern, meaning)
                if matched and (not template.kinds or kinds & set(template.kinds)):
                    groups = {key: text or "" for key, text in matched.groupdict().items()}
                    break
            else:
                template, groups = TEMPLATES[-1], {"what": meaning or "One of its numbers"}
            what = groups.get("what", "")
            bare = re.sub(r"^an? ", "", what)
            upper = {"What": what[:1].upper() + what[1:], "No_what": f"No {bare[:1].lower()}{bare[1:]}"}
            self._templates[name] = template, groups | upper
        return self._templates[name]


def level_of(value: Value) -> str:
    """A category or an answer as shares are kept by."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_words(name: str, record: Record) -> str:
    """What a feature is called where its record has no meaning: by its column, else by its name, in words."""
    return str(record.get("column") or name).replace("_", " ")


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _whole(number: float | None) -> float | None:
    return None if number is None else float(math.floor(number + 0.5))


def _without_empty_date(text: str) -> str:
    """The text where no cutoff is known: only how long ago."""
    return text.replace(" was on , ", " was ").replace(" on , ", " ")


def _change(multiple: float) -> str:
    """What stands before "the 90 days before"."""
    percents = round(100 * (multiple - 1))
    if percents == 0:
        return "the same as in"
    if multiple >= 2:
        return f"{multiple:.3g} times"
    return f"{'up' if percents > 0 else 'down'} {abs(percents)} % on"


def written(value: Value, unit: str = "", currency: str = "") -> str:
    """A value as people write it: "1,234", "12.5", "35 %", "€12.50", "yes", "not known", "3 months".

    Args:
        value: None and NaN are not known.
        unit: "share" is written in percent, "currency" (or its code) is money, other nouns stand behind the number.
        currency: of amounts; "" where it is not known.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{100 * value:.0f} %"
    if currency and unit in {"currency", currency}:
        return money(value, currency)
    if unit.endswith(A_DAY):
        return rate(value, unit)
    size = abs(value)
    number = (
        f"{value:,.0f}"
        if size >= 100 or float(value).is_integer() or (size >= 10 and unit == "days")
        else f"{value:,.1f}"
        if size >= 10
        else f"{value:.2g}"
    )
    if unit in _UNITLESS or unit == "currency":
        return number
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}"
