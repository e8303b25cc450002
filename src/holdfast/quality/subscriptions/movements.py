"""A cleaned table of subscriptions in, its movements out, with what could not be counted set aside."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from holdfast.cutoffs.schedule import cutoff_of, exported_at
from holdfast.formatting import plural
from holdfast.meanings import Meaning
from holdfast.quality.exclusions import ExcludedRows, without
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.money import UNKNOWN_STATUS, unknown_statuses
from holdfast.quality.subscriptions.contradictions import contradicted_terms
from holdfast.quality.subscriptions.events import movements_of_events
from holdfast.quality.subscriptions.paid_terms import movements_of_invoices, movements_of_months
from holdfast.quality.subscriptions.periods import movements_of_periods, read_periods
from holdfast.quality.subscriptions.states import Movements
from holdfast.quality.subscriptions.terms import with_terms
from holdfast.quality.table_state import POSITION, TableState
from holdfast.settings import Settings
from holdfast.table_settings import SubscriptionSettings
from holdfast.tables.contracts import MOVEMENTS

_NEVER_STARTED = ("never_started", "Never started: its first payment did not arrive.")
_VOID = ("void", "Ended on the day it began, or before: it never ran.")
_UNKNOWN_END = ("ended_without_date", "Its status says that it has ended, and no column says when.")


def to_movements(
    state: TableState, settings: Settings, bills: pl.DataFrame | None = None
) -> tuple[TableState, list[ExcludedRows]]:
    """Turn a table with `subscriptions:` into movements; any other table is returned as it is.

    Args:
        state: an event table after its exclusions.
        settings: `cutoff`, from which on nothing is known, and `exported_on`, the day of the export.
        bills: of the table that `paid_in` names, what was paid and what was not.

    Returns:
        The state with the movements as its table; rows in = rows remaining + rows set aside still counts source rows.
    """
    rule = state.settings.subscriptions
    if rule is None:
        return state, []
    terms = with_terms(state.table, rule, state.name)
    rows = terms.rows
    removed: list[ExcludedRows] = []
    if rule.rows == "periods":
        periods = read_periods(rows, state.settings, rule, exported_at(settings), bills)
        state, rows, removed = _usable_periods(state, periods)
    result = _movements(state, rows, rule, settings)
    movements = result.rows.drop(_columns_without_source(state, rule))
    if (cutoff := cutoff_of(settings)) is not None:
        movements = movements.filter(pl.col("known_at") < cutoff)
    height = state.table.height
    what = (
        f"{plural(height, 'row')} of {rule.rows} turned into {plural(movements.height, 'movement')} of subscriptions."
    )
    entry = LedgerEntry(state.name, "movements", what, height, height)
    counts = {f"subscriptions_{name}": count for name, count in result.facts.items()}
    facts = {
        **state.facts,
        **_unknown_statuses(state),
        **counts,
        **contradicted_terms(terms.rows, state.settings, rule),
        "subscriptions_movements": movements.height,
        "subscriptions_unknown_interval": terms.unknown_intervals,
    }
    state = replace(state, table=movements, contract=MOVEMENTS, ledger=(*state.ledger, entry), facts=facts)
    return state, removed


def _unknown_statuses(state: TableState) -> dict[str, int]:
    """Facts that outlive the source's columns: how many rows have a status without a meaning, and which."""
    facts: dict[str, int] = {}
    for status in state.settings.statuses:
        unknown = unknown_statuses(state, status, state.table.get_column(status.column, default=None))
        facts[UNKNOWN_STATUS + status.column] = sum(unknown.values())
        facts |= {f"{UNKNOWN_STATUS}{status.column}={text}": rows for text, rows in unknown.items()}
    return facts


def _movements(state: TableState, rows: pl.DataFrame, rule: SubscriptionSettings, settings: Settings) -> Movements:
    match rule.rows:
        case "periods":
            return movements_of_periods(rows, rule, exported_at(settings))
        case "events":
            return movements_of_events(rows, state.settings, rule)
        case "months":
            return movements_of_months(rows, state.settings, rule)
        case "invoices":
            return movements_of_invoices(rows, state.settings, rule, state.name)


def _columns_without_source(state: TableState, rule: SubscriptionSettings) -> Sequence[str]:
    """Columns of movements that neither the table nor a look-up has: which ones is the same for every partition."""
    mapped = state.table.columns
    has_interval = rule.rows in {"months", "invoices"} or bool(rule.interval) or "interval" in mapped
    present = {
        "mrr_change": "price" in mapped,
        "plan": "plan" in mapped,
        "interval_days": has_interval,
        "amount": "price" in mapped and (rule.rows == "invoices" or _has_charges(state, rule)),
    }
    return [name for name, is_present in present.items() if not is_present]


def _has_charges(state: TableState, rule: SubscriptionSettings) -> bool:
    """Whether events of the table are payments received."""
    return rule.rows == "events" and any(status.sale or status.pending for status in state.settings.statuses)


def _usable_periods(state: TableState, periods: pl.DataFrame) -> tuple[TableState, pl.DataFrame, list[ExcludedRows]]:
    """Periods that ran, and the others set aside, each with its reason."""
    status, begins, ends = pl.col("state"), pl.col("begins"), pl.col("ends")
    fails = {
        _NEVER_STARTED: status == Meaning.NEVER_STARTED,
        _VOID: ends <= begins,
        _UNKNOWN_END: (status == Meaning.ENDED) & ends.is_null(),
    }
    reason = pl.coalesce([pl.when(fails[step]).then(pl.lit(step[0])) for step in fails])
    step_of = periods.select(reason.alias("step")).to_series()
    removed = [
        ExcludedRows(step, words, periods[POSITION].filter((step_of == step).fill_null(value=False)))
        for step, words in fails
    ]
    remaining = step_of.is_null()
    return without(state, removed, remaining), periods.filter(remaining), removed
