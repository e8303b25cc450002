"""What the order of events says of their kinds: which begin, end or go on, and whether they are of subscriptions.

Rows come in order of their unit and time.
"""

from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import share_of
from holdfast.meanings import Meaning

BEGINS = frozenset({Meaning.START, Meaning.TRIAL, Meaning.RESUME, Meaning.RUNNING, Meaning.TRIALING})
PAYS = frozenset({Meaning.SALE, Meaning.RENEWAL, Meaning.PENDING})
GOES_ON = frozenset({*BEGINS, *PAYS, Meaning.UPGRADE, Meaning.DOWNGRADE, Meaning.PAST_DUE})
ENDS = frozenset({Meaning.END, Meaning.ENDED})
FEWEST_LAST = 20  # rows of a kind that prove what it is
_SETTLED = 0.8  # share of rows in the order of a subscription
_FEW = 5  # rows that prove nothing
_TERMINAL = 0.8  # share of the rows of a kind that are the last of their customer
_FIRST = 0.95  # share of the rows of a kind that are the first of their customer
_PAID = 0.8  # share of them with a price
_PRECEDED = 0.5  # share of the ends that something going on comes before: else the column holds states, not events


@dataclass(frozen=True)
class Order:
    """Whether begins and ends follow each other as those of subscriptions do."""

    holds: bool
    words: str
    last: float = 0.0  # share of the ends that are the last event
    ends: int = 0


def in_order(rows: pl.DataFrame) -> Order:
    """Nothing but another begin follows an end, and nothing begins that runs."""
    ordered = rows.drop_nulls("meaning")
    meaning, before = pl.col("meaning"), pl.col("meaning").shift(1).over("unit")
    stops = [*(end.value for end in ENDS), Meaning.NOTICE.value]
    ordered = ordered.with_columns(before=before)
    after_end = ordered.filter(pl.col("before").is_in([end.value for end in ENDS]))
    starts = ordered.filter(meaning == Meaning.START)
    goes_on = share_of(after_end["meaning"].is_in([*(begin.value for begin in BEGINS), *stops]))
    fresh = starts["before"].is_null() | starts["before"].is_in([*stops, Meaning.TRIAL.value, Meaning.PAUSE.value])
    ends = ordered.filter(meaning.is_in([end.value for end in ENDS])).height
    last = 1 - after_end.height / ends if ends else 0.0
    texts = [f"{percent(last)} of the ends are the last event"] if ends else []
    if starts.height:
        texts.append(f"{percent(share_of(fresh))} of the begins come where nothing ran")
    going_on = [*(each.value for each in GOES_ON), Meaning.PAUSE.value, Meaning.PAUSED.value, Meaning.NOTICE.value]
    before_ends = ordered.filter(meaning.is_in([end.value for end in ENDS]))["before"]
    preceded = share_of(before_ends.is_in(going_on).fill_null(value=False))
    if ends and preceded < _PRECEDED:
        return Order(
            holds=False, words=f"only {percent(preceded)} of the ends follow something that ran", last=last, ends=ends
        )
    holds = (after_end.height < _FEW or goes_on >= _SETTLED) and (not starts.height or share_of(fresh) >= _SETTLED)
    return Order(holds and (ends > 0 or starts.height > 0), ", ".join(texts), last, ends)


def last_kinds(rows: pl.DataFrame) -> dict[str, int]:
    """Kinds without a meaning that are nearly always the last event of their customer, with their rows.

    A word for leaving that is not known looks like this, and so does nothing else.
    """
    by_unit = rows.with_columns(is_last=pl.col("unit") != pl.col("unit").shift(-1))
    counts = by_unit.group_by("kind").agg(
        pl.len().alias("rows"), pl.col("is_last").fill_null(value=True).mean(), pl.col("meaning").first()
    )
    usual = share_of(by_unit["is_last"])
    last = counts.filter(
        pl.col("meaning").is_null(),
        pl.col("rows") >= FEWEST_LAST,
        pl.col("is_last") >= _TERMINAL,
        pl.lit(usual <= _TERMINAL / 2),
    )
    return {str(kind): int(count) for kind, count in last.select("kind", "rows").sort("kind").iter_rows()}


def first_kinds(rows: pl.DataFrame) -> list[str]:
    """Kinds without a meaning that are paid and nearly always their customer's first event, or the next after an end.

    Args:
        rows: unit, time, kind, meaning, and the price where one is known.
    """
    if "price" not in rows.columns or bool(rows["meaning"].is_in([Meaning.START.value]).any()):
        return []
    stops = [end.value for end in ENDS]
    is_again = pl.col("meaning").forward_fill().shift(1).over("unit").is_in(stops).fill_null(value=False)
    is_first = (pl.col("unit") != pl.col("unit").shift(1)).fill_null(value=True)
    by_unit = rows.with_columns(is_first=is_first | is_again)
    counts = by_unit.group_by("kind").agg(
        pl.len().alias("rows"),
        pl.col("is_first").mean(),
        (pl.col("price") > 0).fill_null(value=False).mean().alias("paid"),
        pl.col("meaning").first(),
    )
    first = counts.filter(
        pl.col("meaning").is_null(),
        pl.col("rows") >= FEWEST_LAST,
        pl.col("is_first") >= _FIRST,
        pl.col("paid") >= _PAID,
    )
    return sorted(first["kind"].cast(pl.String).to_list())


def paid_begins(rows: pl.DataFrame) -> list[str]:
    """Kinds whose rows show that they begin a paid subscription, whatever their word says of trials.

    Of two kinds of trials, a free one and a paid one, the paid one is how the trial was taken up; what is paid and
    comes after an end subscribes again.

    Args:
        rows: unit, time, kind, meaning, and the price where one is known.
    """
    if "price" not in rows.columns:
        return []
    ends = [end.value for end in ENDS]
    ordered = rows.with_columns(before=pl.col("meaning").forward_fill().shift(1).over("unit"))
    counts = ordered.group_by("kind").agg(
        pl.len().alias("rows"),
        (pl.col("price") > 0).fill_null(value=False).mean().alias("paid"),
        pl.col("before").is_in(ends).fill_null(value=False).mean().alias("again"),
        pl.col("meaning").first(),
    )
    is_trial, is_paid = pl.col("meaning") == Meaning.TRIAL, pl.col("paid") >= _PAID
    has_free_trials = counts.filter(is_trial, pl.col("paid") <= 1 - _PAID).height > 0
    begins = counts.filter(
        pl.col("rows") >= _FEW,
        is_paid & ((is_trial & has_free_trials) | (pl.col("meaning").is_null() & (pl.col("again") >= _SETTLED))),
    )
    return sorted(begins["kind"].cast(pl.String).to_list())
