"""What the model would say of a customer with other facts: an id and changed facts in, before and after out.

This is how the model behaves, no effect: nothing here says what would happen if somebody changed the customer.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.features.build import Change, Fact, build_changed
from holdfast.features.changed_events import events_with, is_made_of_events
from holdfast.features.spec import Aggregate, Attribute, Feature
from holdfast.formatting import percent
from holdfast.pipeline.stored_models import assess_customers, decide_each
from holdfast.service.scores.what_if_answers import CustomerFact, CustomerFacts, Moved, Outlook, WhatIf
from holdfast.settings import ChurnRule

if TYPE_CHECKING:
    from holdfast.service.scores.scorer import Scorer

MEANING = (
    "How the model behaves: what it says of a customer who is like this one but for the changed facts. It is no "
    "effect: it does not say what would happen if you brought the change about."
)
_OTHER_MODEL = (
    "The run's own answer, {}, is by a model that was not trained on this customer; before and after are both by the "
    "model that scores new customers."
)
_BOOKED = "An end is booked, so that leaving is known and no fact changes it."
_ALONE = "{}: there is no event to repeat, so this value changes alone."


def facts_of_customer(scorer: "Scorer", customer: str) -> CustomerFacts:
    """The facts that can be changed, with this customer's values.

    Raises:
        NotFoundError: the run predicted nothing for that id.
        HoldfastError: the customer was erased since.
    """
    customer = scorer.stored(customer)["customer_id"]
    measured: dict[str, Fact] = {}
    _features(scorer, customer, scorer.tables_of(customer), measured.update)
    facts = tuple(CustomerFact(**vars(fact), value=measured[name]) for name, fact in scorer.model_facts.by_name.items())
    return CustomerFacts(scorer.run.name, customer, scorer.settings.currency, scorer.cutoff, facts)


def what_if(scorer: "Scorer", customer: str, changes: Mapping[str, object]) -> WhatIf:
    """What the models say of a customer as the run knows it, and with some facts changed.

    Args:
        scorer: of the run.
        customer: id, as in the run.
        changes: fact -> value.

    Raises:
        NotFoundError: the run predicted nothing for that id.
        HoldfastError: the customer was erased since, or changes that make no sense.
    """
    stored, facts = scorer.stored(customer), scorer.model_facts
    customer = stored["customer_id"]
    by_name = facts.by_name
    wanted = facts.checked(changes)
    tables = scorer.tables_of(customer)
    measured: dict[str, Fact] = {}
    before = _features(scorer, customer, tables, measured.update)
    different = {name for name in wanted if wanted[name] != measured[name]}
    # What is stated as it is stays so, whatever else is changed.
    stated = {facts.features[name]: wanted[name] for name in wanted} if different else {}
    other_tables, alone = _changed_tables(scorer, tables, stated)
    scorer.refuse_unpredictable(customer, other_tables)
    set_to = {name: wanted[name] for name in different if name in alone or not by_name[name].changes_events}
    after = _features(scorer, customer, other_tables, lambda _: set_to)
    outlooks = [_outlook(scorer, rows, own) for rows, own in ((before, tables), (after, other_tables))]
    first, second = before.row(0, named=True), after.row(0, named=True)
    notes = [_ALONE.format(by_name[name].label) for name in alone]
    if scorer.settings.churn.rule is ChurnRule.LABEL and outlooks[0].churn_probability != stored["churn_probability"]:
        notes.append(_OTHER_MODEL.format(percent(stored["churn_probability"])))
    if stored.get("standing") == "notice":
        notes.append(_BOOKED)
    labels = {record["name"]: record for record in scorer.models.feature_records}
    looked_at = [name for name, share in scorer.models.churn.importance().items() if share > 0 and name in first]
    return WhatIf(
        run=scorer.run.name,
        customer_id=customer,
        currency=scorer.settings.currency,
        horizon_days=scorer.settings.churn.horizon_days,
        value_horizon_days=scorer.settings.value.horizon_days,
        meaning=MEANING,
        before=outlooks[0],
        after=outlooks[1],
        changed=tuple(_moved(labels[name], measured[name], wanted[name]) for name in wanted),
        followed=tuple(
            _moved(labels[name], first[name], second[name])
            for name in looked_at
            if name not in wanted and first[name] != second[name]
        ),
        notes=tuple(notes),
    )


def _changed_tables(
    scorer: "Scorer", tables: Mapping[str, pl.DataFrame], changes: Mapping[Feature, Fact]
) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """The customer's tables with changed facts, as far as tables can say them; and names of those they cannot."""
    wanted: dict[Aggregate, float | None] = {}
    changed = dict(tables)
    for fact, value in changes.items():
        if isinstance(fact, Aggregate) and is_made_of_events(fact):
            wanted[fact] = None if value is None else float(value)
        elif isinstance(fact, Attribute):  # the value of a contract is read from the table
            column = pl.lit(value, changed["customers"].schema[fact.column])
            changed["customers"] = changed["customers"].with_columns(column.alias(fact.column))
    if not wanted or scorer.cutoff is None:
        return changed, ()
    changed, alone = events_with(changed, wanted, scorer.cutoff)
    return changed, tuple(feature.name for feature in alone)


def _features(scorer: "Scorer", customer: str, tables: Mapping[str, pl.DataFrame], change: Any) -> pl.DataFrame:
    """The feature row of a customer; `change` is shown the facts, and may return others."""

    def applied(facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
        changed: Mapping[str, Fact] | None = change(facts)
        return changed or {}

    by: Change = applied
    return build_changed(tables, scorer.features, customer, scorer.cutoff, scorer.edges, by)


def _outlook(scorer: "Scorer", rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Outlook:
    models, settings = scorer.models, scorer.settings
    assessed = assess_customers(models, rows, tables, settings, scorer.schedule, with_reasons=False)
    predicted = decide_each(models, assessed, settings).row(0, named=True)
    values: dict[str, Any] = {name: predicted.get(name) for name in Outlook.__dataclass_fields__}
    return Outlook(**values)


def _moved(record: Mapping[str, Any], before: Fact, after: Fact) -> Moved:
    return Moved(record["name"], record["meaning"].removesuffix("."), record["unit"], before, after)
