"""Finds tables with one column a month, and reads them as one row a customer and month."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.guesses import Sample
from holdfast.inference.profile import profile, share_of
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import MRR, SUBSCRIPTION
from holdfast.notation.month_columns import consecutive_months, months_as_rows
from holdfast.table_settings import MonthColumns

_ALIKE = 0.6  # share of paid months that cost what the month before did


def with_months_as_rows(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, MonthColumns]]:
    """The samples, those with one column a month of recurring revenue by rows; and how each of these is read.

    Sales by month stay as they are: a month without a sale is no row of a log.
    """
    result, settings = [], {}
    for sample in samples:
        across = _month_columns(sample)
        if across is None:
            result.append(sample)
            continue
        rows = months_as_rows(sample.frame, across.format, across.month, across.amount)
        times = rows.height // max(1, sample.frame.height)
        result.append(replace(sample, frame=rows, records=sample.records * times))
        settings[sample.name] = across
    return result, settings


def _month_columns(sample: Sample) -> MonthColumns | None:
    if not sample.headed:
        return None
    layout, months = consecutive_months(sample.frame.columns)
    if not months or len(months) == len(sample.frame.columns):
        return None
    cells = [profile(sample.frame[name]) for name in sorted(months, key=lambda name: months[name])]
    if not all(cell.is_number or not cell.filled for cell in cells):
        return None
    amounts = pl.DataFrame({str(n): cell.all_numbers.cast(pl.Float64) for n, cell in enumerate(cells)})
    is_named = says(sample.name, MRR) or says(sample.name, SUBSCRIPTION)
    if not is_named and _alike(amounts) < _ALIKE:
        return None
    taken = set(sample.frame.columns)
    month, amount = (f"{name}_" if name in taken else name for name in ("month", "mrr" if is_named else "amount"))
    return MonthColumns(format=layout, month=month, amount=amount)


def _alike(amounts: pl.DataFrame) -> float:
    """Share of months with an amount, of those that follow one, whose amount is the same."""
    same: list[pl.Series] = []
    for earlier, current in zip(amounts.columns, amounts.columns[1:], strict=False):
        paid = amounts.filter(pl.col(earlier) > 0, pl.col(current) > 0)
        same.append((paid[earlier] == paid[current]).rename("same"))
    return share_of(pl.concat(same)) if same else 0.0
