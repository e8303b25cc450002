"""Features of the customers table: attributes unchanged, and ratios and counts of them."""

import re
from collections.abc import Iterator

from holdfast.column_types import Kind
from holdfast.features.library.event_table import column_words
from holdfast.features.library.schema import TableFacts
from holdfast.features.operators import Formula
from holdfast.features.spec import Attribute, Composite, DaysSince, Feature
from holdfast.tables.contracts import CUSTOMERS

OUTCOME_COLUMNS = {
    "label": "It is the answer.",
    "ended_at": "It is the answer.",
}
_GROWS = "It grows with time and the records hold its value of the export only."
_AS_OF_TODAY = dict.fromkeys(
    (
        "total_amount",
        "tenure_months",
        "purchases",
        "mean_amount",
        "days_since_purchase",
        "days_since_first_purchase",
    ),
    _GROWS,
)
_SERVICE_WORDS = re.compile(
    r"\b(services?|lines?|internet|phone|security|backup|protection|support|streaming|tv|movies|music|"
    r"insurance|roaming|broadband|fib(re|er)|hotspot|cloud|storage|extra|addon|package)\b"
)
_TENURE_EDGES = (6.0, 12.0, 24.0, 48.0)


def customer_features(facts: TableFacts, *, at_cutoffs: bool) -> Iterator[Feature]:
    """Attributes and what is derived from them.

    Args:
        facts: of the customers table.
        at_cutoffs: whether features are measured at past cutoffs; then numbers that grow with time are left out.
    """
    excluded = excluded_columns(facts, at_cutoffs=at_cutoffs)
    used = {column: kind for column, kind in facts.kinds.items() if column not in excluded}
    attributes: dict[str, Attribute] = {}
    for column, kind in used.items():
        if kind is Kind.TIME:
            words = "the sign-up" if column == "signed_up_at" else column_words(column.removesuffix("_at"))
            yield DaysSince(column, f"Days since {words}.")
            continue
        attributes[column] = attribute = _attribute(column, kind, facts)
        yield attribute
    yield from _charges(attributes)
    yield from _services(attributes, facts)


def excluded_columns(facts: TableFacts, *, at_cutoffs: bool) -> dict[str, str]:
    """Columns of the customers table that are no features, each with the reason."""
    out = {column: why for column, why in OUTCOME_COLUMNS.items() if facts.has(column)}
    if at_cutoffs:
        out |= {column: why for column, why in _AS_OF_TODAY.items() if facts.has(column)}
    for column, kind in facts.kinds.items():
        if kind is Kind.TEXT:
            out[column] = "Free text and identifiers say nothing about other customers."
        elif kind is Kind.TIME and column not in {"signed_up_at", *out} and at_cutoffs:
            out[column] = "A date that is overwritten later would tell the past what came after it."
    return out


def _attribute(column: str, kind: Kind, facts: TableFacts) -> Attribute:
    promised = CUSTOMERS.column(column)
    words = (
        promised.meaning
        if promised
        else f"{column_words(column)[0].upper()}{column_words(column)[1:]}, from the customer's record."
    )
    unit = facts.units.get(column, "")
    if kind is Kind.FLAG:
        unit = "yes or no"
    elif kind is Kind.CATEGORY:
        unit = "category"
    return Attribute(column, unit or "number", words, is_category=kind is Kind.CATEGORY)


def _charges(attributes: dict[str, Attribute]) -> Iterator[Feature]:
    tenure, total, monthly = (attributes.get(name) for name in ("tenure_months", "total_amount", "monthly_amount"))
    if tenure is not None:
        yield Composite(
            "tenure_group",
            Formula.BAND,
            (tenure,),
            "category",
            "How long the customer has been one, in groups of months.",
            "customers",
            _TENURE_EDGES,
        )
    if tenure is None or total is None:
        return
    meaning = "What the customer has paid in a mean month so far."
    average = Composite("average_monthly_spend", Formula.RATIO, (total, tenure), "currency", meaning, "customers")
    yield average
    if monthly is not None:
        meaning = "What the customer pays now, as a multiple of the mean month so far."
        yield Composite("charge_to_average", Formula.RATIO, (monthly, average), "ratio", meaning, "customers")


def _services(attributes: dict[str, Attribute], facts: TableFacts) -> Iterator[Feature]:
    services = [attribute for column, attribute in attributes.items() if _is_service(column, facts)]
    if len(services) < 2:
        return
    meaning = f"How many of {len(services)} services the customer has."
    count = Composite("services_count", Formula.COUNT_HAVING, tuple(services), "services", meaning, "customers")
    yield count
    if (monthly := attributes.get("monthly_amount")) is not None:
        meaning = "What the customer pays in a month for each service."
        yield Composite("charge_per_service", Formula.RATIO, (monthly, count), "currency", meaning, "customers")


def _is_service(column: str, facts: TableFacts) -> bool:
    if not _SERVICE_WORDS.search(column_words(column.lower())):
        return False
    if facts.kinds[column] is Kind.FLAG:
        return True
    # "yes / no / no internet service" is a service; "DSL / Fiber optic / No" is one too; "web / phone" is not.
    return any(value.lower().split()[:1] == ["no"] for value in facts.values.get(column, ()))
