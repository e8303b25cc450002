"""One customer of a run: what is expected, or why no prediction is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.lifecycle import State
from holdfast.cutoffs.money import revenue_by_customer
from holdfast.cutoffs.purchase_words import purchase_words
from holdfast.cutoffs.standings import Standing, standings, subscription_movements
from holdfast.decisions.risk import band_in_words, forecast_in_words
from holdfast.errors import HoldfastError
from holdfast.formatting import day, money, money_to_the_cent, percent, plural, short_money, short_money_range
from holdfast.service.pages.cautions import cautions
from holdfast.service.pages.rows_set_aside import FILE, set_aside_in_words
from holdfast.service.results import Result, Summary, plain_values
from holdfast.settings import ChurnRule, Settings
from holdfast.store.artifacts import read_json, simulated_rows
from holdfast.store.pseudonyms import pseudonyms_at_hand
from holdfast.store.run_tables import CustomerRange, RunTables
from holdfast.tables.bi_outputs import LEFT
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE
from holdfast.tables.outputs import PREDICTIONS

SIMULATED = "Simulated records: this describes no real business."
_WHY_NOT = {
    "left": "had left before {day}",
    "not begun": "had not begun on {day}",
    "no activity yet": "had signed up and was never active before {day}",
    "refunds only": "was only ever given money back: the records hold no sale of theirs",
    "in events only": "stands in events only: no table of customers lists the id",
    "paused": "had paused on {day}",
    "trial not taken up": "had not taken up the trial",
}


@dataclass(frozen=True)
class CustomerForecast(Result):
    """What is expected of one customer, and why."""

    values: Mapping[str, Any]  # the customer's row of predictions.parquet
    currency: str
    purchase: str = "purchase"  # what one is called
    within: str = ""  # the days that leaving is about: within 90 days; empty where a label does not say it
    of_customers: int = 0  # how many have a prediction
    notices: tuple[str, ...] = ()  # of the run: what must be read before any number
    notes: tuple[str, ...] = ()  # what a number needs to be understood

    @property
    def sentence(self) -> str:
        row = self.values
        worth = row.get("expected_value")
        leaves = _booked(row) or f"churn probability {self._leaves()}"
        says = f"Customer {row['customer_id']}: {leaves}"
        says += f", expected value {short_money(worth, self.currency)}" if worth is not None else ""
        return says + (f"; next: {row['next_best_action']}." if row.get("next_best_action") else ".")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The page of one customer, as pairs of a heading and a text."""
        row = self.values
        reasons = [row[name] for name in ("reason_1", "reason_2", "reason_3") if row.get(name)]
        pairs = [
            ("Leaves", _booked(row) or self._leaves()),
            *(("Why" if rank == 1 else "", f"{rank}. {reason}") for rank, reason in enumerate(reasons, start=1)),
            ("Worth fixing", row.get("worth_fixing") or ""),
            ("Worth", self._worth()),
            ("Do", self._action()),
            ("Because", row.get("action_why") or ""),
            ("Segment", row.get("segment") or ""),
            (f"Next {self.purchase}", f"by {day(row['expected_next_date'])}" if row.get("expected_next_date") else ""),
            (
                "Rank",
                f"{row['priority']:,} of {self.of_customers:,} customers with a prediction"
                if row.get("priority")
                else "",
            ),
        ]
        return [(heading, text) for heading, text in pairs if text]

    def _leaves(self) -> str:
        row = self.values
        within = f" {self.within}" if self.within else ""
        return f"{percent(row['churn_probability'])}{within}{_band(row)}{_due(row)}"

    def _worth(self) -> str:
        row = self.values
        if row.get("expected_value") is None and row.get("standing") == Standing.TRIAL:
            return "not known: nothing is paid during the trial"
        if row.get("expected_value") is None:
            return "not known: the records hold no amounts for this customer"
        low, high = row.get("value_low"), row.get("value_high")
        between = f" ({short_money_range(low, high, self.currency)})" if low is not None and high is not None else ""
        return (
            f"{short_money(row['expected_value'], self.currency)} expected{between}; "
            f"{short_money(row['revenue_at_risk'], self.currency)} at risk"
        )

    def _action(self) -> str:
        row = self.values
        owner, by, days = row.get("action_owner"), row.get("action_by"), row.get("action_days")
        until = f"by {day(by)}" if by else f"within {plural(days, 'day')}" if days is not None else ""
        who = f"by {owner}" if owner and owner != "nobody" else ""
        return ", ".join(text for text in (str(row.get("next_best_action") or ""), who, until) if text)

    def to_record(self) -> dict[str, Any]:
        """The customer's row; keys as in docs/reference/predictions.md."""
        row: dict[str, Any] = plain_values(self.values)
        return row


def _booked(row: Mapping[str, Any]) -> str:
    """The end of who gave notice, which needs no probability; else empty."""
    if row.get("standing") != Standing.NOTICE or row.get("ends_at") is None:
        return ""
    return f"notice given, ends on {day(row['ends_at'])}"


def _due(row: Mapping[str, Any]) -> str:
    """That the last payment failed or is overdue, of a subscription that runs; else empty."""
    return ", past due" if row.get("standing") == Standing.PAST_DUE else ""


def _band(row: Mapping[str, Any]) -> str:
    return f" ({band_in_words(row['risk_band'], row['churn_probability'])})" if row.get("risk_band") else ""


def as_simulated(totals: Mapping[str, Any], run: Path) -> Mapping[str, Any]:
    """What a plan comes to, with its words marked where the records of its run are simulated."""
    if not simulated_rows(run / PREDICTIONS.path):
        return totals
    return {**totals, "words": f"{SIMULATED} {totals['words']}"}


def customer_forecast(folder: Path, run: Path, settings: Settings, customer_id: str) -> CustomerForecast:
    """What is expected of one customer, and why.

    Args:
        folder: of the project.
        run: of the run.
        settings: of the project.
        customer_id: as in the records.

    Raises:
        HoldfastError: no customer has that id, or no prediction is made for the customer.
    """
    pseudonyms = pseudonyms_at_hand(settings)
    customer_id = customer_id if pseudonyms is None else pseudonyms.of(customer_id)
    rows = _rows_of(run / PREDICTIONS.path, customer_id)
    if rows.is_empty():
        raise _without_prediction(folder, run, customer_id, settings)
    row = rows.row(0, named=True)
    note = forecast_in_words(row, settings)
    horizon = "" if settings.churn.rule is ChurnRule.LABEL else f"within {settings.churn.horizon_days} days"
    everyone = int(pl.scan_parquet(run / PREDICTIONS.path).select(pl.len()).collect().item())
    notices = Summary.of(run).notices
    notes = [text for text in (note, *cautions(run, [customer_id], settings.currency).values()) if text]
    counted = purchase_words(settings).counted
    return CustomerForecast(row, settings.currency, counted, horizon, everyone, notices, tuple(notes))


def _rows_of(file: Path, customer_id: str) -> pl.DataFrame:
    return pl.scan_parquet(file).filter(customer_id=customer_id).collect()


def _past_of(lapsed: Mapping[str, Any], settings: Settings) -> str:
    """What a lapsed customer bought, and what a return would bring; "" where no purchases are known."""
    if not lapsed["purchases"] or lapsed["spend"] is None:
        return ""
    words = f" {plural(lapsed['purchases'], 'purchase')} for {money(lapsed['spend'], settings.currency)} so far"
    if lapsed["value_if_returns"] is not None:
        words += (
            f"; a return would bring about {short_money(lapsed['value_if_returns'], settings.currency)} in those days"
        )
    return f"{words}."


def _without_prediction(folder: Path, run: Path, customer_id: str, settings: Settings) -> HoldfastError:
    lapsed, states = _rows_of(run / LAPSED.path, customer_id), _rows_of(run / LIFECYCLE.path, customer_id)
    if lapsed.height:
        row = lapsed.row(0, named=True)
        return HoldfastError(
            f"Customer {customer_id!r} is in the records, but not in the list: the customer has lapsed, with no "
            f"activity for {plural(row['days_since'], 'day')}, since {day(row['last_activity_at'])}. The probability "
            f"of a return in the next {settings.churn.horizon_days} days is {percent(row['return_probability'])}."
            f"{_past_of(row, settings)}",
            fix=f"All customers who have lapsed: holdfast show {folder} --lapsed",
        )
    if states.height:
        state = states["lifecycle"][0]
        moment = read_json(run / "timeline.json")["moment"]
        today = "the day of the records" if moment is None else day(datetime.fromisoformat(moment))
        why = _WHY_NOT.get(state, "is not among the customers with a prediction").format(day=today)
        if settings.churn.rule is ChurnRule.LABEL and state == State.LEFT:
            why = "had left already when the records were taken, as the label says"
        past = _departure_in_words(run, settings, customer_id) if state == State.LEFT else ""
        return HoldfastError(
            f"Customer {customer_id!r} is in the records, but not in the list: the customer {why}.{past}",
            fix=f"All who have left: {run / LEFT.path}."
            if state == State.LEFT
            else f"The customers of the list: {run / 'bi' / 'customers.csv'}.",
        )
    aside = set_aside_in_words(run, settings, customer_id)
    if aside:
        return HoldfastError(aside, fix=f"All rows that were set aside: {run / FILE}.")
    some = pl.scan_parquet(run / PREDICTIONS.path).select("customer_id").head(3).collect()["customer_id"].to_list()
    return HoldfastError(
        f"No customer {customer_id!r} in the latest run.",
        fix=f"Use an id from the list, such as {', '.join(some)}.",
    )


def _departure_in_words(run: Path, settings: Settings, customer_id: str) -> str:
    """When a customer left, what was paid a month at the end, and what was brought in all; "" where nothing says it.

    Args:
        run: its folder.
        settings: of the project.
        customer_id: as the run's tables have it.
    """
    moment = read_json(run / "timeline.json")["moment"]
    if moment is None:
        return ""
    cutoff = datetime.fromisoformat(moment)
    tables = RunTables.of(run / "tables").load(CustomerRange(customer_id, f"{customer_id}\0"))
    ended_at, monthly = _end(tables, settings, cutoff)
    words = []
    if ended_at is not None:
        paid = f", {money_to_the_cent(monthly, settings.currency)} a month until then" if monthly else ""
        words.append(f" The end was on {day(ended_at)}{paid}.")
    received = revenue_by_customer(tables, settings, cutoff)
    if received is not None and received.height:
        words.append(f" Revenue so far: {money_to_the_cent(received['revenue'][0], settings.currency)}.")
    return "".join(words)


def _end(tables: dict[str, pl.DataFrame], settings: Settings, cutoff: datetime) -> tuple[datetime | None, float | None]:
    """When the customer ended before the cutoff, and what ran until then brought a month."""
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        movements = subscription_movements(tables, settings)
        stood = standings(movements, cutoff, as_exported=True)
        ended_at = stood["ended_at"][0] if stood.height else None
        before = standings(movements, ended_at, known_before=cutoff) if ended_at is not None else stood.clear()
        return ended_at, before["mrr"][0] if before.height else None
    customers = tables["customers"]
    if "ended_at" not in customers.columns or not customers.height:
        return None, None
    return customers["ended_at"][0], None
