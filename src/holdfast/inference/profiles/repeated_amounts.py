"""How the rows of one value of a column lie to those of its others: whether their amounts stand there already."""

from dataclasses import dataclass

import polars as pl

_MOST_ROWS = 200_000  # looked at; of more, those of some amounts
_FEWEST = 8  # rows of a value whose amounts can be compared
_ALL = 0.9  # share of its rows that repeat another's
_ON_ONE_DAY = 0.1  # of the other rows that repeat one of their own kind on the same day
_BY_HABIT = 0.5  # on any day: who pays the same each time repeats himself
_EACH = 0.5  # share of the others' rows that are repeated, from which on each of them is


@dataclass(frozen=True)
class Repeats:
    """That nearly all rows of a value have an amount that stands in a row of another value too."""

    share: float
    is_same_day: bool
    of_each: bool  # most rows of the other values are repeated, not a few of them


def repeats_by_value(
    values: pl.Series, amounts: pl.Series, who: pl.Series | None, day: pl.Series | None
) -> dict[str, Repeats]:
    """The values whose rows repeat the amounts of the other values' rows; not the value of most rows.

    Args:
        values: (n,) the column's text of each row.
        amounts: (n,) the money of each row.
        who: (n,) the customer of each row, where one is named.
        day: (n,) the day of each row, where there is one.
    """
    columns = {"value": values, "amount": amounts.abs().round(2)}
    columns |= {"who": who} if who is not None else {}
    columns |= {"day": day} if day is not None else {}
    rows = pl.DataFrame(columns).drop_nulls(["value", "amount"]).filter(pl.col("amount") > 0)
    if rows.height > _MOST_ROWS:
        rows = rows.filter(pl.col("amount").hash(seed=0) % (rows.height // _MOST_ROWS + 1) == 0)
    most = rows["value"].value_counts(sort=True)
    if most.height < 2:
        return {}
    main = str(most["value"][0])
    keys = [["amount", *names] for names in (("who", "day"), ("who",), ("day",)) if set(names) <= set(columns)]
    shown: dict[str, Repeats] = {}
    for key in keys:
        for value, repeats in _by_key(rows.drop_nulls(key), key, main).items():
            shown.setdefault(value, repeats)
    return shown


def _by_key(rows: pl.DataFrame, key: list[str], main: str) -> dict[str, Repeats]:
    each = rows.group_by(*key, "value").agg(own=pl.len())
    of_key = each.group_by(key).agg(kinds=pl.len())
    shares = (
        each.join(of_key, on=key)
        .group_by("value")
        .agg(
            rows=pl.col("own").sum(),
            again=pl.col("own").filter(pl.col("kinds") > 1).sum(),
            itself=pl.col("own").filter(pl.col("own") > 1).sum(),
        )
    )
    own = {str(value): numbers for value, *numbers in shares.iter_rows()}
    if main not in own:
        return {}
    count, again, itself = own[main]
    is_same_day = "day" in key
    limit = _ON_ONE_DAY if is_same_day else _BY_HABIT
    if itself / count > limit:
        return {}
    return {
        value: Repeats(repeated / total, is_same_day, again / count >= _EACH)
        for value, (total, repeated, _) in own.items()
        if value != main and total >= _FEWEST and repeated / total >= _ALL
    }
