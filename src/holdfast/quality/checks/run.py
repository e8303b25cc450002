"""Runs every rule on every table it fits; draws the reference page of all rules."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.cutoffs.span import span_of
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
from holdfast.quality.records import CleanedRecords, WholeTables
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
    records: CleanedRecords  # the tables
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
    records, settings = checked.records, checked.settings
    days = records.days if beside_others or are_beside else {}
    span = span_of(list(days.values()))
    again = repeated_sales(records, checked.states) if beside_others else {}
    for name, state in checked.states.items() if read else ():
        source = records if state.contract.is_events else WholeTables({name: state.table})
        view = View(settings, name, source, source.tables[name], state.rows_in, state, state.facts, span)
        if are_beside and state.settings.subscriptions is not None:
            elsewhere = span_of([counts for other, counts in days.items() if other != name])
            view = replace(view, elsewhere=elsewhere, received=received_beside(records, settings, name))
        yield view, read
    for name, schema in records.tables.items() if beside_others or absurd or of_customers else ():
        own = None if name == "customers" else checked.states[name]
        facts = {} if own else checked.facts
        view = View(settings, name, records, schema, records.height(name), own, facts, span)
        view = replace(view, repeated_in=again.get(name, {}))
        if beside_others:
            beside = _beside_events(checked, view.table) if own else _beside_customers(records, view.table)
            view = replace(view, beside=beside, schema=beside.collect_schema())
        yield view, [*beside_others, *absurd]
        if own is None:
            yield view, of_customers


def _beside_customers(records: CleanedRecords, customers: pl.LazyFrame) -> pl.LazyFrame:
    events = [records.scan(name).select("customer_id") for name in records.tables if name != "customers"]
    if not events:
        return customers
    active = pl.concat(events).unique().with_columns(_has_events=True)
    beside = customers.join(active, on="customer_id", how="left")
    return beside.with_columns(pl.col("_has_events").fill_null(value=False))


def _beside_events(checked: Checked, events: pl.LazyFrame) -> pl.LazyFrame:
    if not checked.facts["customers_tables"]:
        return events
    schema = checked.records.tables["customers"]
    times = [pl.col(column).alias(f"_{column}") for column in ("signed_up_at", "ended_at") if column in schema]
    of_customers = [state.table.lazy() for state in checked.states.values() if state.contract.name == "customers"]
    listed = pl.concat([table.select("customer_id") for table in of_customers]).unique().with_columns(_is_known=True)
    beside = (
        checked.records.scan("customers")
        .select("customer_id", *times)
        .join(listed, on="customer_id", how="left")
        .with_columns(pl.col("_is_known").fill_null(value=False))
    )
    return events.join(beside, on="customer_id", how="left")


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
