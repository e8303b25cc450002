"""Cleans raw tables: canonical tables, the rows set aside, and a ledger of every step come out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

import polars as pl

from holdfast.cutoffs.money import OF_REVENUE
from holdfast.errors import HoldfastError
from holdfast.quality.checks.findings import Category, Finding, Severity
from holdfast.quality.checks.run import Checked, check
from holdfast.quality.customers import (
    ALL_SET_ASIDE,
    build_customers,
    customers_named,
    hide_later_ends,
    merged_spellings,
)
from holdfast.quality.events import (
    complete,
    find_customers,
    net_returns,
    note,
    note_not_paid,
    refuse_lacking,
    typed,
)
from holdfast.quality.exclusions import (
    DUPLICATE_RULES,
    EXCLUSION_RULES,
    OVERLAP_RULES,
    ExcludedRows,
    note_kept_repeats,
    set_aside,
)
from holdfast.quality.gross_to_net import MoneyLine, money_lines, report_of
from holdfast.quality.identities import RATES, identities_of
from holdfast.quality.known_totals.compare import ComparedTotals, compared_totals
from holdfast.quality.ledger import EVERYONE, SET_ASIDE, LedgerEntry, contents_of
from holdfast.quality.money import (
    note_contained,
    note_pending,
    note_refund_rows,
    scaled,
    settle_money,
)
from holdfast.quality.money_kinds import MoneyKind, money_kinds
from holdfast.quality.parsing.columns import ReadBefore, Reading
from holdfast.quality.parsing.spelling import Spellings
from holdfast.quality.parts import add_parts
from holdfast.quality.records import CleanedRecords, WholeTables
from holdfast.quality.subscriptions.bills import bills_of, unpaid_bills
from holdfast.quality.subscriptions.movements import to_movements
from holdfast.quality.table_state import POSITION, TableState, read_table_state
from holdfast.quality.training_columns import TrainingColumn
from holdfast.quality.undone import as_at_the_cutoff
from holdfast.settings import FILE_NAME, Settings
from holdfast.tables.mapping import contract_of, tables_holding, with_lookup


@dataclass(frozen=True)
class Cleaned:
    """Cleaned tables, and everything that was done to get there."""

    records: CleanedRecords  # "customers", one row a customer; and each event table by the project's name
    set_aside: pl.DataFrame  # every row not kept: table, row, step, reason, content (JSON)
    ledger: tuple[LedgerEntry, ...]
    findings: tuple[Finding, ...]
    money: tuple[MoneyLine, ...]  # of each table of sales, and others with statuses: from gross to net
    kinds: tuple[MoneyKind, ...]  # of each table of sales: what each kind of row was taken for
    unreadable: Mapping[tuple[str, str], Reading]  # table and column -> with values that cannot be read, rows kept
    columns: Mapping[str, Mapping[str, TrainingColumn]]  # table -> column -> how it was read
    totals: ComparedTotals | None = None  # what the owner knows beside what is read; None: not all checks were asked
    customers_set_aside: int = 0  # whom only rows name that were set aside: no table and no count has them

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The cleaned tables, all of their rows in memory."""
        return self.records.whole()


@dataclass(frozen=True)
class CleanedRows:
    """Cleaned rows of all customers or some, before they are checked."""

    tables: dict[str, pl.DataFrame]  # as in `Cleaned`
    states: dict[str, TableState]  # in the order of the settings
    steps: tuple[LedgerEntry, ...]  # of the combined table of customers
    facts: Mapping[str, int]  # about it
    set_aside: pl.DataFrame


def clean(
    raw: Mapping[str, pl.DataFrame],
    settings: Settings,
    may_lack: Collection[str] = (),
    spellings: Spellings | None = None,
    rules: Collection[str] | None = None,
    before: Mapping[str, Mapping[str, ReadBefore]] = MappingProxyType({}),
) -> Cleaned:
    """Clean the raw tables in recorded steps and check the result.

    No value is imputed or capped here, for that must be fitted on training rows only.
    Each row is cleaned by itself and by earlier rows: appending later records changes no earlier row.

    Args:
        raw: table name -> the columns as the source wrote them (texts, or typed), plus `_row` (UInt32, from 1).
        settings: the settings.
        may_lack: our names of columns that need not be there (the label, when new customers are scored).
        spellings: where `raw` holds all records of some customers only: what whole columns decide.
        rules: slugs of the checks whose findings are needed, and then no account of the money; None: all.
        before: table -> column -> what was read of it already.

    Returns:
        For each raw table: rows in = rows kept + rows set aside.

    Raises:
        HoldfastError: a table, a source column or a required column is missing.
    """
    rows = clean_rows(raw, settings, may_lack, spellings, before, with_account=rules is None)
    return checked(rows, WholeTables(rows.tables), settings, rules)


def clean_rows(
    raw: Mapping[str, pl.DataFrame],
    settings: Settings,
    may_lack: Collection[str] = (),
    spellings: Spellings | None = None,
    before: Mapping[str, Mapping[str, ReadBefore]] = MappingProxyType({}),
    *,
    with_account: bool = True,
) -> CleanedRows:
    """The same without the checks, which look at whole columns; arguments as in `clean`.

    Without an account nothing says what each kind of row was taken for, which takes less time.
    """
    identities = identities_of(raw, settings)
    states = {
        table: read_table_state(raw, settings, table, may_lack, spellings, identities, before.get(table))
        for table in settings.tables
    }
    lookups = [scaled(states[table]) for table in tables_holding(settings, "lookup")]
    states = add_parts(_with_customers(states, raw), settings)
    parts = [state for state in states.values() if state.contract.name == "parts"]
    events: dict[str, TableState] = {}
    customers: list[TableState] = []
    named = customers_named(states.values()) if with_account else None
    excluded_by_table: dict[str, list[ExcludedRows]] = {}
    paid_in = _paid_in(settings)
    bills: dict[str, pl.DataFrame] = {}
    for table in sorted(settings.tables, key=lambda table: table in paid_in):  # payments before what they pay for
        state = states.pop(table)  # let go of it, or every table would be held twice
        if state.contract.name == "customers":
            done, excluded = _clean_customers(state, settings, raw)
            customers.append(done)
        elif state.contract.is_events:
            unpaid = unpaid_bills(state) if table in paid_in.values() else None
            paid = bills.get(paid_in.get(table, ""))
            done, excluded = _clean_events(state, settings, lookups, raw.get(RATES), paid, with_account=with_account)
            events[table] = done
            bills |= {table: bills_of(unpaid, done)} if unpaid is not None else {}
        else:
            continue
        excluded_by_table[table] = excluded
    if "customers" in events:
        raise HoldfastError(
            f"{FILE_NAME}: the table named customers holds {contract_of(settings, 'customers').name}.",
            fix=f"In {FILE_NAME}, rename tables.customers, for example to purchases.",
        )
    events = {table: events[table] for table in settings.tables if table in events}
    people, steps, facts = build_customers(customers, events, lookups)
    if named is not None:
        facts[ALL_SET_ASIDE] = int((~named.is_in(people["customer_id"].implode())).sum())
    tables = {"customers": people, **{name: typed(state) for name, state in events.items()}}
    all_states = {**{state.name: state for state in (*customers, *lookups, *parts)}, **events}
    ordered = {name: all_states[name] for name in settings.tables}
    return CleanedRows(tables, ordered, tuple(steps), facts, _set_aside_rows(raw, ordered, excluded_by_table))


def _paid_in(settings: Settings) -> dict[str, str]:
    """Table of subscriptions -> the table that holds their payments."""
    rules = {name: table.subscriptions for name, table in settings.tables.items()}
    return {name: rule.paid_in for name, rule in rules.items() if rule is not None and rule.paid_in in settings.tables}


def checked(
    rows: CleanedRows, records: CleanedRecords, settings: Settings, rules: Collection[str] | None = None
) -> Cleaned:
    """Check the cleaned rows of all customers.

    Args:
        rows: how they were cleaned.
        records: the tables that came of it.
        settings: the settings.
        rules: as in `clean`.
    """
    ledger = (*(entry for state in rows.states.values() for entry in state.ledger), *rows.steps)
    findings = check(Checked(settings, records, rows.states, rows.facts), rules)
    totals = compared_totals(records, settings) if rules is None else None
    findings = (*findings, *(totals.findings if totals is not None else ()))
    money = tuple(
        line
        for state in rows.states.values()
        if rules is None
        and state.name in records.tables
        and state.contract.is_events
        and state.contract.name in OF_REVENUE
        and (state.contract.name == "transactions" or state.settings.statuses or state.settings.money is not None)
        and not _counts_elsewhere(state, settings)
        and state.settings.subscriptions is None
        for line in money_lines(state, _amounts(records, state.name))
    )
    columns = {name: state.columns for name, state in rows.states.items()}
    accounts = {line.table for line in money}
    kinds = tuple(kind for state in rows.states.values() for kind in state.kinds if state.name in accounts)
    unreadable, aside = _unreadable(rows.states), rows.facts.get(ALL_SET_ASIDE, 0)
    return Cleaned(records, rows.set_aside, ledger, findings, money, kinds, unreadable, columns, totals, aside)


def _amounts(records: CleanedRecords, table: str) -> pl.Series | None:
    return records.column(table, "amount") if "amount" in records.tables[table] else None


def _counts_elsewhere(state: TableState, settings: Settings) -> bool:
    """Whether a table's money counts in another one: its rows pay rows of sales, or what it promised was paid there."""
    money = state.settings.money
    pays = state.contract.name == "payments" and money is not None and bool(money.settles)
    settled = {table.money.settles for table in settings.tables.values() if table.money is not None}
    return pays or (state.contract.name != "transactions" and state.name in settled)


def _with_customers(states: dict[str, TableState], raw: Mapping[str, pl.DataFrame]) -> dict[str, TableState]:
    waiting = [name for name, state in states.items() if state.settings.through]
    while waiting:
        # A table is found through another one that may itself be found through a third.
        ready = [name for name in waiting if (link := states[name].settings.through) and link.table not in waiting]
        for name in ready or waiting[:1]:
            states[name] = find_customers(states[name], states, raw)
            waiting.remove(name)
    return states


def money_received(raw: Mapping[str, pl.DataFrame], settings: Settings, table: str) -> tuple[MoneyLine, ...]:
    """Raw rows of one table of events -> its account from gross to net, by the same steps that `clean` takes."""
    state = read_table_state(raw, settings, table)
    state, _ = _clean_events(state, settings, [], raw.get(RATES))
    return money_lines(state, state.table.get_column("amount", default=None))


def _clean_customers(
    state: TableState, settings: Settings, raw: Mapping[str, pl.DataFrame]
) -> tuple[TableState, list[ExcludedRows]]:
    refuse_lacking(state)
    ids = state.table["customer_id"]
    state, older = _without_overlap(state, settings)
    state, first = set_aside(hide_later_ends(state, settings), settings, EXCLUSION_RULES)
    state, again = set_aside(state, settings, DUPLICATE_RULES)
    if "customer_id" in state.readings:
        state = merged_spellings(state, raw[state.name][state.settings.columns["customer_id"].source], ids)
    state = note_kept_repeats(state, settings)
    return state, [*older, *first, *again]


def _clean_events(
    state: TableState,
    settings: Settings,
    lookups: list[TableState],
    rates: pl.DataFrame | None,
    bills: pl.DataFrame | None = None,
    *,
    with_account: bool = True,
) -> tuple[TableState, list[ExcludedRows]]:
    for lookup in lookups:
        joined = with_lookup(state.table, lookup.table.drop(POSITION))
        if joined is not None:
            state = note(
                replace(state, table=joined.table),
                "lookup",
                f"Columns of {lookup.name} looked up by {', '.join(joined.on)}.",
                values=joined.table.height - joined.not_found,
                **{f"lookup_not_found:{lookup.name}": joined.not_found},
            )
    refuse_lacking(state)
    state, older = _without_overlap(state, settings)
    state = complete(settle_money(as_at_the_cutoff(state, settings), settings, rates))
    state = replace(state, kinds=money_kinds(state)) if with_account else state
    state, excluded = set_aside(state, settings, EXCLUSION_RULES)
    state, pairs = net_returns(note_refund_rows(note_not_paid(state)))
    state = note_kept_repeats(note_contained(note_pending(state)), settings)
    state, unusable = to_movements(state, settings, bills)
    return state, [*older, *excluded, *pairs, *unusable]


def _without_overlap(state: TableState, settings: Settings) -> tuple[TableState, list[ExcludedRows]]:
    """Rows that a later export holds again are no money of their own: their step has no amount."""
    steps = len(state.ledger)
    state, older = set_aside(state, settings, OVERLAP_RULES)
    entries = [replace(entry, amount=0.0) for entry in state.ledger[steps:]]
    return replace(state, ledger=(*state.ledger[:steps], *entries)), older


def _unreadable(states: Mapping[str, TableState]) -> dict[tuple[str, str], Reading]:
    """Columns with values that were taken as not known; who and when are not among them: such rows are set aside."""
    return {
        (table, column): reading
        for table, state in states.items()
        for column, reading in state.readings.items()
        if reading.unreadable and column not in {"customer_id", "happened_at"}
    }


def _set_aside_rows(
    raw: Mapping[str, pl.DataFrame],
    states: Mapping[str, TableState],
    excluded_by_table: Mapping[str, list[ExcludedRows]],
) -> pl.DataFrame:
    frames = [
        pl.DataFrame({"row": states[table].rows[excluded.positions]}).select(
            pl.lit(table).alias("table"),
            "row",
            pl.lit(excluded.step).alias("step"),
            pl.lit(excluded.reason).alias("reason"),
            contents_of(raw[table], excluded.positions),
        )
        for table, steps in excluded_by_table.items()
        for excluded in steps
        if len(excluded.positions)
    ]
    return pl.concat(frames).cast(SET_ASIDE) if frames else pl.DataFrame(schema=SET_ASIDE)


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
        "money": {
            table: report_of([line for line in cleaned.money if line.table == table])
            for table in dict.fromkeys(line.table for line in cleaned.money)
        },
        "money_kinds": [
            asdict(kind) | {"amount": None if kind.amount is None else round(kind.amount, 2)} for kind in cleaned.kinds
        ],
        "customers": {
            "rows": cleaned.records.height("customers"),
            "set_aside": cleaned.customers_set_aside,
            "refunds_only": _with_refunds_only(cleaned.records),
            "steps": [_step(entry) for entry in everyone],
        },
        "findings": {category.value: _counts_by_severity(cleaned, category) for category in Category},
    }


def _with_refunds_only(records: CleanedRecords) -> int:
    """How many customers have refunds or returns and no sale: `lifecycle.parquet` of a run names them."""
    named = [name for name, schema in records.tables.items() if "is_return" in schema]
    customers = 0
    for tables in records.in_turn(dict.fromkeys(named, ("customer_id", "is_return"))) if named else ():
        rows = pl.concat(table.select("customer_id", "is_return") for table in tables.values())
        customers += rows.group_by("customer_id").agg(pl.col("is_return").all()).filter("is_return").height
    return customers


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


def _counts_by_severity(cleaned: Cleaned, category: Category) -> dict[str, int]:
    findings = [finding for finding in cleaned.findings if finding.category is category]
    return {"asked": len(findings)} | {
        severity.value: sum(finding.severity is severity for finding in findings) for severity in Severity
    }
