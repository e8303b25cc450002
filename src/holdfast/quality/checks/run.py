"""Runs every rule on every table it fits; draws the reference page of all rules."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.cutoffs.span import event_span
from holdfast.formatting import percent
from holdfast.quality.checks.anomalies import ANOMALY_RULES
from holdfast.quality.checks.findings import Category, Finding
from holdfast.quality.checks.money_beside import RECEIVED_RULES, received_beside
from holdfast.quality.checks.reading import READING_RULES
from holdfast.quality.checks.repeated_sales import REPEATED_SALES_RULES, repeated_sales
from holdfast.quality.checks.rule import Rule, View, evaluate_rules
from holdfast.quality.checks.subscriptions import SUBSCRIPTION_RULES
from holdfast.quality.checks.tables import TABLE_RULES
from holdfast.quality.checks.wrong_numbers import ABSURD_VALUE_RULES, WRONG_NUMBER_RULES
from holdfast.quality.table_state import TableState
from holdfast.settings import Settings

RULES: tuple[Rule, ...] = (
    *READING_RULES,
    *TABLE_RULES,
    *ANOMALY_RULES,
    *WRONG_NUMBER_RULES,
    *ABSURD_VALUE_RULES,
    *SUBSCRIPTION_RULES,
    *RECEIVED_RULES,
    *REPEATED_SALES_RULES,
)
_ORDER = list(Category)


@dataclass(frozen=True)
class Checked:
    """Input of the checks: the cleaned tables, and how they were cleaned."""

    settings: Settings
    tables: Mapping[str, pl.DataFrame]  # as cleaned
    states: Mapping[str, TableState]  # how each was read and cleaned
    facts: Mapping[str, int]  # about the combined table of customers


def check(checked: Checked, only: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Evaluate every rule on every table it fits: one finding each time, passed or not, ordered by category.

    Args:
        checked: what was cleaned.
        only: slugs of the rules that somebody will read the findings of; None: all.
    """
    findings = _numbered(finding for view, rules in _views(checked, only) for finding in evaluate_rules(rules, view))
    return tuple(sorted(findings, key=lambda finding: (_ORDER.index(finding.category), finding.table)))


def _numbered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, numbered where one rule speaks of one column more than once, so that ids are unique."""
    counts: Counter[str] = Counter()
    numbered = []
    for finding in findings:
        counts[finding.id] += 1
        numbered.append(replace(finding, repeat=counts[finding.id]) if counts[finding.id] > 1 else finding)
    return numbered


_OF_TABLES_READ = (*READING_RULES, *WRONG_NUMBER_RULES, *SUBSCRIPTION_RULES, *RECEIVED_RULES)
_BESIDE_OTHERS = (*TABLE_RULES, *ANOMALY_RULES, *REPEATED_SALES_RULES)  # look at customers, spans and other tables


def _views(checked: Checked, only: Collection[str] | None) -> Iterator[tuple[View, list[Rule]]]:
    """Each table with the rules that it is asked, if any; what only other rules look at is not computed."""

    def wanted(rules: Sequence[Rule]) -> list[Rule]:
        return [rule for rule in rules if only is None or rule.slug in only]

    read, beside_others, absurd = wanted(_OF_TABLES_READ), wanted(_BESIDE_OTHERS), wanted(ABSURD_VALUE_RULES)
    of_customers = wanted(READING_RULES)
    are_beside = bool(wanted((*SUBSCRIPTION_RULES, *RECEIVED_RULES)))
    span = event_span(checked.tables) if beside_others or are_beside else None
    again = repeated_sales(checked.tables, checked.states) if beside_others else {}
    for name, state in checked.states.items() if read else ():
        frame = checked.tables[name] if state.contract.is_events else state.table
        elsewhere = received = None
        if are_beside and state.settings.subscriptions is not None:
            received = received_beside(checked.tables, checked.settings, name)
            elsewhere = event_span({other: events for other, events in checked.tables.items() if other != name})
        yield View(checked.settings, name, frame, state.rows_in, state, state.facts, span, elsewhere, received), read
    for name, frame in checked.tables.items() if beside_others or absurd or of_customers else ():
        is_customers, beside = name == "customers", frame
        if beside_others:
            beside = _beside_customers(checked) if is_customers else _beside_events(checked, frame)
        view = View(
            checked.settings,
            name,
            beside,
            frame.height,
            None if is_customers else checked.states[name],
            checked.facts if is_customers else {},
            span,
            repeated_in=again.get(name, {}),
        )
        yield view, [*beside_others, *absurd]
        if is_customers:
            yield view, of_customers


def _beside_customers(checked: Checked) -> pl.DataFrame:
    customers = checked.tables["customers"]
    events = [frame.lazy().select("customer_id") for name, frame in checked.tables.items() if name != "customers"]
    if not events:
        return customers
    active = pl.concat(events).unique().collect()["customer_id"]
    return customers.with_columns(pl.col("customer_id").is_in(active.implode()).alias("_has_events"))


def _beside_events(checked: Checked, events: pl.DataFrame) -> pl.DataFrame:
    customers = checked.tables["customers"]
    times = [name for name in ("signed_up_at", "ended_at") if name in customers.columns]
    if not checked.facts["customers_tables"]:
        return events
    listed = customers.height - checked.facts["customers_from_events"]
    beside = customers.select(
        "customer_id",
        *(pl.col(name).alias(f"_{name}") for name in times),
        (pl.int_range(pl.len()) < listed).alias("_is_known"),  # customers seen in events only stand last
    )
    # The narrow join, put beside the rows: joining all columns would copy the whole table.
    joined = events.select("customer_id").join(beside, on="customer_id", how="left", maintain_order="left")
    return events.hstack(joined.drop("customer_id"))


def checks_page() -> str:
    """The reference page of all rules, as Markdown."""
    lines = [
        "# Checks",
        "",
        "Every rule that `holdfast check` and `holdfast run` ask of the records, by category. `reports/validation.csv` "
        "holds one line a rule and column: rows checked, rows that fail, and what to do. Failing rows are counted, "
        "never dropped by a check; what is set aside is named in [cleaning](../guides/cleaning.md).",
        "",
        "This page is made from the rules themselves (`holdfast.quality.checks.run.checks_page`).",
    ]
    for category in _ORDER:
        lines += ["", f"## {category.value.replace('_', ' ').capitalize()}", ""]
        lines += ["| rule | what should be true | if it fails | what to do |", "| --- | --- | --- | --- |"]
        for rule in RULES:
            if rule.category is category:
                grade = rule.severity.value
                if rule.severe_from <= 1:
                    grade += f"; severe from {percent(rule.severe_from, 0)} of the rows"
                words = {"table": "TABLE", "column": "COLUMN"}
                lines.append(f"| {rule.name} | {rule.says.format(**words)} | {grade} | {rule.fix.format(**words)} |")
    return "\n".join(lines) + "\n"
