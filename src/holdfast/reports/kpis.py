"""Key figures: each with its definition, its formula and its value, so that no page counts differently."""

from dataclasses import dataclass

import polars as pl

from holdfast.reports.inputs import Facts
from holdfast.reports.kpi_definitions import DEFINITIONS
from holdfast.settings import Settings


@dataclass(frozen=True)
class Kpi:
    """A figure of one run."""

    name: str
    label: str
    value: float | None  # None: not known for this project
    unit: str
    definition: str
    formula: str
    period: str


def kpis(facts: Facts) -> list[Kpi]:
    """Every key figure of a run, in the order of the definition page."""
    words = wording_of(facts.settings)
    return [
        Kpi(
            kpi.name,
            kpi.label,
            kpi.count(facts),
            kpi.unit.replace("currency", facts.currency),
            kpi.definition.format(**words),
            kpi.formula,
            kpi.period.format(**words),
        )
        for kpi in DEFINITIONS
    ]


def wording_of(settings: Settings | None) -> dict[str, str]:
    """What the definitions say of the horizons and limits; in general terms without a project."""
    if settings is None:
        return {
            "horizon": "within the horizon after the cutoff",
            "value_horizon": "the value horizon after the cutoff",
            "margin": "the project",
            "high_limit": "of twice the base rate or more (at most half way to 1), unless the project sets it",
            "medium_limit": "of the base rate or more, unless the project sets it",
        }
    facts = Facts(settings, pl.DataFrame(schema={"customer_id": pl.String}))
    limits = settings.decisions
    return {
        "horizon": facts.within or "as the given label has it",
        "value_horizon": f"the {settings.value.horizon_days} days after the cutoff",
        "margin": f"{settings.value.margin:.0%}",
        "high_limit": f"of {limits.high_risk_from:.0%} or more"
        if limits.high_risk_from
        else "of twice the base rate or more",
        "medium_limit": f"of {limits.medium_risk_from:.0%} or more"
        if limits.medium_risk_from
        else "of the base rate or more",
    }


def kpi_definitions(settings: Settings | None = None) -> str:
    """The definition page in Markdown: in a project's own terms, or in general ones without a project."""
    words = wording_of(settings)
    currency = settings.currency if settings else "the project's currency"
    lines = [
        "# Key figures",
        "",
        "Each figure that the report, the dashboard and `bi/kpis.csv` show, and how it is counted.",
        "",
    ]
    for kpi in DEFINITIONS:
        lines += [
            f"## {kpi.label} (`{kpi.name}`)",
            "",
            kpi.definition.format(**words),
            "",
            f"- Formula: {kpi.formula}",
            f"- Unit: {kpi.unit.replace('currency', currency)}",
            f"- Period: {kpi.period.format(**words)}",
            "",
        ]
    return "\n".join(lines)
