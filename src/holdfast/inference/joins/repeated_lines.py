"""Whether lines that repeat another one of their receipt are sales of their own: the same roll rung up twice."""

from collections.abc import Sequence

import polars as pl

from holdfast.inference.profiles.tables import TableProfile, as_keys

_MOST_ROWS = 100_000  # looked at
_FEWEST_REPEATS = 10  # rows, below which nothing is known of them
_VARIES = (
    0.02  # share of the receipts of several lines in which a column differs between lines, from which it is a line's
)
_FEW_GOODS = 0.01  # share of any two lines that are alike, from which on a receipt has two of them now and then
_TIMES_EXPECTED = 1.3  # times the pairs of alike lines that chance brings, from which on copies are among them
_DEVIATIONS = 2.0  # by which chance may differ
_HARDLY_ANY = 0.1  # of the receipts with repeats, those that are all repeated


def lines_repeat_in_few_goods(table: TableProfile, order: str) -> bool:
    """Whether no more lines of a receipt are alike than a small range of goods brings by chance.

    Copies of rows come beside that chance, and a receipt that is written twice repeats all of its lines; both are no
    sales.

    Args:
        table: the log of lines.
        order: the source column that names their receipt.
    """
    rows = table.sample.frame.head(_MOST_ROWS).with_columns(as_keys(table.columns[order]).head(_MOST_ROWS).alias(order))
    rows = rows.filter(pl.col(order).is_not_null())
    if any(dtype.is_nested() for dtype in rows.dtypes) or int(rows.hash_rows().is_duplicated().sum()) < _FEWEST_REPEATS:
        return False
    own = _of_lines(rows, order)
    if not own:
        return False
    lines = rows.select(order, line=pl.struct(own).hash())
    alike = lines.group_by(order, "line").len()
    of_receipt = lines.group_by(order).len()["len"].cast(pl.Float64)
    shares = lines.group_by("line").len()["len"].cast(pl.Float64) / lines.height
    alike_at_all = float((shares * shares).sum())
    expected = _pairs(of_receipt) * alike_at_all
    alike_pairs = _pairs(alike["len"].cast(pl.Float64))
    receipts = alike.group_by(order).agg(
        pl.col("len").min().alias("least"), pl.col("len").max().alias("most"), pl.len().alias("different")
    )
    repeating = receipts.filter(pl.col("most") > 1, pl.col("different") > 1)
    written_twice = repeating.filter(pl.col("least") > 1).height
    is_expected = alike_at_all >= _FEW_GOODS and alike_pairs <= _TIMES_EXPECTED * expected + _DEVIATIONS * expected**0.5
    return is_expected and repeating.height > 0 and written_twice <= _HARDLY_ANY * repeating.height


def _of_lines(rows: pl.DataFrame, order: str) -> Sequence[str]:
    """The columns that differ between the lines of a receipt: goods, units, prices; not its day and customer."""
    several = rows.filter(pl.len().over(order) > 1)
    others = [name for name in rows.columns if name != order]
    different = several.group_by(order).agg(pl.col(name).n_unique() > 1 for name in others)
    shares = different.select(pl.col(name).mean() for name in others).row(0, named=True) if different.height else {}
    return [name for name, share in shares.items() if share is not None and share >= _VARIES]


def _pairs(counts: pl.Series) -> float:
    return float((counts * (counts - 1) / 2).sum())
