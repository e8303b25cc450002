"""The key figures of a run, each with its value, definition and formula, so that all pages count the same way."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from holdfast.cutoffs.purchase_words import purchase_words
from holdfast.decisions.risk import risk_bands
from holdfast.formatting import day, percent
from holdfast.reports.inputs import ReportInputs, once
from holdfast.reports.key_figures.definition import SALES, SUBSCRIPTIONS
from holdfast.reports.key_figures.definitions import DEFINITIONS
from holdfast.reports.key_figures.money import contains_in_words
from holdfast.settings import ChurnRule, Settings


@dataclass(frozen=True)
class Kpi:
    """One key figure of one run."""

    name: str
    label: str
    value: float | None  # None where this project does not know it
    unit: str
    definition: str
    formula: str
    period: str


@once
def kpis(inputs: ReportInputs) -> list[Kpi]:
    """The key figures of a run, in the order of the definition page: those that this kind of business has.

    A figure of another kind (MRR of a shop, buyers of a club without purchases) is left out; one that this business has
    and the records do not say stays, without a value.
    """
    words = wording_of(inputs.settings, inputs.cutoff) | _limits(inputs)
    figures = [
        Kpi(
            kpi.name,
            kpi.label.format(**words),
            kpi.count(inputs),
            kpi.unit.replace("currency", inputs.currency),
            kpi.definition.format(**words),
            kpi.formula.format(**words),
            kpi.period.format(**words),
        )
        for kpi in DEFINITIONS
    ]
    own = _kinds(inputs.settings)
    return [
        figure
        for figure, definition in zip(figures, DEFINITIONS, strict=True)
        if figure.value is not None or definition.kind in own
    ]


def _kinds(settings: Settings) -> set[str]:
    """The kinds of figures that a business has, whether or not its records say them."""
    sells = any(table.holds == "transactions" and "amount" in table.columns for table in settings.tables.values())
    subscribes = settings.churn.rule is ChurnRule.SUBSCRIPTION_END
    return {"", *([SALES] if sells else []), *([SUBSCRIPTIONS] if subscribes else [])}


def _limits(inputs: ReportInputs) -> dict[str, str]:
    """The limits of the risk bands against the average risk, where the settings leave them to it."""
    rate = (inputs.metrics.get("target") or {}).get("base_rate")
    if rate is None:
        return {}
    limits = inputs.settings.decisions
    bands, average = risk_bands(limits, rate), f"the {percent(rate)} that left {_whose_rate(inputs)}"
    high = f"twice {average}" if 2 * rate <= (1 + rate) / 2 else f"half way from {average} to certainty"
    words = {"past_rate": f"{_PAST_RATE} Of the cases drawn, {percent(rate)}."} if inputs.sample else {}
    words |= {} if limits.high_risk_from else {"high_limit": f"of at least {high} ({percent(bands.high_from)} or more)"}
    return words if limits.medium_risk_from else words | {"medium_limit": f"of at least {average}"}


def _whose_rate(inputs: ReportInputs) -> str:
    """Of whom the share that left is, at which the risk bands begin: it is not always that of all past cases."""
    if not inputs.has_horizon:
        return "of all customers in the records"
    return "in a sample of the past" if inputs.sample else "in the past"


_PAST_RATE = (
    "The share of customers who did leave within the horizon, one case a customer and past day: of all days "
    "whose outcome is known, those of training and the test. The risk bands begin at the same share of the cases drawn "
    "to train and test on, without the customers whose end was booked by then."
)
_PAST_RATE_BY_LABEL = (
    "The share of all customers in the records who left, as the label says. The expected churn rate is of those still "
    "there, who are like leavers less often: the two are of different customers, and no trend."
)


def wording_of(settings: Settings | None, cutoff: datetime | None = None) -> dict[str, str]:
    """Horizons, limits and the day in words, for the definitions; in general terms without a project or a run."""
    that_day = "the cutoff" if cutoff is None else day(cutoff)
    bought = purchase_words(settings)
    of_purchases = {"sold": bought.sold, "who_bought": bought.who, "purchase": bought.counted, "order": bought.singular}
    if settings is None:
        return {
            **of_purchases,
            "cutoff": that_day,
            "utc": "",
            "horizon": "within the horizon after the cutoff",
            "within_horizon": "within the churn horizon",
            "value_horizon": "the value horizon after the cutoff",
            "terms": "times the project's margin and discounted to the cutoff",
            "past_rate": _PAST_RATE,
            "past_period": "the past days of training and test, and the horizon after each",
            "now": "at the cutoff",
            "contains": contains_in_words(None),
            "high_limit": "of twice the base rate or more (at most half way to 1), unless the project sets it",
            "medium_limit": "of the base rate or more, unless the project sets it",
        }
    inputs = ReportInputs(settings, pl.DataFrame(schema={"customer_id": pl.String}))
    limits = settings.decisions
    return {
        **of_purchases,
        "cutoff": that_day,
        # Months are those of the project's zone; whoever adds up days by hand needs to know which days these are.
        "utc": "" if settings.time_zone == "UTC" else ", 00:00 UTC",
        "horizon": inputs.within or "as the label defines it",
        "within_horizon": inputs.within or f"within {settings.churn.horizon_days} days",
        "value_horizon": f"the {settings.value.horizon_days} days after "
        + (that_day if inputs.has_horizon else "the records were taken"),
        "terms": f"times the margin of {percent(settings.value.margin)} and in today's money (a year later counts "
        f"{percent(settings.value.yearly_discount)} less)",
        "past_rate": _PAST_RATE if inputs.has_horizon else _PAST_RATE_BY_LABEL,
        "past_period": "the past days of training and test, and the horizon after each"
        if inputs.has_horizon
        else "until the records were taken",
        "now": f"{'at' if cutoff is None else 'on'} {that_day}"
        if inputs.has_horizon
        else "when the records were taken",
        "contains": contains_in_words(settings),
        "high_limit": f"of {percent(limits.high_risk_from)} or more"
        if limits.high_risk_from
        else "of twice the base rate or more",
        "medium_limit": f"of {percent(limits.medium_risk_from)} or more"
        if limits.medium_risk_from
        else "of the base rate or more",
    }


def kpi_definitions(settings: Settings | None = None) -> str:
    """The page of definitions in Markdown, in a project's own terms or, without a project, in general terms."""
    words = wording_of(settings)
    currency = settings.currency if settings else "the project's currency"
    lines = [
        "# Key figures",
        "",
        "Each figure that the report, the dashboard and `bi/kpis.csv` show, and how it is counted.",
        "",
        "The cutoff is the day that a run speaks of: what was known before it is used, what comes from it on is "
        "forecast. The report and `kpis.csv` of a run name the day itself.",
        "",
    ]
    for kpi in DEFINITIONS:
        lines += [
            f"## {kpi.label.format(**words)} (`{kpi.name}`)",
            "",
            kpi.definition.format(**words),
            "",
            f"- Formula: {kpi.formula.format(**words)}",
            f"- Unit: {kpi.unit.replace('currency', currency)}",
            f"- Period: {kpi.period.format(**words)}",
            "",
        ]
    return "\n".join(lines)
