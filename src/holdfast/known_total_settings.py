"""Totals that the owner knows from another system: a month's revenue, the subscriptions that run on a day."""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from holdfast.formatting import day
from holdfast.section import SettingsPart

OF_PERIODS = ("revenue", "orders", "customers", "ends")
OF_DAYS = ("running", "mrr")
MONEY = frozenset({"revenue", "mrr"})
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_FORM = "a year (2024), a month (2024-05), a day (2024-05-31), or two days (2024-05-01 to 2024-05-15)"
_HALF_A_CENT, _HALF_A_UNIT = 0.005, 0.5

Count = Annotated[int, Field(ge=0)]


class KnownTotal(SettingsPart):
    """What your own system shows for a period or a day, to compare with what is read here."""

    period: str = Field(default="", alias="in")
    """The days that the figures are of: a year (2024), a month (2024-05), a day, or two days (2024-05-01 to
    2024-05-15); days begin at midnight in the project's time zone."""
    day: date | None = Field(default=None, alias="on")
    """Of `running` and `mrr`: the day at whose end they were counted."""
    revenue: float | None = None
    """The money received, less what was given back, in the project's currency."""
    orders: Count | None = None
    """How many orders brought money."""
    customers: Count | None = None
    """How many customers bought."""
    ends: Count | None = None
    """How many customers' subscriptions ended."""
    running: Count | None = None
    """How many customers had a subscription that ran and was paid for; no trials, no pauses."""
    mrr: Annotated[float, Field(ge=0)] | None = None
    """What the subscriptions that ran brought a month."""
    within: Annotated[float, Field(ge=0, le=0.1)] = 0.005
    """How far apart the two may be and still agree, as a share of the figure: 0.005 is half a percent."""

    model_config = ConfigDict(populate_by_name=True)

    @field_validator("period", mode="before")
    @classmethod
    def _is_a_text(cls, value: Any) -> Any:
        """YAML reads 2024 as a number and 2024-05-31 as a day."""
        return str(value) if isinstance(value, int | date) else value

    @field_validator("period")
    @classmethod
    def _is_a_period(cls, period: str) -> str:
        if period:
            _days_of(period)
        return period

    @model_validator(mode="after")
    def _says_what_and_when(self) -> Self:
        if bool(self.period) == (self.day is not None):
            raise ValueError("needs one of `in` (a period) and `on` (a day)")
        own, other, key = (OF_PERIODS, OF_DAYS, "in") if self.period else (OF_DAYS, OF_PERIODS, "on")
        strange = [name for name in other if getattr(self, name) is not None]
        if strange:
            instead = "on: 2024-05-31" if self.period else "in: 2024-05"
            raise ValueError(f"`{strange[0]}` goes with `{instead}`, not with `{key}`")
        if not self.figures:
            raise ValueError(f"names no figure: one of {', '.join(own)}")
        return self

    @property
    def figures(self) -> dict[str, float]:
        """The figures that it names."""
        return {name: value for name in (*OF_PERIODS, *OF_DAYS) if (value := getattr(self, name)) is not None}

    @property
    def first(self) -> date:
        """Its first day."""
        return self.day if self.day is not None else _days_of(self.period)[0]

    @property
    def last(self) -> date:
        """Its last day."""
        return self.day if self.day is not None else _days_of(self.period)[1]

    @property
    def when(self) -> str:
        """The period or day as settings write it."""
        return self.day.isoformat() if self.day is not None else re.sub(r"\s+", " ", self.period.strip())

    @property
    def in_words(self) -> str:
        """The period or day in words: May 2024, 2024, 31 May 2024, 1 May 2024 to 15 May 2024."""
        if self.first == self.last:
            return day(self.first)
        if " " in self.when:
            return f"{day(self.first)} to {day(self.last)}"
        return f"{self.first:%B %Y}" if "-" in self.when else self.when


def _each_once(totals: tuple[KnownTotal, ...]) -> tuple[KnownTotal, ...]:
    """The totals; refused where a figure of one period stands twice."""
    figures = [(name, total.when) for total in totals for name in total.figures]
    twice = next((each for each in figures if figures.count(each) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice[0]} of {twice[1]} stands twice")
    return totals


KnownTotals = Annotated[tuple[KnownTotal, ...], AfterValidator(_each_once)]


def known_total_from(text: str) -> KnownTotal:
    """A known total as people type it: revenue=45,783.20 in 2024-05; running=1250 mrr=31250 on 2024-06-30.

    Raises:
        ValueError: it is none.
    """
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text[:60]}" is not understood: write "revenue=45783.20 in 2024-05"')
    figures = {name: _number(value) for name, value in _FIGURE.findall(match["figures"])}
    try:
        return KnownTotal.model_validate({**figures, match["key"]: match["when"]})
    except ValidationError as error:
        faults = (fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_url=False))
        raise ValueError(f'"{text[:60]}": {"; ".join(faults)}') from error


_FIGURE = re.compile(r"([A-Za-z_]+)\s*=\s*([^\s=]+)")
_TYPED = re.compile(rf"(?P<figures>(?:{_FIGURE.pattern}\s+)+)(?P<key>in|on)\s+(?P<when>\S.*)")


def _number(text: str) -> str:
    """A number as people write it, in plain digits: 45,783.20 and 45.783,20 as 45783.20; else the text as it is."""
    digits = re.sub(r"[\s'’€$£]", "", text)
    separators = [sign for sign in digits if sign in ".,"]
    if not separators:
        return digits
    last = separators[-1]
    other = "," if last == "." else "."
    is_decimal = len(set(separators)) == 2 or (len(separators) == 1 and not re.search(rf"\{last}\d{{3}}$", digits))
    return digits.replace(other, "").replace(last, "." if is_decimal else "")


def rounding_of(figure: float) -> float:
    """How far a figure may be from the exact one by the way it is written: half a cent, or half a unit if it is whole.

    A whole amount of money may well have lost its cents.
    """
    return _HALF_A_UNIT if float(figure).is_integer() else _HALF_A_CENT


def _days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a period.

    Raises:
        ValueError: it is none.
    """
    pieces = [piece.strip() for piece in re.split(r"\s+to\s+", period.strip())]
    matches = [_PERIOD.fullmatch(piece) for piece in pieces]
    if len(matches) > 2 or not all(matches) or (len(matches) == 2 and not all(match and match[3] for match in matches)):
        raise ValueError(f"{period[:40]!r} is no period: write {_FORM}")
    try:
        days = [_from_to(*(int(each) if each else 0 for each in match.groups())) for match in matches if match]
    except ValueError as error:
        raise ValueError(f"{period[:40]!r} is no period ({error}): write {_FORM}") from error
    if days[-1][1] < days[0][0]:
        raise ValueError(f"{period[:40]!r} ends before it begins")
    return days[0][0], days[-1][1]


def _from_to(year: int, month: int, number: int) -> tuple[date, date]:
    """First and last day of a year, of a month of it, or of a day."""
    first = date(year, month or 1, number or 1)
    if number:
        return first, first
    return first, date(year, month or 12, monthrange(year, month or 12)[1])
