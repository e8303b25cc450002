"""Tables of lines whose orders' fields stand on the first line of each order only: they are carried to all lines."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.guesses import Sample, TableGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.recipes.match import match
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ORDER_ID
from holdfast.table_settings import CarrySettings

_FEWEST_ORDERS = 10  # of several lines
_FEWEST_FIELDS = 2  # that every first line fills; one alone may be anything
_NEARLY_ALL = 0.99  # a sample may begin within an order


def with_order_fields_carried(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, CarrySettings]]:
    """The samples, order fields on each line of their order; and how each of these is read; recipes say their own."""
    result, settings = [], {}
    for sample in samples:
        is_known = not sample.headed or bool(match(sample.frame.columns))
        carry = None if is_known else _carry(sample.frame)
        if carry is None:
            result.append(sample)
            continue
        settings[sample.name] = carry
        result.append(replace(sample, frame=with_first_lines_carried(sample.frame, carry)))
    return result, settings


def with_first_lines_carried(rows: pl.DataFrame, carry: CarrySettings) -> pl.DataFrame:
    """The rows, empty cells of the order's fields as texts from the line before within one order."""
    run = _text(carry.by).rle_id()
    return rows.with_columns(_text(name).forward_fill().over(run).alias(name) for name in carry.columns)


def carried_where_used(table: TableGuess, carry: CarrySettings) -> TableGuess:
    """The table with those fields carried down that it uses."""
    used = {source for column in table.columns for source in (column.source, *column.otherwise, *column.plus)}
    columns = tuple(name for name in carry.columns if name in used)
    return replace(table, carry_down=carry.model_copy(update={"columns": columns})) if columns else table


def _text(name: str) -> pl.Expr:
    """A column as texts, blank ones null."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(pl.col(name).cast(pl.String))


def _carry(rows: pl.DataFrame) -> CarrySettings | None:
    """The order's column, and those that none but the first line of an order fills; None where there are none."""
    if any(dtype.is_nested() for dtype in rows.dtypes):
        return None
    for order in (name for name in rows.columns if says(name, ORDER_ID)):
        run = rows.select(_text(order).rle_id()).to_series()
        is_first = run.is_first_distinct()
        if bool(rows.select(_text(order).is_null().any()).item()):
            continue
        of_several = is_first & run.is_duplicated()
        if int(of_several.sum()) < _FEWEST_ORDERS:
            continue
        filled = rows.select(_text(name).is_not_null().alias(name) for name in rows.columns if name != order)
        on_first_only = [name for name in filled.columns if filled[name].any() and not (filled[name] & ~is_first).any()]
        complete = [name for name in on_first_only if share_of(filled[name].filter(of_several)) >= _NEARLY_ALL]
        if len(complete) >= _FEWEST_FIELDS:
            return CarrySettings(by=order, columns=tuple(on_first_only))
    return None
