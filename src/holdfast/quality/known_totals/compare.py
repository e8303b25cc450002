"""What the owner knows beside what is read: the figures of `known_totals`, each with the one of the records."""

from dataclasses import asdict, dataclass
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.formatting import count, day, money_to_the_cent, percent, plural
from holdfast.known_total_settings import MONEY, OF_DAYS, OF_PERIODS, KnownTotal, rounding_of
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.records import CleanedRecords
from holdfast.settings import FILE_NAME, Settings

SLUG = "known-total"
_NAMES = {
    "revenue": "Revenue",
    "orders": "Orders",
    "customers": "Customers who bought",
    "ends": "Customers whose subscriptions ended",
    "running": "Customers whose subscriptions run",
    "mrr": "Monthly recurring revenue",
}
_FIX = (
    "See for what `holdfast check` takes each kind of row, and correct the settings of the column or status that your "
    "own system counts otherwise; or the figure, if it is of other days or of another sum (orders placed, without tax)."
)


class FigureNotReadError(HoldfastError):
    """A known figure that the records do not tell as they are read."""


@dataclass(frozen=True)
class Comparison:
    """One figure by the owner's books and by the records."""

    figure: str
    when: str  # the period or day, as the settings write it
    sentence: str
    expected: float
    observed: float
    agrees: bool

    @property
    def finding(self) -> Finding:
        """The same as a finding of the checks: severe where the two differ."""
        return Finding(
            Category.BUSINESS_RULES,
            self.figure,
            self.when.replace(" ", "-"),
            self.sentence,
            1,
            int(not self.agrees),
            Severity.PASSED if self.agrees else Severity.SEVERE,
            "" if self.agrees else _FIX,
            SLUG,
            counts_rows=False,
        )


@dataclass(frozen=True)
class ComparedTotals:
    """All known figures beside the records' own, and that in one line."""

    comparisons: tuple[Comparison, ...]
    words: str  # empty where the records know no days

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(each.finding for each in self.comparisons)

    def to_record(self) -> dict[str, Any]:
        """Plain values, for reports/readiness.json."""
        return {"words": self.words, "compared": [asdict(each) for each in self.comparisons]}


def compared_totals(records: CleanedRecords, settings: Settings) -> ComparedTotals:
    """Compare the `known_totals` of the settings with cleaned records.

    Raises:
        FigureNotReadError: a figure that the records, as they are read, do not tell.
        HoldfastError: a period outside of the records.
    """
    figures = Figures(records, settings)
    compared = tuple(
        _compared(total, name, expected, observed[name], settings.currency)
        for total in settings.known_totals
        for observed in [_observed(total, figures)]
        for name, expected in total.figures.items()
    )
    return ComparedTotals(compared, _in_words(compared) if compared else _not_yet(figures))


def agrees(expected: float, observed: float, within: float) -> bool:
    """Whether two figures agree: within a share of the first, and at least within its rounding."""
    return abs(observed - expected) <= max(within * abs(expected), rounding_of(expected)) + 1e-9


def _observed(total: KnownTotal, figures: Figures) -> dict[str, float]:
    where = f"{FILE_NAME}: known_totals, {total.in_words}"
    if figures.has_none_left:
        return dict.fromkeys(OF_PERIODS if total.day is None else OF_DAYS, 0.0)
    if figures.days is None:
        raise HoldfastError(
            f"{where}: these records hold no event with a time, so nothing of theirs is of a month or day.",
            fix=f"In {FILE_NAME}, delete known_totals.",
        )
    first, last = figures.days
    if total.last < first or total.first > last:
        raise HoldfastError(
            f"{where} lies outside of the records, which go from {day(first)} to {day(last)}.",
            fix=f"In {FILE_NAME}, name a total of days between {first} and {last}, or delete this one.",
        )
    observed = figures.of_period(total.first, total.last) if total.day is None else figures.of_day(total.day)
    missing = [name for name in total.figures if name not in observed]
    if missing:
        raise FigureNotReadError(
            f"{where}: the records do not tell {missing[0]}: "
            f"{'no table of sales or payments has amounts' if missing[0] in _OF_MONEY else _NO_SUBSCRIPTIONS}.",
            fix=f"In {FILE_NAME}, delete {missing[0]} from this entry of known_totals; or name the table and the "
            "column that hold it.",
        )
    return observed


_OF_MONEY = frozenset({"revenue", "orders", "customers"})
_NO_SUBSCRIPTIONS = "no table holds subscriptions, or none of them a price"


def _compared(total: KnownTotal, name: str, expected: float, observed: float, currency: str) -> Comparison:
    by_books, by_records = (_shown(name, figure, currency) for figure in (expected, observed))
    on = "of" if total.day is None else "on"
    words = f"{_NAMES[name]} {on} {total.in_words}: {by_books} by your books, {by_records} here"
    does_agree = agrees(expected, observed, total.within)
    if not does_agree:
        words += f": differs by {_difference(expected, observed)}"
    return Comparison(name, total.when, f"{words}.", float(expected), observed, does_agree)


def _shown(name: str, figure: float, currency: str) -> str:
    return money_to_the_cent(figure, currency) if name in MONEY else count(figure)


def _difference(expected: float, observed: float) -> str:
    return percent(abs(observed - expected) / abs(expected)) if expected else "all of it"


def _in_words(compared: tuple[Comparison, ...]) -> str:
    """Compared with your own totals: 1 of 2 agree. Then what differs."""
    agree = sum(each.agrees for each in compared)
    differing = "".join(f" {each.sentence}" for each in compared if not each.agrees)
    return f"Compared with your own totals: {agree} of {len(compared)} agree.{differing}"


def _not_yet(figures: Figures) -> str:
    """That nothing was compared, and what to type: a figure that the owner can look up."""
    if figures.days is None:
        return ""
    months = figures.typical_months(1)
    if months:
        (month,) = months
        revenue = money_to_the_cent(month.revenue, figures.settings.currency)
        look_up = f"Here, the revenue of {month.month:%B %Y} is {revenue}"
        entry = f"{{in: {month.month:%Y-%m}, revenue: YOUR_FIGURE}}"
    elif (subscribers := figures.of_day(figures.days[1])) and subscribers["running"]:
        look_up = f"Here, {plural(int(subscribers['running']), 'customer')} subscribe on {day(figures.days[1])}"
        entry = f"{{on: {figures.days[1]}, running: YOUR_FIGURE}}"
    else:
        return ""
    return (
        f"Not yet compared with your own books. {look_up}: look up what your own system shows, and put into "
        f"{FILE_NAME}: `known_totals: [{entry}]`"
    )
