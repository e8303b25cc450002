"""How late the payments of subscriptions come: so many days after a paid term, silence is an end."""

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess
from holdfast.inference.profiles.columns import share_of

_MONTHS = (1, 3, 6, 12)
_NEAR_DAYS = 20.0  # by which a payment may lie beside the day that a term ends, to be the next one
_FEWEST = 100  # payments that follow another one
_MOST_DAYS = 6  # days of grace, from which on the usual ones are as good
_NEARLY_ALL = 0.99  # share of the payments that come by then


def grace_of(payments: pl.DataFrame) -> tuple[int, tuple[Guess, ...]]:
    """The days of grace where nearly all payments come on the day that their term begins; 0 where they do not.

    Args:
        payments: unit, time, end of what was paid; the end of its term is null where the file has none.
    """
    following = pl.col("time").shift(-1).over("unit")
    rows = payments.sort("unit", "time").with_columns(following=following).drop_nulls("following")
    rows = rows.filter(pl.col("following") > pl.col("time"))
    ends = [pl.col("end"), *(pl.col("time").dt.offset_by(f"{months}mo") for months in _MONTHS)]
    late = [(pl.col("following") - end).dt.total_seconds() / 86_400 for end in ends]
    nearest = rows.select(
        late=pl.coalesce(
            late[0],
            pl.concat_list(late[1:]).list.eval(pl.element().sort_by(pl.element().abs())).list.first(),
        )
    )["late"].drop_nulls()
    nearest = nearest.filter(nearest.abs() <= _NEAR_DAYS)
    if len(nearest) < _FEWEST:
        return 0, ()
    days = next((days for days in range(1, _MOST_DAYS + 1) if share_of(nearest <= days) >= _NEARLY_ALL), 0)
    if not days:
        return 0, ()
    on_time = percent(share_of(nearest <= days))
    evidence = f"{on_time} of {len(nearest):,} payments come within {plural(days, 'day')} of the begin of their term"
    return days, (Guess("subscriptions.grace_days", str(days), 0.8, evidence, "subscriptions.grace_days"),)
