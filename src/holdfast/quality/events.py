"""Repairs of event tables that change values: when known, what paid, whose, and what was given back."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from holdfast.column_types import DTYPES, Kind
from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.quality.exclusions import Removed, without
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.parsing.texts import as_text, without_blanks
from holdfast.quality.returns import mark_returns
from holdfast.quality.table_state import POSITION, Draft, where_to_name
from holdfast.settings import FILE_NAME
from holdfast.tables.mapping import through


def note(draft: Draft, step: str, what: str, *, values: int = 0, **facts: int) -> Draft:
    """The draft with one more ledger entry (no row lost) and the facts that checks will report."""
    height = draft.table.height
    entry = LedgerEntry(draft.name, step, what, height, height, rows_changed=values, values_changed=values)
    return replace(draft, ledger=(*draft.ledger, entry), facts={**draft.facts, **facts})


def find_customers(draft: Draft, drafts: Mapping[str, Draft], raw: Mapping[str, pl.DataFrame]) -> Draft:
    """Find the customer of each row in the table that the settings name, where this one carries no id."""
    link = draft.settings.through
    if link is None:
        return draft
    other = drafts.get(link.table)
    if other is None:
        raise HoldfastError(
            f'{FILE_NAME}: tables.{draft.name}.through.table is "{link.table}", no table of the project.',
            fix=f"In {FILE_NAME}, tables.{draft.name}.through: {{table: ONE OF {', '.join(drafts)}, on: COLUMN}}",
        )
    mine, theirs = _with_key(draft, link.on, raw), _with_key(other, link.on, raw)
    if "customer_id" not in theirs.columns:
        raise HoldfastError(
            f"{draft.name}: its customers are to be found in {link.table}, which holds no customer_id.",
            fix=where_to_name(other, "customer_id", Kind.TEXT),
        )
    found = through(mine, theirs, link.on)
    extra = [link.on] if link.on not in draft.table.columns else []
    early = {}
    if "happened_at" in mine.columns and "happened_at" in theirs.columns:
        began = (
            theirs.select(link.on, began="happened_at").drop_nulls().unique(link.on, keep="first", maintain_order=True)
        )
        times = mine.select(link.on, "happened_at").join(began, on=link.on)
        early = {"before_link": times.filter(pl.col("happened_at") < pl.col("began")).height, "linked": times.height}
    return note(
        replace(draft, table=found.table.drop(extra)),
        "through",
        f"Customer found in {link.table} by {link.on}.",
        values=int(found.table["customer_id"].is_not_null().sum()),
        through_not_found=found.not_found,
        through_ambiguous=found.repeated_keys,
        **early,
    )


def _with_key(draft: Draft, key: str, raw: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    if key in draft.table.columns:
        return draft.table.with_columns(as_text(draft.table[key]).alias(key))
    source = raw[draft.name]
    if key not in source.columns:
        raise HoldfastError(
            f'{draft.name}: no column "{key}", by which its customers are to be found; '
            f"it has {', '.join(source.columns[:12])}.",
            fix=where_to_name(draft, key, Kind.TEXT),
        )
    values = without_blanks(as_text(source[key]), draft.settings.read.missing)[draft.table[POSITION]]
    return draft.table.with_columns(values.alias(key))


def complete(draft: Draft) -> Draft:
    """Fill known_at and amount where they follow from other columns, and give money back its minus sign."""
    there = draft.table.columns
    if "known_at" in there:
        missing = int((draft.table["known_at"].is_null() & draft.table["happened_at"].is_not_null()).sum())
        table = draft.table.with_columns(pl.col("known_at").fill_null(pl.col("happened_at")))
    else:
        missing = draft.table.height
        table = draft.table.with_columns(pl.col("happened_at").alias("known_at"))
    draft = note(
        replace(draft, table=table),
        "known_at",
        "When the business could know of it was not given: taken as when it happened.",
        values=missing,
        known_at_defaulted=missing,
    )
    if draft.contract.name != "transactions":
        return draft
    if {"quantity", "unit_price"} <= set(there):
        draft = _amount_from_price(draft)
    return _sign_of_amount(draft) if {"quantity", "amount"} <= set(draft.table.columns) else draft


def _amount_from_price(draft: Draft) -> Draft:
    product = pl.col("quantity") * pl.col("unit_price")
    given = pl.col("amount") if "amount" in draft.table.columns else pl.lit(None, pl.Float64)
    table = draft.table.with_columns(given.fill_null(product).alias("amount"))
    before = draft.table["amount"].null_count() if "amount" in draft.table.columns else table.height
    filled = before - table["amount"].null_count()
    return note(replace(draft, table=table), "amount", "Amount taken as quantity x unit price.", values=filled)


def _sign_of_amount(draft: Draft) -> Draft:
    wrong = (pl.col("quantity") < 0) & (pl.col("amount") > 0)
    if "unit_price" in draft.table.columns:
        wrong &= pl.col("unit_price").fill_null(0) >= 0
    count = int(draft.table.select(wrong.sum()).item())
    table = draft.table.with_columns(pl.when(wrong).then(-pl.col("amount")).otherwise("amount").alias("amount"))
    what = "Amounts of a negative quantity were written without their minus sign."
    return note(replace(draft, table=table), "signs", what, values=count)


def net_returns(draft: Draft) -> tuple[Draft, list[Removed]]:
    """Mark returns, link them to their sales, and set aside pairs that cancel each other within a day."""
    if draft.contract.name != "transactions":
        return draft, []
    found = mark_returns(draft.table)
    pairs = Removed(
        "cancelled_the_same_day",
        "A sale and its full return, both known on the same day: they cancel each other.",
        draft.table[POSITION].filter(found.same_day),
    )
    draft = without(replace(draft, table=found.table), [pairs], ~found.same_day)
    *earlier, last = draft.ledger
    draft = replace(draft, ledger=(*earlier, replace(last, netted=len(pairs.positions))))
    draft = note(
        draft,
        "returns",
        "Returns kept at their own time with a negative amount, and linked to the sale before them where there is one.",
        values=found.linked - len(pairs.positions) // 2,
        returns=found.returns,
        returns_linked=found.linked,
        returns_beyond_sale=found.beyond,
    )
    return draft, [pairs]


def typed(draft: Draft) -> pl.DataFrame:
    """The table as the rest of the product sees it: contract columns first, required ones always there.

    Raises:
        HoldfastError: a required column is neither mapped nor found by a join.
    """
    lacking = [name for name in draft.contract.required if name not in draft.table.columns]
    if lacking:
        column = draft.contract.column(lacking[0])
        raise HoldfastError(
            f"{draft.name}: {plural(len(lacking), 'required column')} not given: {', '.join(lacking)}.",
            fix=where_to_name(draft, lacking[0], column.kind if column else Kind.TEXT),
        )
    order = [column.name for column in draft.contract.columns if column.name in draft.table.columns]
    own = [name for name in draft.table.columns if name not in order and name != POSITION]
    types = [DTYPES[column.kind] for column in draft.contract.columns if column.name in order]
    promised = [draft.table[name].cast(dtype) for name, dtype in zip(order, types, strict=True)]
    return draft.table.select(*promised, *own)
