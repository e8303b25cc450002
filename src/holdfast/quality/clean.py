"""Raw tables in; canonical tables, every row not kept, and a ledger of every step out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.project import FILE_NAME, Project
from holdfast.quality.casting import Reading
from holdfast.quality.checks import Checked, check
from holdfast.quality.customers import build_customers, hide_later_ends, merged_spellings
from holdfast.quality.drafts import POSITION, Draft, read_draft
from holdfast.quality.events import complete, find_customers, net_returns, note, typed
from holdfast.quality.findings import Finding
from holdfast.quality.ledger import SET_ASIDE, LedgerEntry, contents_of
from holdfast.quality.repairs import AGAIN, REFUSALS, Removed, set_aside
from holdfast.quality.spelling import Spellings
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
    project: Project,
    may_lack: Collection[str] = (),
    spellings: Spellings | None = None,
) -> Cleaned:
    """Repair the records in visible steps and check what is left.

    No value is imputed or capped here, for that has to be learnt from training rows only.
    A row is judged by itself and by what was known before it: appending later records changes no earlier row.

    Args:
        raw: table name -> the columns as the source wrote them (texts, or typed), plus `_row` (UInt32, from 1).
        project: the settings.
        may_lack: our names of columns that need not be there (the label, when new customers are scored).
        spellings: where `raw` holds all records of some customers only: what whole columns decide.

    Returns:
        For each raw table: rows in = rows kept + rows set aside.

    Raises:
        HoldfastError: a table, a source column or a required column is missing.
    """
    drafts = {table: read_draft(raw, project, table, may_lack, spellings) for table in project.tables}
    lookups = [drafts[table] for table in tables_holding(project, "lookup")]
    drafts = _with_customers(drafts, raw)
    events: dict[str, Draft] = {}
    customers: list[Draft] = []
    removed: dict[str, list[Removed]] = {}
    for table in project.tables:
        draft = drafts.pop(table)  # let go of it, or every table would be held twice
        if draft.contract.name == "customers":
            done, gone = _clean_customers(draft, project, raw)
            customers.append(done)
        elif draft.contract.is_events:
            done, gone = _clean_events(draft, project, lookups)
            events[table] = done
        else:
            continue
        removed[table] = gone
    if "customers" in events:
        raise HoldfastError(
            f"{FILE_NAME}: the table named customers holds {contract_of(project, 'customers').name}.",
            mend=f"In {FILE_NAME}, rename tables.customers, for example to purchases.",
        )
    people, steps, facts = build_customers(customers, events, lookups)
    tables = {"customers": people, **{name: typed(draft) for name, draft in events.items()}}
    all_drafts = {**{draft.name: draft for draft in (*customers, *lookups)}, **events}
    ordered = {name: all_drafts[name] for name in project.tables}
    ledger = (*(entry for draft in ordered.values() for entry in draft.ledger), *steps)
    findings = check(Checked(project, tables, ordered, facts))
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


def _clean_customers(draft: Draft, project: Project, raw: Mapping[str, pl.DataFrame]) -> tuple[Draft, list[Removed]]:
    typed(draft)
    ids = draft.table["customer_id"]
    draft, first = set_aside(hide_later_ends(draft, project), project, REFUSALS)
    draft, again = set_aside(draft, project, AGAIN)
    if "customer_id" in draft.readings:
        draft = merged_spellings(draft, raw[draft.name][draft.settings.columns["customer_id"].source], ids)
    return draft, [*first, *again]


def _clean_events(draft: Draft, project: Project, lookups: list[Draft]) -> tuple[Draft, list[Removed]]:
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
    draft, gone = set_aside(complete(draft), project, REFUSALS)
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
