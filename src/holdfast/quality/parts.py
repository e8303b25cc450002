"""Items and payments of orders in; the orders with the sum of their parts as their amount out."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.money import REFUNDS, means
from holdfast.quality.table_state import TableState, entered
from holdfast.settings import FILE_NAME, Settings
from holdfast.stats.sums import total_of

KEY = "order_id"  # our name of the column by which parts find their order


def add_parts(states: Mapping[str, TableState], settings: Settings) -> dict[str, TableState]:
    """Sum each table of parts into the rows of the table that its `parts_of` names.

    An order that says its own amount keeps it; of several tables of parts the first with amounts counts. Parts whose
    status says that no money came add nothing, refunds are taken off; parts that all are money given back are taken
    off at the day of the order. Parts of orders that are not there are counted in the ledger: their money is nobody's.

    Raises:
        HoldfastError: parts of a table that does not exist, or that holds no order_id; parts in several currencies.
    """
    result = dict(states)
    # What was given back is taken off amounts that other parts may tell.
    for state in sorted(states.values(), key=_gives_back):
        link = state.settings.parts_of
        if state.contract.name != "parts" or link is None:
            continue
        parts, whole, their = state, result.get(link.table), link.their or KEY
        if _gives_back(state) and whole is not None and whole.settings.parts_of is not None:
            parts, link = _of_the_order(state, whole, their), whole.settings.parts_of
            whole, their = result.get(link.table), link.their or KEY
        if whole is None or their not in whole.table.columns:
            raise HoldfastError(
                f'{FILE_NAME}: tables.{state.name}.parts_of.table is "{link.table}", '
                f"{f'which holds no {their}' if whole else 'no table of the project'}.",
                fix=f"In {FILE_NAME}, tables.{state.name}.parts_of: {{table: YOUR_ORDERS, on: order_id}}, "
                "with order_id among the columns of both.",
            )
        if KEY in parts.table.columns and {"amount", "unit_price"} & set(parts.table.columns):
            add = _less_given_back if _gives_back(state) else _with_amounts
            result[link.table] = add(whole, _in_one_currency(parts, settings), their)
    return result


def _of_the_order(refunds: TableState, payments: TableState, their: str) -> TableState:
    """Refunds that name a payment, with the order that this is a payment of in its stead."""
    if not {KEY, their} <= set(payments.table.columns) or KEY not in refunds.table.columns:
        return refunds
    named = payments.table.select(pl.col(their).alias("_named"), pl.col(KEY).alias("_order"))
    joined = refunds.table.join(
        named.drop_nulls().unique("_named", keep="first", maintain_order=True), left_on=KEY, right_on="_named",
        how="left", maintain_order="left",
    )  # fmt: skip
    return replace(refunds, table=joined.with_columns(pl.col("_order").alias(KEY)).drop("_order"))


def _gives_back(parts: TableState) -> bool:
    return parts.settings.money is not None and parts.settings.money.gives_back


def _in_one_currency(parts: TableState, settings: Settings) -> TableState:
    money = parts.settings.money
    if money is None or money.currency not in parts.table.columns:
        return parts
    code = pl.col(money.currency).cast(pl.String).str.strip_chars().str.to_uppercase()
    codes = parts.table.select(code).to_series().drop_nulls().unique().sort()
    keep = settings.currencies.keep.upper()
    if keep:
        return replace(parts, table=parts.table.filter((code == keep).fill_null(value=True)))
    if len(codes) > 1:
        raise HoldfastError(
            f"{parts.name}: amounts in {len(codes)} currencies ({', '.join(codes)}), which cannot be added up.",
            fix=f"In {FILE_NAME}, set currencies: {{keep: {codes[0]}}} to count one of them only, or bring the file "
            "with its amounts in one currency.",
        )
    return parts


def _with_amounts(whole: TableState, parts: TableState, their: str) -> TableState:
    counted = _counted(parts)
    sums = (
        counted.drop_nulls([KEY, "amount"]).group_by(KEY, maintain_order=True).agg(pl.col("amount").sum().alias("_sum"))
    )
    joined = whole.table.join(sums, left_on=their, right_on=KEY, how="left", maintain_order="left")
    amount = pl.col("amount") if "amount" in whole.table.columns else pl.lit(None, pl.Float64)
    table = joined.with_columns(amount.fill_null(pl.col("_sum").round(6)).alias("amount")).drop("_sum")
    orphans = parts.table.join(whole.table.select(their), left_on=KEY, right_on=their, how="anti").height
    without_money = parts.table.height - counted.height
    not_counted = f"; {plural(without_money, 'row')} brought no money, by their status" if without_money else ""
    what = f"Amount summed from {parts.name}; {plural(orphans, 'row')} of it belong to no order{not_counted}."
    before = whole.table["amount"].null_count() if "amount" in whole.table.columns else whole.table.height
    filled = before - table["amount"].null_count()
    height = table.height
    entry = LedgerEntry(whole.name, f"parts:{parts.name}", what, height, height, values_changed=filled)
    return replace(whole, table=table, ledger=(*whole.ledger, entry))


def _less_given_back(whole: TableState, parts: TableState, their: str) -> TableState:
    """The orders less what their parts gave back, never more than they are; of several rows of an order, the first."""
    if "amount" not in whole.table.columns:
        return whole
    sums = _counted(parts).drop_nulls([KEY, "amount"]).group_by(KEY, maintain_order=True)
    joined = whole.table.join(
        sums.agg(pl.col("amount").abs().sum().alias("_back")), left_on=their, right_on=KEY, how="left",
        maintain_order="left",
    )  # fmt: skip
    amount = pl.col("amount")
    is_sale = (amount > 0) & pl.col("_back").is_not_null() & pl.col(their).is_first_distinct()
    back = pl.when(is_sale).then(pl.min_horizontal("_back", amount)).otherwise(0.0)
    table = joined.with_columns(amount=(amount - back).round(6), _back=back)
    taken_off = table["_back"]
    what = f"What {parts.name} gave back of an order is taken off it."
    return entered(
        replace(whole, table=table.drop("_back")), REFUNDS, what, int((taken_off > 0).sum()), total_of(taken_off)
    )


def _counted(parts: TableState) -> pl.DataFrame:
    """The parts that brought money or gave it back, with their amount."""
    rows = parts.table
    columns = set(rows.columns)
    amount = pl.col("amount") if "amount" in columns else pl.lit(None, pl.Float64)
    if {"quantity", "unit_price"} <= columns:
        amount = amount.fill_null(pl.col("quantity") * pl.col("unit_price"))
    given_back = means(parts, Meaning.REFUND)
    if given_back is not None:
        amount = pl.when(given_back).then(-amount.abs()).otherwise(amount)
    without_money = means(parts, *EXCLUDED)
    rows = rows.with_columns(amount.alias("amount"))
    return rows if without_money is None else rows.filter(~without_money)
