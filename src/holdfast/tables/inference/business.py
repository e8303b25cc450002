"""What sort of business it is, how leaving is told, and over how long."""

from collections.abc import Mapping, Sequence

import polars as pl

from holdfast.project import ChurnRule, Shape
from holdfast.tables.inference.gaps import Horizon, suggest_horizon
from holdfast.tables.inference.label import LabelColumn
from holdfast.tables.inference.names import says, whole_words
from holdfast.tables.inference.records import Guess, TableGuess
from holdfast.tables.inference.study import Study, as_keys

_ALIVE = ("transactions", "usage", "sessions", "payments")  # what a customer does, in the order of how much it says
_LEFT = whole_words(r"churn|churned|cancellations?|terminations?")


def guess_shape(tables: Sequence[TableGuess]) -> Guess:
    """Snapshot, purchase log, or several tables of events."""
    held = [table.holds.value for table in tables if not table.left_out]
    events = [name for name in held if name not in {"customers", "lookup"}]
    change = "shape: snapshot | purchases | events"
    if not events:
        return Guess(
            "shape",
            Shape.SNAPSHOT,
            0.9,
            f"{held.count('customers')} table(s) with one row a customer, no events",
            change,
        )
    if events == ["transactions"]:
        return Guess(
            "shape",
            Shape.PURCHASES,
            0.9,
            "one log of purchases" + (" and customers" if "customers" in held else ""),
            change,
        )
    return Guess(
        "shape", Shape.EVENTS, 0.9, f"{len(events)} tables of events: {', '.join(sorted(set(events)))}", change
    )


def guess_rule(tables: Sequence[TableGuess], label: LabelColumn | None, shape: str, *, experiment: str = "") -> Guess:
    """How leaving is told: by a label, by an end date, or by inactivity."""
    change = "churn.rule: label | end_date | inactivity"
    used = [table for table in tables if not table.left_out]
    ended = next((table for table in used if table.column("ended_at")), None)
    departures = [table.name for table in used if says(table.name, _LEFT)]
    choices = tuple(str(rule) for rule in ChurnRule)
    if shape == Shape.SNAPSHOT:
        if label is not None:
            if label.confidence >= 0.7:
                return Guess("churn.rule", ChurnRule.LABEL, label.confidence, f"{label.source} says who left", change)
            return Guess("churn.rule", ChurnRule.LABEL, label.confidence, label.evidence, change, choices)
        if ended is not None:
            return Guess(
                "churn.rule", ChurnRule.END_DATE, 0.75, f"{ended.name}.ended_at says when a customer left", change
            )
        why = (
            f"an experiment ({experiment}): its outcomes are not churn by themselves"
            if experiment
            else "no column says who left"
        )
        return Guess("churn.rule", ChurnRule.LABEL, 0.3, why, change, choices)
    if ended is not None and label is None and not departures:
        return Guess("churn.rule", ChurnRule.END_DATE, 0.85, f"{ended.name}.ended_at says when a customer left", change)
    if label is None and ended is None and not departures:
        alive = activity_tables(tables)
        if not alive:
            return Guess(
                "churn.rule",
                ChurnRule.INACTIVITY,
                0.4,
                "no table of purchases, usage or sessions shows that a customer is alive",
                change,
                choices,
            )
        return Guess(
            "churn.rule",
            ChurnRule.INACTIVITY,
            0.85,
            f"no label and no end date; a customer without {' or '.join(alive)} in the horizon has left",
            change,
        )
    seen = [
        *([f"{label.source} is a flag without a date"] if label is not None else []),
        *([f"{ended.name}.ended_at is a date"] if ended is not None else []),
        *(f"{name} is a table of departures" for name in departures),
    ]
    if label is not None and ended is None and not departures and label.confidence >= 0.7:
        return Guess(
            "churn.rule",
            ChurnRule.LABEL,
            0.72,
            f"{'; '.join(seen)}; events after the departure may tell it, so check the reasons",
            change,
            choices,
        )
    return Guess(
        "churn.rule",
        ChurnRule.INACTIVITY,
        0.4,
        f"leaving is told in several ways that may disagree: {'; '.join(seen)}",
        change,
        choices,
    )


def activity_tables(tables: Sequence[TableGuess]) -> tuple[str, ...]:
    """Tables whose events show that a customer is alive: purchases if there are any, else use of the product."""
    used = [table for table in tables if not table.left_out]
    for kinds in (("transactions",), ("usage", "sessions"), ("payments",)):
        found = tuple(table.name for table in used if table.holds.value in kinds)
        if found:
            return found
    return ()


def guess_horizon(rule: Guess, tables: Sequence[TableGuess], studies: Mapping[str, Study], shape: str) -> Guess:
    """How many days ahead leaving is asked for."""
    about, change = "churn.horizon_days", "churn.horizon_days: 30, 60, 90, 180 ..."
    if shape == Shape.SNAPSHOT:
        return Guess(
            about,
            "90",
            0.5,
            "the label's own horizon is the business's to say; nothing is computed from it here",
            change,
            only_told=True,
        )
    if rule.value == ChurnRule.END_DATE and not rule.is_question:
        return Guess(
            about, "90", 0.7, "a quarter, which leaves time to act; the end dates do not say it", change, only_told=True
        )
    found = _from_activity(tables, studies)
    if found is None:
        return Guess(about, "90", 0.5, "no activity to measure gaps from", change, only_told=True)
    return Guess(about, str(found.days), found.confidence, found.evidence, change, only_told=True)


def _from_activity(tables: Sequence[TableGuess], studies: Mapping[str, Study]) -> Horizon | None:
    customers: list[pl.Series] = []
    moments: list[pl.Series] = []
    alive = set(activity_tables(tables))
    for table in tables:
        who, when = table.column("customer_id"), table.column("happened_at")
        if table.name in alive and who is not None and when is not None and when.source in studies[table.sample].times:
            study = studies[table.sample]
            customers.append(as_keys(study.columns[who.source]).rename("customer"))
            moments.append(study.moments(when.source).rename("moment"))
    if not customers:
        return None
    return suggest_horizon(pl.concat(customers), pl.concat(moments))
