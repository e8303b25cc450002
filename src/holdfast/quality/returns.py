"""Finds returns among purchases and links each to its sale; a return stays at the time it happened.

A return never rewrites its sale, for the sale was true until then; only a sale and its full return
that both became known on the same day (UTC) are taken out together. Cutoffs are midnights, so no cutoff sees half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

_UNITS_OF_PRICE = 10_000  # prices are compared as whole ten-thousandths
_NEAR_THE_MIDDLE, _MOST_UNITS = 1e-3, 1e12
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Returns:
    """A table of purchases with its returns marked."""

    table: pl.DataFrame  # with is_return and, where orders have ids, returned_order
    same_day: pl.Series  # (n,) rows of pairs that cancel each other within a day
    returns: int = 0
    linked: int = 0  # returns whose sale was found
    beyond: int = 0  # returns of more units than the sales before them hold


@dataclass
class _Open:
    position: int
    units: float
    left: float


@dataclass
class _Shelf:
    """Sales of one customer, product and price that may still be returned; the latest on top."""

    stack: list[_Open] = field(default_factory=list)
    whole: dict[float, list[_Open]] = field(default_factory=dict)

    def add(self, sale: _Open) -> None:
        self.stack.append(sale)
        self.whole.setdefault(sale.units, []).append(sale)

    def take(self, units: float) -> tuple[_Open | None, bool, float]:
        """The first sale that `units` come from, whether all of it goes back at once, and the units left over."""
        same = self.whole.get(units, [])
        while same and same[-1].left != same[-1].units:
            same.pop()
        if same:
            sale = same.pop()
            sale.left = 0.0
            return sale, True, 0.0
        first: _Open | None = None
        while units > 0:
            while self.stack and self.stack[-1].left <= 0:
                self.stack.pop()
            if not self.stack:
                break
            sale = self.stack[-1]
            first = first or sale
            taken = min(units, sale.left)
            sale.left -= taken
            units -= taken
        return first, False, units


def mark_returns(purchases: pl.DataFrame) -> Returns:
    """Mark the rows that give money back and link each to the latest earlier sale it can belong to.

    Same customer, same product, same price; a sale of the same quantity first, else the latest with units left.
    A sale is earlier when the business knew of it first.

    Args:
        purchases: customer_id, happened_at, known_at, and what there is of quantity, unit_price, amount, product,
            order_id.
    """
    columns = set(purchases.columns)
    signs = [pl.col(name) < 0 for name in ("quantity", "amount") if name in columns]
    no_pair = pl.repeat(False, purchases.height, dtype=pl.Boolean, eager=True).alias("same_day")
    if not signs:
        return Returns(purchases, no_pair)
    marked = purchases
    if "is_return" not in columns:
        marked = marked.with_columns(pl.any_horizontal(signs).fill_null(False).alias("is_return"))
    if "order_id" in columns and "returned_order" not in columns:
        marked = marked.with_columns(pl.lit(None, pl.String).alias("returned_order"))
    returns = int(marked["is_return"].sum())
    lines = _candidates(marked) if returns else marked.clear()
    if not lines.height:
        return Returns(marked, no_pair, returns)
    links, pairs, beyond = _matched(lines.select(_MATCHED_BY).iter_rows())
    if "order_id" in columns and "returned_order" not in columns and links:
        sale_order = marked["order_id"].gather(list(links.values()))
        marked = marked.with_columns(marked["returned_order"].scatter(list(links), sale_order))
    return Returns(
        marked,
        no_pair.scatter(pairs, True) if pairs else no_pair,
        returns,
        len(links),
        beyond,
    )


def _candidates(marked: pl.DataFrame) -> pl.DataFrame:
    columns = set(marked.columns)
    units = pl.col("quantity").abs().fill_null(1.0) if "quantity" in columns else pl.lit(1.0)
    if "unit_price" in columns:
        price = pl.col("unit_price").abs()
    elif "amount" in columns:
        price = (pl.col("amount") / units).abs()
    else:
        price = pl.lit(0.0)
    keys = ["customer_id", *(["product"] if "product" in columns else []), "price"]
    visible = pl.max_horizontal("happened_at", "known_at")
    lines = (
        marked.lazy()
        .select(
            # Not with_row_index, which would need a name that no column of the user's own has.
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"),
            "customer_id",
            *(["product"] if "product" in columns else []),
            (price * _UNITS_OF_PRICE).round().cast(pl.Int64, strict=False).alias("price"),
            units.alias("units"),
            "is_return",
            "happened_at",
            visible.alias("learnt"),
            pl.col("happened_at").dt.date().alias("day"),
            visible.dt.date().alias("learnt_day"),
        )
        .filter(pl.col("units") > 0, pl.col("price").is_not_null())
    )
    groups = lines.filter("is_return").select(keys).unique(maintain_order=True).with_row_index("group")
    return (
        lines.join(groups, on=keys, how="inner", nulls_equal=True)
        .sort("group", "learnt", "is_return", "happened_at", "place")
        .collect()
    )


LINKED_BY = ("happened_at", "known_at", "quantity", "unit_price", "amount", "product")  # what `linked_returns` reads


def linked_returns(rows: Mapping[str, Sequence[Any]], is_return: Sequence[bool]) -> tuple[dict[int, int], bool] | None:
    """What `mark_returns` finds in a few rows of one customer, without a table library.

    Args:
        rows: columns as in `mark_returns`; times are microseconds since 1970.
        is_return: (n,)

    Returns:
        Row of a return -> row of its sale; and whether any pair cancels each other within a day. None: a price lies
        too close to the middle between two units for it to be certain how it is rounded.
    """
    groups: dict[tuple[Any, int], list[tuple[int, bool, int, int, float]]] = {}
    of_returns: dict[tuple[Any, int], None] = {}
    happened, known_at, none = rows["happened_at"], rows["known_at"], (None,) * len(is_return)
    quantities, products = rows.get("quantity", none), rows.get("product", none)
    for row, back in enumerate(is_return):
        units = 1.0 if quantities[row] is None else abs(quantities[row])
        price = _price(rows, row, units) if units > 0 else None
        if price is None:
            continue
        in_units = price * _UNITS_OF_PRICE
        if abs(in_units % 1.0 - 0.5) < _NEAR_THE_MIDDLE or in_units > _MOST_UNITS:
            return None
        key = products[row], round(in_units)
        if back:
            of_returns[key] = None
        visible = max(happened[row], known_at[row])
        groups.setdefault(key, []).append((visible, back, happened[row], row, units))
    lines = (
        (row, group, units, back, moment // _DAY, visible // _DAY, moment)
        for group, key in enumerate(of_returns)
        for visible, back, moment, row, units in sorted(groups[key])
    )
    links, pairs, _ = _matched(lines)
    return links, bool(pairs)


def _price(rows: Mapping[str, Sequence[Any]], row: int, units: float) -> float | None:
    """Of one unit."""
    if "unit_price" in rows:
        price = rows["unit_price"][row]
        return None if price is None else abs(price)
    if "amount" not in rows:
        return 0.0
    amount = rows["amount"][row]
    return None if amount is None else abs(amount / units)


_MATCHED_BY = ("place", "group", "units", "is_return", "day", "learnt_day", "happened_at")


def _matched(lines: Iterable[tuple[Any, ...]]) -> tuple[dict[int, int], list[int], int]:
    """Lines by `_MATCHED_BY` in; sales by their returns, rows of pairs within a day, and returns beyond sales out."""
    links: dict[int, int] = {}
    pairs: list[int] = []
    beyond, group, shelf = 0, -1, _Shelf()
    when: dict[int, tuple[Any, Any, Any]] = {}
    for position, its_group, units, is_return, *days, happened in lines:
        if its_group != group:
            group, shelf, when = its_group, _Shelf(), {}
        when[position] = (days[0], days[1], happened)
        if not is_return:
            shelf.add(_Open(position, units, units))
            continue
        sale, whole, left_over = shelf.take(units)
        beyond += left_over > 0
        if sale is None or when[sale.position][2] > happened:
            continue
        links[position] = sale.position
        if whole and when[sale.position][:2] == when[position][:2]:
            pairs += [sale.position, position]
    return links, pairs, beyond
