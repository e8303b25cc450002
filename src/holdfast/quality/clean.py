"""Raw tables in; canonical tables, every row not kept, and a ledger of every step out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.checks.run import Checked, check
from holdfast.quality.customers import build_customers, hide_later_ends, merged_spellings
from holdfast.quality.events import complete, find_customers, net_returns, note, typed
from holdfast.quality.exclusions import AGAIN, REFUSALS, Removed, set_aside
from holdfast.quality.ledger import EVERYONE, SET_ASIDE, LedgerEntry, contents_of
from holdfast.quality.parsing.columns import Reading
from holdfast.quality.parsing.spelling import Spellings
from holdfast.quality.table_state import POSITION, Draft, read_draft
from holdfast.settings import FILE_NAME, Settings
from holdfast.tables.mapping import contract_of, tables_holding, with_lookup


@dataclass(frozen=True)
class Cleaned:
    """The records, ready to be measured, and everything that was done to get there."""

    tables: dict[str, pl.DataFrame]  # "customers", one row a customer; and each event table by the project's name
    set_aside: pl.DataFrame  # every row not kept: table, row, step, reason, content (JSON)
    ledger: tuple[LedgerEntry, ...]
    findings: tuple[Finding, ...]
    unreadable: Mapping[tuple[str, str], Reading]  # table and column -> with values that cannot be read, rows kept


def clean(
    raw: Mapping[str, pl.DataFrame],
    settings: Settings,
    may_lack: Collection[str] = (),
    spellings: Spellings | None = None,
) -> Cleaned:
    """Repair the records in visible steps and check what is left.

    No value is imputed or capped here, for that has to be learnt from training rows only.
    A row is judged by itself and by what was known before it: appending later records changes no earlier row.

    Args:
        raw: table name -> the columns as the source wrote them (texts, or typed), plus `_row` (UInt32, from 1).
        settings: the settings.
        may_lack: our names of columns that need not be there (the label, when new customers are scored).
        spellings: where `raw` holds all records of some customers only: what whole columns decide.

    Returns:
        For each raw table: rows in = rows kept + rows set aside.

    Raises:
        HoldfastError: a table, a source column or a required column is missing.
    """
    drafts = {table: read_draft(raw, settings, table, may_lack, spellings) for table in settings.tables}
    lookups = [drafts[table] for table in tables_holding(settings, "lookup")]
    drafts = _with_customers(drafts, raw)
    events: dict[str, Draft] = {}
    customers: list[Draft] = []
    removed: dict[str, list[Removed]] = {}
    for table in settings.tables:
        draft = drafts.pop(table)  # let go of it, or every table would be held twice
        if draft.contract.name == "customers":
            done, gone = _clean_customers(draft, settings, raw)
            customers.append(done)
        elif draft.contract.is_events:
            done, gone = _clean_events(draft, settings, lookups)
            events[table] = done
        else:
            continue
        removed[table] = gone
    if "customers" in events:
        raise HoldfastError(
            f"{FILE_NAME}: the table named customers holds {contract_of(settings, 'customers').name}.",
            fix=f"In {FILE_NAME}, rename tables.customers, for example to purchases.",
        )
    people, steps, facts = build_customers(customers, events, lookups)
    tables = {"customers": people, **{name: typed(draft) for name, draft in events.items()}}
    all_drafts = {**{draft.name: draft for draft in (*customers, *lookups)}, **events}
    ordered = {name: all_drafts[name] for name in settings.tables}
    ledger = (*(entry for draft in ordered.values() for entry in draft.ledger), *steps)
    findings = check(Checked(settings, tables, ordered, facts))
    return Cleaned(tables, _set_aside_rows(raw, ordered, removed), ledger, findings, _unreadable(ordered))


def _with_customers(drafts: dict[str, Draft], raw: Mapping[str, pl.DataFrame]) -> dict[str, Draft]:
    waiting = [name for name, draft in drafts.items() if draft.settings.through]
    while waiting:
        # A table is found through another one that may itself be found through a third.
        ready = [name for name in waiting if (link := drafts[name].settings.through) and link.table not in waiting]
        for name in ready or waiting[:1]:
            drafts[name] = find_customers(drafts[name], drafts, raw)
            waiting.remove(name)
    return drafts


def _clean_customers(draft: Draft, settings: Settings, raw: Mapping[str, pl.DataFrame]) -> tuple[Draft, list[Removed]]:
    typed(draft)
    ids = draft.table["customer_id"]
    draft, first = set_aside(hide_later_ends(draft, settings), settings, REFUSALS)
    draft, again = set_aside(draft, settings, AGAIN)
    if "customer_id" in draft.readings:
        draft = merged_spellings(draft, raw[draft.name][draft.settings.columns["customer_id"].source], ids)
    return draft, [*first, *again]


def _clean_events(draft: Draft, settings: Settings, lookups: list[Draft]) -> tuple[Draft, list[Removed]]:
    for lookup in lookups:
        found = with_lookup(draft.table, lookup.table.drop(POSITION))
        if found is not None:
            draft = note(
                replace(draft, table=found.table),
                "lookup",
                f"Columns of {lookup.name} looked up by {', '.join(found.on)}.",
                values=found.table.height - found.not_found,
                **{f"lookup_not_found:{lookup.name}": found.not_found},
            )
    typed(draft)
    draft, gone = set_aside(complete(draft), settings, REFUSALS)
    draft, pairs = net_returns(draft)
    return draft, [*gone, *pairs]


def _unreadable(drafts: Mapping[str, Draft]) -> dict[tuple[str, str], Reading]:
    """Columns with values that were taken as not known; who and when are not among them: such rows are set aside."""
    return {
        (table, column): reading
        for table, draft in drafts.items()
        for column, reading in draft.readings.items()
        if reading.unreadable and column not in {"customer_id", "happened_at"}
    }


def _set_aside_rows(
    raw: Mapping[str, pl.DataFrame], drafts: Mapping[str, Draft], removed: Mapping[str, list[Removed]]
) -> pl.DataFrame:
    parts = [
        pl.DataFrame({"row": drafts[table].rows[gone.positions]}).select(
            pl.lit(table).alias("table"),
            "row",
            pl.lit(gone.step).alias("step"),
            pl.lit(gone.reason).alias("reason"),
            contents_of(raw[table], gone.positions),
        )
        for table, steps in removed.items()
        for gone in steps
        if len(gone.positions)
    ]
    return pl.concat(parts).cast(SET_ASIDE) if parts else pl.DataFrame(schema=SET_ASIDE)


def cleaning_report(cleaned: Cleaned) -> dict[str, Any]:
    """The content of reports/cleaning.json: totals, each table with its steps in order, findings by category."""
    tables = {
        name: _table([entry for entry in cleaned.ledger if entry.table == name])
        for name in dict.fromkeys(entry.table for entry in cleaned.ledger)
        if name != EVERYONE
    }
    everyone = [entry for entry in cleaned.ledger if entry.table == EVERYONE]
    return {
        "rows_in": sum(table["rows_in"] for table in tables.values()),
        "rows_kept": sum(table["rows_kept"] for table in tables.values()),
        "rows_set_aside": sum(table["rows_set_aside"] for table in tables.values()),
        "tables": tables,
        "customers": {
            "rows": cleaned.tables["customers"].height,
            "steps": [_step(entry) for entry in everyone],
        },
        "findings": {category.value: _asked(cleaned, category) for category in Category},
    }


def _table(entries: Sequence[LedgerEntry]) -> dict[str, Any]:
    return {
        "rows_in": entries[0].rows_before,
        "rows_kept": entries[-1].rows_after,
        "rows_set_aside": sum(entry.set_aside for entry in entries),
        "rows_merged": sum(entry.merged for entry in entries),
        "rows_netted": sum(entry.netted for entry in entries),
        "values_changed": sum(entry.values_changed for entry in entries),
        "steps": [_step(entry) for entry in entries],
    }


def _step(entry: LedgerEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "table"}


def _asked(cleaned: Cleaned, category: Category) -> dict[str, int]:
    found = [finding for finding in cleaned.findings if finding.category is category]
    return {"asked": len(found)} | {
        severity.value: sum(finding.severity is severity for finding in found) for severity in Severity
    }
