"""Cleaning steps of event tables that change values: known_at, amount, customer_id, returns."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from holdfast.column_types import DTYPES, Kind
from holdfast.cutoffs.money import OF_PURCHASES, was_paid
from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.meanings import NO_ACTIVITY, UNDONE, Meaning
from holdfast.quality.exclusions import ExcludedRows, without
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.money import NOT_PAID, means
from holdfast.quality.parsing.texts import as_text, without_blanks
from holdfast.quality.returns import mark_returns
from holdfast.quality.table_state import POSITION, TableState, where_to_name
from holdfast.settings import FILE_NAME
from holdfast.stats.sums import total_of
from holdfast.tables.mapping import through

_KEY = "_key"  # beside a table's own columns while its customers are found


def note(state: TableState, step: str, what: str, *, values: int = 0, **facts: int) -> TableState:
    """The state with one more ledger entry (no row lost) and the facts that checks will report."""
    height = state.table.height
    entry = LedgerEntry(state.name, step, what, height, height, rows_changed=values, values_changed=values)
    return replace(state, ledger=(*state.ledger, entry), facts={**state.facts, **facts})


def find_customers(state: TableState, states: Mapping[str, TableState], raw: Mapping[str, pl.DataFrame]) -> TableState:
    """Find the customer of each row in the table that the settings name, where this one carries no id."""
    link = state.settings.through
    if link is None:
        return state
    other = states.get(link.table)
    if other is None:
        raise HoldfastError(
            f'{FILE_NAME}: tables.{state.name}.through.table is "{link.table}", no table of the project.',
            fix=f"In {FILE_NAME}, tables.{state.name}.through: {{table: ONE OF {', '.join(states)}, on: COLUMN}}",
        )
    other = _of_its_whole(other, states, raw)
    mine, theirs = _with_key(state, link.on, raw), _with_key(other, link.their or link.on, raw)
    if "customer_id" not in theirs.columns:
        raise HoldfastError(
            f"{state.name}: its customers are to be found in {link.table}, which holds no customer_id.",
            fix=where_to_name(other, "customer_id", Kind.TEXT),
        )
    undone = means(other, *UNDONE) if state.contract.name in OF_PURCHASES else None
    if undone is not None:
        theirs = theirs.with_columns(undone.alias("is_passive"))
    joined = through(mine, theirs, _KEY)
    early = {}
    if "happened_at" in mine.columns and "happened_at" in theirs.columns:
        began = theirs.select(_KEY, began="happened_at").drop_nulls().unique(_KEY, keep="first", maintain_order=True)
        times = mine.select(_KEY, "happened_at").join(began, on=_KEY)
        early = {"before_link": times.filter(pl.col("happened_at") < pl.col("began")).height, "linked": times.height}
    return note(
        replace(state, table=joined.table.drop(_KEY)),
        "through",
        f"Customer found in {link.table} by {link.on}.",
        values=int(joined.table["customer_id"].is_not_null().sum()),
        through_not_found=joined.not_found,
        through_ambiguous=joined.repeated_keys,
        **early,
    )


def _of_its_whole(parts: TableState, states: Mapping[str, TableState], raw: Mapping[str, pl.DataFrame]) -> TableState:
    """A table of parts with the customers of what it is parts of: a refund names a payment, which names an order."""
    link = parts.settings.parts_of
    whole = states.get(link.table) if link is not None else None
    if link is None or whole is None or "customer_id" not in whole.table.columns:
        return parts
    joined = through(_with_key(parts, link.on, raw), _with_key(whole, link.their or link.on, raw), _KEY)
    return replace(parts, table=joined.table.drop(_KEY))


def _with_key(state: TableState, key: str, raw: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The table and, as `_KEY`, the texts by which customers are found; an address is the same in capitals."""
    if key in state.table.columns:
        texts = as_text(state.table[key])
    else:
        source = raw[state.name]
        if key not in source.columns:
            raise HoldfastError(
                f'{state.name}: no column "{key}", by which its customers are to be found; '
                f"it has {', '.join(source.columns[:12])}.",
                fix=where_to_name(state, key, Kind.TEXT),
            )
        texts = without_blanks(as_text(source[key]), state.settings.read.missing)[state.table[POSITION]]
    is_address = pl.col(_KEY).str.contains("@", literal=True)
    folded = pl.when(is_address).then(pl.col(_KEY).str.strip_chars().str.to_lowercase()).otherwise(pl.col(_KEY))
    return state.table.with_columns(texts.alias(_KEY)).with_columns(folded)


def complete(state: TableState) -> TableState:
    """Fill known_at and amount where they follow from other columns, and give money back its minus sign."""
    columns = state.table.columns
    if "known_at" in columns:
        missing, table = 0, state.table
        if table["known_at"].null_count():
            missing = int((table["known_at"].is_null() & table["happened_at"].is_not_null()).sum())
            table = table.with_columns(pl.col("known_at").fill_null(pl.col("happened_at")))
    else:
        missing = state.table.height
        table = state.table.hstack([state.table["happened_at"].alias("known_at")])
    state = note(
        replace(state, table=table),
        "known_at",
        "When the business could know of it was not given: taken as when it happened.",
        values=missing,
        known_at_defaulted=missing,
    )
    if state.contract.name == "payments":
        state = _failed_payments(state)
    if state.contract.name != "transactions":
        return _marked_passive(state)
    if {"quantity", "unit_price"} <= set(columns):
        state = _amount_from_price(state)
    return _sign_of_amount(state) if {"quantity", "amount"} <= set(state.table.columns) else state


def _failed_payments(state: TableState) -> TableState:
    """A failed payment stays, for it happened; its flag keeps it out of all revenue."""
    fails = means(state, Meaning.FAILED)
    if fails is None:
        return state
    is_failed = (
        pl.col("failed").fill_null(value=False) if state.table.schema.get("failed") == pl.Boolean else pl.lit(False)
    )
    table = state.table.with_columns((is_failed | fails).alias("failed"))
    what = "Payments that failed, by their status, rows that repeat others among them: kept as events, no revenue."
    return note(replace(state, table=table), "failed_payments", what, values=int(table["failed"].sum()))


def note_not_paid(state: TableState) -> TableState:
    """The state with a ledger entry for its payments that failed: they stay, and their money is no part of the net."""
    if state.contract.name != "payments" or state.table.schema.get("amount") != pl.Float64:
        return state
    failed = state.table.filter(~was_paid(state.table))["amount"]
    if failed.is_empty():
        return state
    state = note(state, NOT_PAID, "Payments that failed bring nothing.", values=len(failed))
    *earlier, last = state.ledger
    return replace(state, ledger=(*earlier, replace(last, amount=round(total_of(failed), 2))))


def _marked_passive(state: TableState) -> TableState:
    """Mark the rows that are no sign of life: an end, a payment that failed, what others did to the customer."""
    if state.settings.subscriptions is not None:
        return state
    tests = [test for test in (means(state, *NO_ACTIVITY),) if test is not None]
    if "is_passive" in state.table.columns:  # of an order that is undone
        tests.append(pl.col("is_passive"))
    if state.contract.name == "payments":
        tests.append(~was_paid(state.table))
        tests += [pl.col("amount") < 0] if "amount" in state.table.columns else []
    if not tests:
        return state
    passive = pl.any_horizontal([test.fill_null(value=False) for test in tests])
    table = state.table.with_columns(passive.alias("is_passive"))
    what = "Kept for the record, but no act of the customer: a message, an end, a payment that failed."
    return note(replace(state, table=table), "passive", what, values=int(table["is_passive"].sum()))


def _amount_from_price(state: TableState) -> TableState:
    # A sign on both says once that something came back.
    twice = (pl.col("quantity") < 0) & (pl.col("unit_price") < 0)
    product = pl.when(twice).then(-1.0).otherwise(1.0) * pl.col("quantity") * pl.col("unit_price")
    amount = pl.col("amount") if "amount" in state.table.columns else pl.lit(None, pl.Float64)
    table = state.table.with_columns(amount.fill_null(product).alias("amount"))
    before = state.table["amount"].null_count() if "amount" in state.table.columns else table.height
    filled = before - table["amount"].null_count()
    return note(replace(state, table=table), "amount", "Amount taken as quantity x unit price.", values=filled)


def _sign_of_amount(state: TableState) -> TableState:
    wrong = (pl.col("quantity") < 0) & (pl.col("amount") > 0)
    if "unit_price" in state.table.columns:
        wrong &= pl.col("unit_price").fill_null(0) >= 0
    count = int(state.table.select(wrong.sum()).item())
    table = state.table.with_columns(pl.when(wrong).then(-pl.col("amount")).otherwise("amount").alias("amount"))
    what = "Amounts of a negative quantity were written without their minus sign."
    return note(replace(state, table=table), "signs", what, values=count)


def net_returns(state: TableState) -> tuple[TableState, list[ExcludedRows]]:
    """Mark returns, link them to their sales, and set aside pairs that cancel each other within a day."""
    if state.contract.name != "transactions":
        return state, []
    marked = mark_returns(state.table)
    pairs = ExcludedRows(
        "cancelled_the_same_day",
        "A sale and its full return, both known on the same day: they cancel each other.",
        state.table[POSITION].filter(marked.same_day),
    )
    state = without(replace(state, table=marked.table), [pairs], ~marked.same_day)
    *earlier, last = state.ledger
    state = replace(state, ledger=(*earlier, replace(last, netted=len(pairs.positions))))
    state = note(
        state,
        "returns",
        "Returns kept at their own time with a negative amount, and linked to the sale before them where there is one.",
        values=marked.linked - len(pairs.positions) // 2,
        returns=marked.returns,
        returns_linked=marked.linked,
        returns_beyond_sale=marked.beyond,
    )
    return state, [pairs]


def typed(state: TableState) -> pl.DataFrame:
    """The finished table: contract columns first and in their types, required ones always present.

    Raises:
        HoldfastError: as `refuse_lacking`.
    """
    refuse_lacking(state)
    order = [column.name for column in state.contract.columns if column.name in state.table.columns]
    own = [name for name in state.table.columns if name not in order and name != POSITION]
    types = [DTYPES[column.kind] for column in state.contract.columns if column.name in order]
    promised = [state.table[name].cast(dtype) for name, dtype in zip(order, types, strict=True)]
    return pl.DataFrame([*promised, *(state.table[name] for name in own)])


def refuse_lacking(state: TableState) -> None:
    """Refuse a table without all of its required columns.

    Raises:
        HoldfastError: a required column is neither mapped nor found by a join.
    """
    lacking = [name for name in state.contract.required if name not in state.table.columns]
    if lacking:
        column = state.contract.column(lacking[0])
        raise HoldfastError(
            f"{state.name}: {plural(len(lacking), 'required column')} not given: {', '.join(lacking)}.",
            fix=where_to_name(state, lacking[0], column.kind if column else Kind.TEXT),
        )
