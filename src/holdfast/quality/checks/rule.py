"""A rule as a record: what should be true, how failing rows are counted, and how to fix them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from holdfast.cutoffs.span import Span
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.records import CleanedRecords
from holdfast.quality.table_state import TableState
from holdfast.settings import Settings


@dataclass(frozen=True)
class RuleCount:
    """Rows that a rule checked and rows that fail it; numbers, or expressions that give them."""

    failed: pl.Expr | int
    checked: pl.Expr | int = field(default_factory=pl.len)
    column: str = ""
    says: str = ""  # details of this table, put after the rule's own sentence
    fix: str = ""  # for this table; empty: the rule's own
    is_named: bool = False  # the settings themselves name the cause, or the rows explain it: never severe


@dataclass(frozen=True)
class View:
    """One table as input of the rules, which look at all rows lazily or at one column at a time."""

    settings: Settings
    name: str
    records: CleanedRecords  # hold the table
    schema: pl.Schema  # of `beside`, where it is given
    height: int  # rows; of the rules about reading, rows in the file
    state: TableState | None = None  # None: the combined table of customers
    facts: Mapping[str, int] = field(default_factory=dict)
    span: Span | None = None  # of the events of all tables
    elsewhere: Span | None = None  # of the events of the other tables; only beside a table of subscriptions
    received: pl.DataFrame | None = None  # customer_id, happened_at, amount of the other tables; as above
    repeated_in: Mapping[str, int] = field(default_factory=dict)  # other table -> rows of this one that it repeats
    # The same rows in any order; of events with `_signed_up_at`, `_ended_at` and `_is_known` of their customers, where
    # customers tell, and of customers with `_has_events`.
    beside: pl.LazyFrame | None = None

    @property
    def is_events(self) -> bool:
        return "happened_at" in self.schema

    @property
    def table(self) -> pl.LazyFrame:
        """Its rows."""
        return self.records.scan(self.name)

    def collect(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """What comes of its rows."""
        return rows.collect(engine=self.records.engine)

    def column(self, name: str) -> pl.Series:
        """(height,) one of its columns."""
        return self.records.column(self.name, name)

    def of_type(self, *types: pl.DataType) -> list[str]:
        return [name for name, dtype in self.schema.items() if dtype in types and not name.startswith("_")]


@dataclass(frozen=True)
class Rule:
    """What should be true of a table."""

    name: str
    category: Category
    says: str  # a sentence; {table} and {column} are put in
    fix: str
    count: Callable[[View], Iterable[RuleCount]]
    severity: Severity = Severity.WARNING
    severe_from: float = 1.01  # share of failing rows from which the finding is severe

    @cached_property
    def slug(self) -> str:
        """The name as ids write it: events-before-the-end."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def failing(condition: pl.Expr) -> pl.Expr:
    """How many rows meet a condition that none should meet; a null condition is met by none."""
    return condition.sum().fill_null(0)


def count_filled(*columns: str) -> pl.Expr:
    """How many rows have a value in all of the columns."""
    return pl.all_horizontal(pl.col(columns).is_not_null()).sum()


def evaluate_rules(rules: Iterable[Rule], view: View) -> list[Finding]:
    """Evaluate rules on one table, in one pass over its rows."""
    counts = [(rule, counted) for rule in rules for counted in rule.count(view)]
    expressions: dict[str, pl.Expr] = {}
    for index, (_, counted) in enumerate(counts):
        for field_name in ("failed", "checked"):
            value = getattr(counted, field_name)
            if isinstance(value, pl.Expr):
                expressions[f"{field_name}{index}"] = value.cast(pl.Int64)
    rows = view.table if view.beside is None else view.beside
    answers = view.collect(rows.select(**expressions)).row(0, named=True) if expressions else {}
    return [
        _finding(
            rule, view, counted, *(_answer(answers, counted, field_name, index) for field_name in ("failed", "checked"))
        )
        for index, (rule, counted) in enumerate(counts)
    ]


def _answer(answers: Mapping[str, int | None], counted: RuleCount, field_name: str, index: int) -> int:
    value = getattr(counted, field_name)
    return int(value) if isinstance(value, int) else int(answers[f"{field_name}{index}"] or 0)


def _finding(rule: Rule, view: View, counted: RuleCount, failed: int, checked: int) -> Finding:
    share = failed / checked if checked else 0.0
    is_severe = share >= rule.severe_from and not counted.is_named
    severity = Severity.PASSED if not failed else Severity.SEVERE if is_severe else rule.severity
    words = {"table": view.name, "column": counted.column}
    says = rule.says.format(**words)
    return Finding(
        rule.category,
        view.name,
        counted.column,
        f"{says} {counted.says}".strip() if failed else says,
        checked,
        failed,
        severity,
        (counted.fix or rule.fix.format(**words)) if failed else "",
        slug=rule.slug,
    )
