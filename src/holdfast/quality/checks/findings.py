"""What the checks found, one record a rule and table."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Category(StrEnum):
    """What sort of thing may be wrong."""

    SCHEMA = "schema"
    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    RANGES = "ranges"
    BUSINESS_RULES = "business_rules"
    FOREIGN_KEYS = "foreign_keys"
    TIME_ORDER = "time_order"
    FUTURE_ROWS = "future_rows"
    ANOMALIES = "anomalies"
    FRESHNESS = "freshness"
    UNITS = "units"


class Severity(StrEnum):
    """How much a failed rule matters."""

    PASSED = "passed"
    NOTE = "note"  # worth knowing
    WARNING = "warning"  # may bend results
    SEVERE = "severe"  # fix before trusting results


@dataclass(frozen=True)
class Finding:
    """One rule, asked of one table."""

    category: Category
    table: str
    column: str
    rule: str  # what should be true, in plain words
    rows_checked: int
    rows_failed: int
    severity: Severity
    fix: str

    @property
    def share(self) -> float:
        """Share of the rows checked that fail, 0 where none were checked."""
        return self.rows_failed / self.rows_checked if self.rows_checked else 0.0


SCHEMA: dict[str, pl.DataType] = {
    "category": pl.String(),
    "table": pl.String(),
    "column": pl.String(),
    "rule": pl.String(),
    "rows_checked": pl.Int64(),
    "rows_failed": pl.Int64(),
    "share": pl.Float64(),
    "severity": pl.String(),
    "fix": pl.String(),
}


def validation_table(findings: Iterable[Finding]) -> pl.DataFrame:
    """One row a rule asked, passed or not: the content of reports/validation.csv."""
    rows = [
        {
            "category": found.category.value,
            "table": found.table,
            "column": found.column,
            "rule": found.rule,
            "rows_checked": found.rows_checked,
            "rows_failed": found.rows_failed,
            "share": round(found.share, 6),
            "severity": found.severity.value,
            "fix": found.fix,
        }
        for found in findings
    ]
    return pl.DataFrame(rows, schema=SCHEMA)
