"""Checklist items of every project (identifiers, rows lost, severe findings) and of projects with a label."""

from dataclasses import dataclass

import polars as pl

from holdfast.cutoffs.active_window import active_window
from holdfast.cutoffs.lifecycle import accounts_in_words, customer_states, state_counts
from holdfast.cutoffs.population import snapshot_cutoff
from holdfast.formatting import percent, plural
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.clean import Cleaned
from holdfast.quality.ledger import EVERYONE
from holdfast.quality.readiness.acceptance import NAMED_BY_SETTINGS
from holdfast.quality.readiness.items import Item, Mark, base_rate_item, churners_item, customers_item
from holdfast.settings import FILE_NAME, ChurnRule, Settings
from holdfast.stats.separation import TOO_GOOD, separation

_LOSABLE = 0.05  # share of rows whose loss hardly bends anything


_TOO_MANY = 0.60


_STRANGERS = 0.95  # share of rows about unknown customers from which on a table belongs elsewhere


def data_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Identifiers, rows set aside, severe findings, known totals."""
    items = [_identifiers(cleaned), _same_customers(cleaned), _rows_kept(cleaned, settings), _severe_findings(cleaned)]
    return [*items, *_known_totals(cleaned)]


def _known_totals(cleaned: Cleaned) -> list[Item]:
    """Whether the totals that the settings name agree; nothing where they name none."""
    compared = cleaned.totals.comparisons if cleaned.totals is not None else ()
    if not compared:
        return []
    agree = sum(each.agrees for each in compared)
    mark = Mark.GOOD if agree == len(compared) else Mark.CARE
    sentence = " ".join(each.sentence for each in compared)
    return [Item("known totals", mark, f"{agree} of {len(compared)} agree", "all", sentence)]


def _same_customers(cleaned: Cleaned) -> Item:
    """Whether the tables are about the same customers."""
    foreign_keys = [
        finding for finding in cleaned.findings if finding.category is Category.FOREIGN_KEYS and finding.rows_checked
    ]
    strange = sorted({finding.table for finding in foreign_keys if finding.share >= _STRANGERS})
    needed = f"less than {percent(_STRANGERS, 0)} of a table's rows about unknown customers"
    if not strange:
        return Item("same customers", Mark.GOOD, "yes", needed, "The tables speak of the same customers.")
    tables = ", ".join(strange)
    return Item(
        "same customers",
        Mark.BAD,
        f"no: {tables}",
        needed,
        f"Nearly every row of {tables} is about a customer that no other table knows: these are two businesses, or two "
        "ways of writing ids.",
        f"Take {tables} out of holdfast.yaml, or name the column that holds the same ids.",
    )


def _identifiers(cleaned: Cleaned) -> Item:
    missing = sum(entry.set_aside for entry in cleaned.ledger if entry.step == "missing_customer")
    rows = sum(entry.rows_before for entry in cleaned.ledger if entry.step == "missing_customer")
    merged = sum(entry.merged for entry in cleaned.ledger)
    case_twins = sum(
        counts.rows_failed for counts in cleaned.findings if counts.column == "customer_id" and "case" in counts.rule
    )
    share = missing / rows if rows else 0.0
    counts = f"{missing:,} of {rows:,} rows without id"
    needed = f"at most {percent(_LOSABLE, 0)} without id, each id written one way"
    if share <= _LOSABLE and not case_twins:
        also = f"; over blanks in the id, {plural(merged, 'row')} merged" if merged else ""
        sentence = f"{percent(1 - share)} of the rows name their customer{also}."
        return Item("identifiers", Mark.GOOD, counts, needed, sentence)
    mark = Mark.BAD if share > _TOO_MANY else Mark.CARE
    without = f"{percent(share)} of the rows name no customer and were set aside."
    alike = f"{plural(case_twins, 'of the ids differs', 'of the ids differ')} only in case."
    open_problems = [
        (sentence, fix)
        for is_open, sentence, fix in (
            (share > _LOSABLE, without, "Fill the customer id in the source."),
            (case_twins > 0, alike, "If A1 and a1 are one customer, write them alike."),
        )
        if is_open
    ]
    sentence, fix = (" ".join(texts) for texts in zip(*open_problems, strict=True))
    return Item("identifiers", mark, counts, needed, sentence, fix)


def _rows_kept(cleaned: Cleaned, settings: Settings) -> Item:
    ledger = [entry for entry in cleaned.ledger if entry.table != EVERYONE]
    entries = [entry for entry in ledger if entry.step != "missing_customer"]
    hidden = sum(entry.set_aside for entry in entries if entry.step == "future_rows")
    chosen = sum(entry.set_aside for entry in entries if entry.step in NAMED_BY_SETTINGS) - hidden
    lost = sum(entry.set_aside for entry in entries) - hidden - chosen
    rows = sum(entry.rows_before for entry in entries if entry.step == "types") - hidden
    share = lost / rows if rows else 0.0
    mark = Mark.GOOD if share <= _LOSABLE else Mark.CARE if share <= _TOO_MANY else Mark.BAD
    after = f" ({hidden:,} more lie after the cutoff {settings.cutoff})" if settings.cutoff else ""
    by_settings = f", {chosen:,} that by the settings do not count" if chosen else ""
    aside = sum(entry.set_aside for entry in ledger) - hidden
    nobody = aside - lost - chosen
    sentence = (
        f"{aside:,} of {rows:,} rows were set aside: {nobody:,} that name no customer{by_settings}, and {lost:,} for "
        f"other reasons{after}."
    )
    fix = "" if mark is Mark.GOOD else "See the steps in reports/cleaning.json, and the rows that were set aside."
    result = f"{percent(aside / rows if rows else 0.0)} set aside"
    needed = f"at most {percent(_LOSABLE, 0)} for other reasons than the settings or a missing customer"
    return Item("rows kept", mark, result, needed, sentence, fix)


def _severe_findings(cleaned: Cleaned) -> Item:
    severe = [each for each in cleaned.findings if each.severity is Severity.SEVERE and each.counts_rows]
    if not severe:
        return Item("checks", Mark.GOOD, "none severe", "none severe", "No check found anything severe.")
    worst = max(severe, key=lambda finding: finding.share)
    sentence = f"{plural(len(severe), 'check')} found something severe, above all in {worst.sentence}"
    return Item("checks", Mark.CARE, f"{len(severe)} severe", "none severe", sentence, worst.fix)


_FILLED = 0.95  # share of customers of whom a total must be known
_SHOWN = 6
_NO_CANDIDATES = {"customer_id", "label", "ended_at"}


@dataclass(frozen=True)
class SuspectedLeak:
    """A column that alone nearly tells the label."""

    column: str
    auc: float  # ROC-AUC of the column alone, 0.5 to 1
    why: str


def suspected_leaks(customers: pl.DataFrame) -> tuple[SuspectedLeak, ...]:
    """Columns of the customers table that alone nearly tell `label`, best first.

    Args:
        customers: one row a customer with `label` (Boolean; rows without one do not count).
    """
    if customers.schema.get("label") != pl.Boolean:
        return ()
    rows = customers.filter(pl.col("label").is_not_null())
    left = rows["label"].to_numpy()
    leaks = []
    for name in rows.columns:
        if name in _NO_CANDIDATES:
            continue
        auc = separation(rows[name], left)
        if auc < TOO_GOOD:
            continue
        is_known = rows[name].is_not_null()
        why = "its values alone separate leavers from stayers"
        if separation(is_known.cast(pl.Int8), left) >= TOO_GOOD:
            filled = is_known.to_numpy()
            is_of_leavers = filled[left].mean() > filled[~left].mean()
            why = "it is filled in for leavers only" if is_of_leavers else "it is empty for leavers only"
        leaks.append(SuspectedLeak(name, auc, why))
    return tuple(sorted(leaks, key=lambda leak: -leak.auc))


def label_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Customers, label, both classes, base rate, suspected leaks."""
    customers = cleaned.tables["customers"]
    items = [customers_item(customers.height)]
    if "label" not in customers.columns:
        where = f"tables.{_table_of(settings)}.columns.label"
        fix = f'In {FILE_NAME}: {where}: {{from: "YOUR COLUMN", kind: flag, "true": ["Yes"]}}'
        return [*items, Item("label", Mark.BAD, "none", "one column", "No column says who left.", fix)]
    labels = customers["label"].drop_nulls()
    left, labelled = int(labels.sum()), len(labels)
    items += [
        Item("label", Mark.BAD, "no yes", "some yes", _detail(finding), finding.fix)
        for finding in _failed(cleaned, "means yes")
    ]
    unknown = customers.height - labelled
    if unknown:
        mark = Mark.CARE if labelled else Mark.BAD
        sentence = (
            f"The label of {unknown:,} of {customers.height:,} customers is not known: no model is trained on them."
        )
        sentence = " ".join([sentence, *(_detail(finding) for finding in _failed(cleaned, "can be read"))])
        fix = (
            f"In {FILE_NAME}, list the texts that mean yes, or complete the column: tables.{_table_of(settings)}."
            'columns.label: "true": ["THE TEXT"]'
        )
        items.append(Item("label", mark, f"{labelled:,} known", f"{customers.height:,}", sentence, fix))
    items += [
        churners_item(left, labelled - left, "by the label"),
        base_rate_item(left, labelled, ChurnRule.LABEL, "with a label"),
    ]
    leaks = suspected_leaks(customers)
    if not leaks:
        items.append(Item("leaks", Mark.GOOD, "none", "none", "No single column tells the label by itself."))
        return items
    named = ", ".join(f"{leak.column} ({leak.auc:.2f}: {leak.why})" for leak in leaks[:_SHOWN])
    sentence = f"{plural(len(leaks), 'column')} alone nearly tell the label, perhaps written after it: {named}."
    fix = f"In {FILE_NAME}, move what is known only afterwards from tables.<table>.columns to .ignore."
    items.append(Item("leaks", Mark.CARE, f"{len(leaks)}", "none", sentence, fix))
    return items


def totals_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Customers, dates, counts and the active window of one row a customer with totals."""
    customers = cleaned.tables["customers"]
    items = [customers_item(customers.height)]
    for name, others, needs, mark in (
        ("last_purchase_at", ("days_since_purchase",), "how long each customer has been silent", Mark.BAD),
        (
            "first_purchase_at",
            ("days_since_first_purchase", "signed_up_at"),
            "since when each has been a customer (a sign-up counts too)",
            Mark.BAD,
        ),
        ("purchases", (), "how often each bought; without it everybody bought as rarely as the dates allow", Mark.CARE),
    ):
        present = [column for column in (name, *others) if column in customers.columns]
        is_known = (
            customers.select(pl.any_horizontal(pl.col(present).is_not_null()).alias("known")) if present else None
        )
        filled = int(is_known["known"].sum()) if is_known is not None else 0
        enough_filled = filled >= _FILLED * customers.height and filled > 0
        fix = f'In {FILE_NAME}: tables.<customers>.columns.{name}: {{from: "YOUR COLUMN"}}'
        items.append(
            Item(
                name.replace("_", " "),
                Mark.GOOD if enough_filled else mark if not filled else Mark.CARE,
                f"{filled:,} known",
                f"{customers.height:,}",
                f"{name} is known of {filled:,} of {customers.height:,} customers: it says {needs}.",
                "" if enough_filled else fix,
            )
        )
    window, moment = active_window(cleaned.tables, settings, None), snapshot_cutoff(cleaned.tables, settings)
    if window.words and moment is not None:
        states = customer_states(cleaned.tables, window.applied_to(settings), moment, window, moment)
        within = f"within {window.days:,} days" if window.days else "however long ago"
        words = f"{window.words} {accounts_in_words(state_counts(states))}"
        items.append(Item("active customers", Mark.GOOD, within, "a window, or none", words))
    return items


def _table_of(settings: Settings) -> str:
    """The table that holds the label, else the first of customers."""
    holding = [name for name, table in settings.tables.items() if table.holds == "customers"]
    return next((name for name in holding if "label" in settings.tables[name].columns), (holding or ["customers"])[0])


def _detail(finding: Finding) -> str:
    """A finding's details, without the rule that it breaks."""
    return finding.rule.partition(". ")[2] or finding.rule


def _failed(cleaned: Cleaned, words: str) -> list[Finding]:
    """Failed findings about the label column, by words of their rule."""
    return [
        finding
        for finding in cleaned.findings
        if finding.column == "label" and finding.rows_failed and words in finding.rule
    ]
