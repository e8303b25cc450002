"""Which other readings of the records would give the known totals: tried by sums, proven by cleaning."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from holdfast.cutoffs.money import OF_REVENUE
from holdfast.errors import HoldfastError
from holdfast.known_total_settings import OF_DAYS, KnownTotal, rounding_of
from holdfast.notation.time_zones import zones_to_try
from holdfast.quality.checks.findings import Finding, Severity
from holdfast.quality.clean import Cleaned, CleanedRows, clean, clean_rows
from holdfast.quality.known_totals.changes import (
    ALL_TABLES,
    MoneyChange,
    changes_of,
    changes_of_states,
    combined,
    zone_changes,
)
from holdfast.quality.known_totals.compare import SLUG, ComparedTotals, Comparison, compared_totals
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.known_totals.prices import changes_of_prices
from holdfast.quality.known_totals.readings import Change, Reading, with_changes
from holdfast.quality.known_totals.sums import Period, TableSums, counting_everything, table_sums
from holdfast.quality.known_totals.trials import MOST_CHANGES, Trials, is_by_accident
from holdfast.quality.records import WholeTables
from holdfast.quality.row_shape import shape_rows
from holdfast.settings import FILE_NAME, Settings

MOST_ROWS = 2_000_000  # of all tables; more are not searched
_MOST_CHANGES_NEARLY = 2
_MOST_PROVEN = 6  # readings that are cleaned to prove them
_MOST_CLEANED = 60  # readings of states, each of which is cleaned
_MOST_NAMED = 3
_BY_ACCIDENT = 0.05  # as in trials; counts of customers are coarser than sums of money, and few readings are tried
_OF_STATES = frozenset({*OF_DAYS, "ends"})


@dataclass(frozen=True)
class Search:
    """The readings that give the known totals, those of the fewest changes alone; and how many were tried."""

    readings: tuple[Reading, ...]
    tried: int

    @property
    def words(self) -> str:
        """What to set, or that nothing that was tried gives the totals; empty where nothing was tried."""
        if not self.tried:
            return ""
        if not self.readings:
            return f"None of the {self.tried:,} readings tried gives it."
        several = [f"{each.words} gives it: in {FILE_NAME} set {each.instruction}." for each in self.readings]
        return f"{' Or: '.join(several)} ({self.tried:,} readings were tried.)"


NOTHING = Search((), 0)


def with_readings(cleaned: Cleaned, raw: Mapping[str, pl.DataFrame], settings: Settings) -> Cleaned:
    """What was cleaned; findings on totals that differ say which other reading would give them.

    Args:
        cleaned: by the settings.
        raw: every table as the source wrote it.
        settings: with `known_totals`.
    """
    if cleaned.totals is None:
        return cleaned
    words = readings_that_agree(raw, settings, cleaned.totals).words
    findings = (
        replace(each, fix=f"{words} {each.fix}".strip()) if is_open(each, settings) else each
        for each in cleaned.findings
    )
    return replace(cleaned, findings=tuple(findings))


def is_open(finding: Finding, settings: Settings) -> bool:
    """Whether a finding is a known total that differs, and that the settings do not accept."""
    return finding.slug == SLUG and finding.severity is Severity.SEVERE and finding.id not in settings.accept


def readings_that_agree(raw: Mapping[str, pl.DataFrame], settings: Settings, compared: ComparedTotals) -> Search:
    """Search for readings that give every known total: of the money, where a revenue differs, else of subscriptions.

    Args:
        raw: every table as the source wrote it.
        settings: with `known_totals`.
        compared: what came of the settings as they are.
    """
    differing = {each.figure for each in compared.comparisons if not each.agrees}
    if not differing or sum(rows.height for rows in raw.values()) > MOST_ROWS:
        return NOTHING
    if "revenue" in differing:
        return _readings_of_money(raw, settings)
    if not differing & _OF_STATES:
        return NOTHING
    prices = changes_of_prices(raw, settings) if "mrr" in differing else []
    states = changes_of_states(raw, settings)
    # Where the right ones run, what they cost is read otherwise.
    first, then = (states, prices) if "running" in differing else (prices, states)
    return _readings_of_subscriptions(raw, settings, compared, [*first, *then])


def _readings_of_money(raw: Mapping[str, pl.DataFrame], settings: Settings) -> Search:
    totals = [total for total in settings.known_totals if total.revenue is not None]
    sums, changes = _sums_and_changes(raw, settings, totals)
    if not changes:
        return NOTHING
    trials = Trials.of(sums, changes)
    expected = np.array([float(total.revenue or 0.0) for total in totals])
    rounding = np.array([rounding_of(each) for each in expected])
    within = np.array([total.within for total in totals]) * np.abs(expected)
    # First to the rounding of the figures; then as near as the settings allow, which proves less.
    for distance, most in ((rounding, MOST_CHANGES), (within, _MOST_CHANGES_NEARLY)):
        for weight in [each for each in np.unique(trials.weights) if each <= most]:
            matches = trials.matches(weight, expected, distance)[:_MOST_PROVEN]
            proven = [reading for each in matches if (reading := _proven(raw, settings, sums, each))]
            if proven:
                return Search(tuple(proven[:_MOST_NAMED]), len(trials.changes))
    return Search((), len(trials.changes))


def _sums_and_changes(
    raw: Mapping[str, pl.DataFrame], settings: Settings, totals: Sequence[KnownTotal]
) -> tuple[list[TableSums], list[MoneyChange]]:
    """The sums of each table of money in the known periods, and all changes that move them."""
    names = [name for name, table in settings.tables.items() if table.holds in OF_REVENUE]
    everything = counting_everything(settings, names)
    rows = clean_rows(raw, everything, with_account=False)
    figures = Figures(WholeTables(rows.tables), everything)
    zones = zones_to_try(_times(raw, settings, figures.tables_of_money), settings.time_zone)
    sums = list(_sums(rows, raw, settings, figures.tables_of_money, _periods(figures, totals, zones)))
    changes = [change for each in sums for change in changes_of(each, settings, is_only_table=len(sums) == 1)]
    return sums, [*changes, *(zone_changes(zones) if sums else ())]


def _times(raw: Mapping[str, pl.DataFrame], settings: Settings, names: Sequence[str]) -> list[pl.Series]:
    """The column of times of each table, as the file writes it; an empty text where it is put together of several."""
    columns = {name: settings.tables[name].columns.get("happened_at") for name in names}
    return [
        raw[name][column.source]
        if column is not None and column.source in raw[name].columns and not column.joined_with
        else pl.Series([""])
        for name, column in columns.items()
    ]


def _periods(figures: Figures, totals: Sequence[KnownTotal], zones: Sequence[str]) -> list[list[Period]]:
    """When each known period begins and ends, in each time zone."""
    by_zone = [Figures(figures.records, figures.settings.model_copy(update={"time_zone": zone})) for zone in zones]
    return [[each.moments(total.first, total.last) for total in totals] for each in by_zone]


def _sums(
    rows: CleanedRows,
    raw: Mapping[str, pl.DataFrame],
    settings: Settings,
    names: Sequence[str],
    periods: list[list[Period]],
) -> Iterator[TableSums]:
    for name in names:
        source = shape_rows(raw[name], settings.tables[name]).rows
        sums = table_sums(rows.states[name], source, settings, periods)
        if sums is not None:
            yield sums


def _readings_of_subscriptions(
    raw: Mapping[str, pl.DataFrame], settings: Settings, compared: ComparedTotals, several: list[Change]
) -> Search:
    """Readings of one change, else of two; each is cleaned, for who subscribes is no sum of rows."""
    tried: list[tuple[tuple[Change, ...], ComparedTotals]] = []
    for changes in combined(several, _MOST_CLEANED):
        totals = _compared_by(raw, settings, changes)
        if totals is not None:
            tried.append((changes, totals))
    for number in (1, 2):
        matches = [changes for changes, totals in tried if len(changes) == number and _all_agree(totals)]
        up_to = [totals for changes, totals in tried if len(changes) <= number and not _all_agree(totals)]
        if matches and not _is_by_accident(up_to, compared.comparisons):
            readings = (Reading(each, with_changes(settings, each), "") for each in matches[:_MOST_NAMED])
            return Search(tuple(readings), len(tried))
    return Search((), len(tried))


def _is_by_accident(others: Iterable[ComparedTotals], comparisons: Sequence[Comparison]) -> bool:
    """The same for readings that were cleaned: figures that no change of a state moves say nothing."""
    several = [np.array([each.observed for each in totals.comparisons]) for totals in others]
    before = np.array([each.observed for each in comparisons])
    moved = np.array([not each.agrees for each in comparisons])
    moved |= np.any([totals != before for totals in several], axis=0) if several else False
    expected = np.array([each.expected for each in comparisons])[moved]
    near = {tuple(each[moved]) for each in several if (np.abs(each[moved] - expected) <= 0.1 * expected).all()}
    return is_by_accident(len(near), expected, np.array([rounding_of(each) for each in expected]), _BY_ACCIDENT)


def _all_agree(totals: ComparedTotals) -> bool:
    return all(each.agrees for each in totals.comparisons)


def _compared_by(
    raw: Mapping[str, pl.DataFrame], settings: Settings, changes: Sequence[Change]
) -> ComparedTotals | None:
    """The known totals beside those of changed settings; None where these contradict each other."""
    try:
        changed = with_changes(settings, changes)
        return compared_totals(clean(raw, changed, rules=()).records, changed)
    except (HoldfastError, ValueError):
        return None


def _proven(
    raw: Mapping[str, pl.DataFrame], settings: Settings, sums: Sequence[TableSums], changes: Sequence[MoneyChange]
) -> Reading | None:
    """The reading, if cleaning by its settings gives every known total."""
    own = tuple(each.change for each in changes)
    totals = _compared_by(raw, settings, own)
    if totals is None or not _all_agree(totals):
        return None
    amount = next(each.columns[0] for each in sums if changes[0].table in {each.table, ALL_TABLES})
    return Reading(own, with_changes(settings, own), amount)
