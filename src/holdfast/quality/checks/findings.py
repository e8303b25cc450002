"""Results of the checks: one finding for each rule and table."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Category(StrEnum):
    """The kind of fault that a rule looks for."""

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
    """The result of one rule on one table."""

    category: Category
    table: str
    column: str
    rule: str  # what should be true, in plain words
    rows_checked: int
    rows_failed: int
    severity: Severity
    fix: str
    slug: str = ""  # the rule's name as ids write it: events-before-the-end
    repeat: int = 1  # of findings of one rule on one column: 1 for the first, 2 for the next
    counts_rows: bool = True  # False: `rule` says all, and no rows fail

    @property
    def id(self) -> str:
        """RULE:TABLE.COLUMN, unique in a run; what `accept` in the settings names."""
        column = f".{self.column}" if self.column else ""
        number = f"#{self.repeat}" if self.repeat > 1 else ""
        return f"{self.slug}:{self.table}{column}{number}"

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        if not self.counts_rows:
            return self.rule
        column = f".{self.column}" if self.column else ""
        return f"{self.table}{column}: {self.rows_failed:,} of {self.rows_checked:,} break the rule: {self.rule}"

    @property
    def share(self) -> float:
        """Share of the rows checked that fail, 0 where none were checked."""
        return self.rows_failed / self.rows_checked if self.rows_checked else 0.0


SCHEMA: dict[str, pl.DataType] = {
    "id": pl.String(),
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
    """One row for each finding, passed or not: the content of reports/validation.csv."""
    rows = [
        {
            "id": finding.id,
            "category": finding.category.value,
            "table": finding.table,
            "column": finding.column,
            "rule": finding.rule,
            "rows_checked": finding.rows_checked,
            "rows_failed": finding.rows_failed,
            "share": round(finding.share, 6),
            "severity": finding.severity.value,
            "fix": finding.fix,
        }
        for finding in findings
    ]
    return pl.DataFrame(rows, schema=SCHEMA)
