"""Rules about subscriptions: intervals and pauses that cannot be placed, an export day that is not the last day."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import polars as pl

from holdfast.cutoffs.schedule import day_after, exported_at
from holdfast.formatting import day
from holdfast.meanings import Meaning
from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View, failing
from holdfast.quality.subscriptions.contradictions import CHECKED, contradictions
from holdfast.settings import FILE_NAME

_SHOWN = 4
_AHEAD = timedelta(days=31)  # no business goes on ending so long after anything else has happened


def _is_movements(view: View) -> bool:
    return view.state is not None and view.state.settings.subscriptions is not None


def _counted(fact: str, column: str) -> Callable[[View], Iterator[RuleCount]]:
    def count(view: View) -> Iterator[RuleCount]:
        if view.state is not None and fact in view.state.facts:
            yield RuleCount(view.state.facts[fact], view.state.rows_in, column)

    return count


def _contradicted_terms(view: View) -> Iterator[RuleCount]:
    """Rows whose price is stated for another term than the records show."""
    if view.state is None or CHECKED not in view.state.facts:
        return
    different = list(contradictions(view.state.facts))
    says = "; ".join(words for words, _ in different[:_SHOWN]) + (
        f" and {len(different) - _SHOWN:,} more" if len(different) > _SHOWN else ""
    )
    yield RuleCount(
        sum(rows for _, rows in different), view.state.facts[CHECKED], "price", f"{says}." if different else ""
    )


def _booked_ahead(view: View) -> Iterator[RuleCount]:
    """Ends without a notice that lie long after everything else that is recorded."""
    if not _is_movements(view) or not view.height or exported_at(view.settings) is not None:
        return
    is_end = (pl.col("kind") == Meaning.END) & ~pl.col("is_due")
    recorded = pl.min_horizontal("happened_at", "known_at")
    others = view.collect(view.table.filter(~is_end, ~pl.col("is_due")).select(recorded.max())).item()
    if others is None:
        return
    if view.elsewhere is not None:
        others = max(others, view.elsewhere.last)
    ahead = is_end & (recorded > others + _AHEAD)
    says, next_day = f"Everything else ends on {day(others)}.", day_after(others)
    fix = (
        f"In {FILE_NAME}: exported_on: {next_day:%Y-%m-%d}, if that is the day of the export; its ends are then known "
        "ahead."
    )
    yield RuleCount(failing(ahead), is_end.sum(), "happened_at", says, fix)


def _after_the_export(view: View) -> Iterator[RuleCount]:
    """What begins on the day of the export or later: the setting is older than the records."""
    exported = exported_at(view.settings)
    if not _is_movements(view) or exported is None:
        return
    begins = pl.col("kind").is_in([Meaning.START, Meaning.TRIAL, Meaning.RENEWAL]) & ~pl.col("is_due")
    yield RuleCount(failing(begins & (pl.col("happened_at") >= exported)), begins.sum(), "happened_at")


def _without_price(view: View) -> Iterator[RuleCount]:
    """Begins of subscriptions, where nothing says what any of them costs."""
    if not _is_movements(view) or not view.height:
        return
    has_price = False
    if "mrr_change" in view.schema:
        has_price = bool(view.collect(view.table.select((pl.col("mrr_change") != 0).any())).item())
    begins = pl.col("kind").is_in([Meaning.START, Meaning.TRIAL, Meaning.RENEWAL]) & ~pl.col("is_due")
    yield RuleCount(failing(begins & ~pl.lit(has_price)), begins.sum(), "price")


SUBSCRIPTION_RULES: tuple[Rule, ...] = (
    Rule(
        "intervals of subscriptions",
        Category.UNITS,
        "Every interval names a length of time, by which a price becomes revenue a month.",
        f"In {FILE_NAME}, tables.{{table}}.subscriptions.interval: month, or write intervals as month, year, 7 days.",
        _counted("subscriptions_unknown_interval", "interval"),
        severity=Severity.SEVERE,
    ),
    Rule(
        "prices of subscriptions",
        Category.COMPLETENESS,
        "A column says what each subscription costs: without one there is no revenue a month and no value.",
        "Map what is paid to tables.{table}.columns.price, or bring an export that holds it.",
        _without_price,
        severity=Severity.NOTE,
    ),
    Rule(
        "terms as the records show",
        Category.UNITS,
        "Every price is paid for the term that the settings state: by it a price becomes revenue a month.",
        f"In {FILE_NAME}, tables.{{table}}.subscriptions: interval: listed, and under terms which plans or prices are "
        'paid for which term: [{{interval: year, when: {{plan: ["Pro yearly"]}}}}].',
        _contradicted_terms,
        severe_from=0.01,
    ),
    Rule(
        "pauses with a day",
        Category.COMPLETENESS,
        "Every subscription that a status calls paused says since when.",
        "Map the day of the pause to tables.{table}.columns.paused_at; until then it counts as paused from the last "
        "record on.",
        _counted("subscriptions_paused_without_date", "paused_at"),
    ),
    Rule(
        "states in order of time",
        Category.TIME_ORDER,
        "No state of a subscription became known after a later one.",
        "Nothing to do for a few: a late state of an earlier day changes nothing.",
        _counted("subscriptions_late", "known_at"),
        severity=Severity.NOTE,
    ),
    Rule(
        "ends not ahead of the records",
        Category.FUTURE_ROWS,
        f"No end lies more than {_AHEAD.days} days after everything else: a later one is booked ahead.",
        f"In {FILE_NAME}, set exported_on to the day of the export; ends from then on are known and not over.",
        _booked_ahead,
        severity=Severity.SEVERE,
    ),
    Rule(
        "nothing begins after the export",
        Category.FUTURE_ROWS,
        "Nothing begins on the day of the export or later.",
        f"The records are newer than {FILE_NAME}: set exported_on to the day of this export, or take it out.",
        _after_the_export,
        severity=Severity.SEVERE,
    ),
)
