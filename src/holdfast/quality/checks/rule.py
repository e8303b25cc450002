"""A rule is a record: what should be true, of which rows, and what to do where it is not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from holdfast.cutoffs.span import Span
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.table_state import Draft
from holdfast.settings import Settings


@dataclass(frozen=True)
class Counted:
    """One asking of a rule: how many rows it looked at and how many fail; numbers, or expressions that give them."""

    failed: pl.Expr | int
    checked: pl.Expr | int = field(default_factory=pl.len)
    column: str = ""
    says: str = ""  # more about this asking, put after the rule's own words


@dataclass(frozen=True)
class View:
    """One table, as the rules see it.

    An event table also carries `_signed_up_at`, `_ended_at` and `_is_known` of its customer, where customers tell.
    """

    settings: Settings
    name: str
    table: pl.DataFrame
    height: int  # rows; for what was met while reading, rows in the file
    draft: Draft | None = None  # None: the combined table of customers
    facts: Mapping[str, int] = field(default_factory=dict)
    span: Span | None = None  # of the events of all tables

    @property
    def schema(self) -> pl.Schema:
        return self.table.schema

    @property
    def is_events(self) -> bool:
        return "happened_at" in self.schema

    def of_type(self, *types: pl.DataType) -> list[str]:
        return [name for name, dtype in self.schema.items() if dtype in types and not name.startswith("_")]


@dataclass(frozen=True)
class Rule:
    """What should be true of a table."""

    name: str
    category: Category
    says: str  # a sentence; {table} and {column} are put in
    fix: str
    ask: Callable[[View], Iterable[Counted]]
    severity: Severity = Severity.WARNING
    severe_from: float = 1.01  # share of failing rows from which the finding is severe


def failing(condition: pl.Expr) -> pl.Expr:
    """How many rows meet a condition that none should meet; a null condition is met by none."""
    return condition.sum().fill_null(0)


def known(*columns: str) -> pl.Expr:
    """How many rows know all of the columns."""
    return pl.all_horizontal(pl.col(columns).is_not_null()).sum()


def ask_all(rules: Iterable[Rule], view: View) -> list[Finding]:
    """Ask every rule of one table, in one pass over its rows."""
    asked = [(rule, counted) for rule in rules for counted in rule.ask(view)]
    expressions: dict[str, pl.Expr] = {}
    for place, (_, counted) in enumerate(asked):
        for part in ("failed", "checked"):
            value = getattr(counted, part)
            if isinstance(value, pl.Expr):
                expressions[f"{part}{place}"] = value.cast(pl.Int64)
    answers = view.table.select(**expressions).row(0, named=True) if expressions else {}
    return [
        _finding(rule, view, counted, *(_answer(answers, counted, part, place) for part in ("failed", "checked")))
        for place, (rule, counted) in enumerate(asked)
    ]


def _answer(answers: Mapping[str, int | None], counted: Counted, part: str, place: int) -> int:
    value = getattr(counted, part)
    return int(value) if isinstance(value, int) else int(answers[f"{part}{place}"] or 0)


def _finding(rule: Rule, view: View, counted: Counted, failed: int, checked: int) -> Finding:
    share = failed / checked if checked else 0.0
    severity = Severity.PASSED if not failed else Severity.SEVERE if share >= rule.severe_from else rule.severity
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
        rule.fix.format(**words) if failed else "",
    )
