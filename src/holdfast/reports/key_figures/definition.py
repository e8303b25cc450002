"""What a key figure means, before any data, and the kinds of businesses that have it."""

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.reports.inputs import ReportInputs


@dataclass(frozen=True)
class KpiDefinition:
    """What a key figure means, before any data; words in braces come from the project."""

    name: str
    label: str
    unit: str  # customers, share, currency, currency per customer, ratio
    definition: str
    formula: str
    period: str
    count: Callable[[ReportInputs], float | None]
    kind: str = ""  # of the businesses that have it; any business


SUBSCRIPTIONS, LAPSES, SALES = "subscriptions", "lapses", "sales"
