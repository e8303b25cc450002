"""What events do to what is paid, by their amounts and their places: changes of a price, kinds that no word explains.

amounts_are_changes(rows) -> whether each amount says by how much the price changes, and is not the price from then on
kinds_by_place(rows) -> kinds without a meaning whose places or prices show one
likely_pauses(rows) -> two kinds that lie to each other as a pause and its end do
kinds_by_sums(table, units, times, taken) -> kinds whose signed amounts add up to nothing with one of them
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import permutations

import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.event_order import ENDS
from holdfast.meanings import Meaning

_FEWEST = 10  # subscriptions or rows that prove something
_NEARLY, _MOSTLY = 0.95, 0.8
_CENT, _SLACK = 0.011, 0.001
_FEWEST_KINDS, _MOST_KINDS = 3, 12
_MOST_COLUMNS = 8
_ONCE = 0.2  # share of the customers with several begins, up to which they subscribe and do not buy again and again
_STOPS = [end.value for end in ENDS]
_FALLS = [*_STOPS, Meaning.DOWNGRADE.value, Meaning.PAUSE.value]


@dataclass(frozen=True)
class KindsBySums:
    """A column of kinds and one of amounts that add up to nothing once a subscription has ended."""

    source: str
    amount: str
    meanings: Mapping[str, Meaning | None]


def amounts_are_changes(rows: pl.DataFrame) -> bool:
    """Whether amounts add up to what is paid: begin, rises and falls together come to the amount of the end.

    Args:
        rows: unit, time, meaning, and the price where one is known; in order of their unit and time.
    """
    if "price" not in rows.columns:
        return False
    is_end = pl.col("meaning").is_in(_STOPS).fill_null(value=False)
    run = is_end.cast(pl.Int32).cum_sum().shift(1).fill_null(0).over("unit")
    falls = pl.col("meaning").is_in(_FALLS).fill_null(value=False)
    change = pl.when(falls).then(-pl.col("price").abs()).otherwise("price").fill_null(0.0)
    changing = pl.col("meaning").is_in([Meaning.UPGRADE.value, Meaning.DOWNGRADE.value]).fill_null(value=False)
    priced = (pl.col("price").fill_null(0.0) != 0) & (is_end | changing)
    runs = rows.with_columns(run=run, change=change, priced=priced, is_end=is_end, changing=changing)
    whole = runs.group_by("unit", "run").agg(
        pl.col("change").sum(),
        pl.col("change").max().alias("most"),
        (pl.col("priced") & pl.col("is_end")).any().alias("ended"),
        (pl.col("priced") & pl.col("changing")).any().alias("changed"),
    )
    ended = whole.filter("ended", "changed")
    if ended.height >= _FEWEST:
        return share_of(ended["change"].abs() <= _CENT + _SLACK * ended["most"]) >= _MOSTLY
    # Where an end has no amount: what falls is negative, which no price is.
    fallen = rows.filter(pl.col("meaning") == Meaning.DOWNGRADE)["price"].drop_nulls()
    return len(fallen) >= _FEWEST and share_of(fallen < 0) >= _NEARLY


def kinds_by_place(rows: pl.DataFrame) -> dict[str, Meaning]:
    """The kinds without a meaning that follow a pause alone, that lead to a going on alone, or that change the price.

    Args:
        rows: unit, time, kind, meaning, and the price where one is known; in order of their unit and time.
    """
    pauses = [Meaning.PAUSE.value, Meaning.PAUSED.value]
    price = pl.col("price") if "price" in rows.columns else pl.lit(None, pl.Float64)
    ordered = rows.with_columns(price.alias("price"))
    level = pl.when(pl.col("price") > 0).then("price").forward_fill().shift(1).over("unit")
    ordered = ordered.with_columns(
        level=level,
        before=pl.col("meaning").shift(1).over("unit"),
        after=pl.col("meaning").shift(-1).over("unit"),
        follows=pl.col("kind").shift(1).over("unit").is_not_null(),
    )
    priced = pl.when(pl.col("price") > 0, pl.col("level") > 0).then(pl.col("price") - pl.col("level"))
    counts = ordered.filter(pl.col("meaning").is_null()).group_by("kind").agg(
        pl.len().alias("rows"),
        pl.col("before").is_in(pauses).fill_null(value=False).mean().alias("resumes"),
        (pl.col("after") == Meaning.RESUME).fill_null(value=False).mean().alias("leads"),
        (pl.col("after") == Meaning.RESUME).filter(pl.col("after").is_not_null()).mean().fill_null(0.0).alias("alone"),
        priced.is_not_null().mean().alias("priced"),
        (priced > _CENT).mean().fill_null(0.0).alias("rises"),
        (priced < -_CENT).mean().fill_null(0.0).alias("falls"),
        pl.col("follows").mean(),
    )  # fmt: skip
    meanings: dict[str, Meaning] = {}
    shown = counts.filter(pl.col("rows") >= _FEWEST, pl.col("follows") >= _NEARLY).sort("kind")
    for row in shown.iter_rows(named=True):
        if row["resumes"] >= _NEARLY:
            meanings[str(row["kind"])] = Meaning.RESUME
        elif row["leads"] >= 1 - _MOSTLY and row["alone"] >= _MOSTLY:
            meanings[str(row["kind"])] = Meaning.PAUSE
        elif row["priced"] >= _MOSTLY and row["rises"] + row["falls"] >= _MOSTLY:
            meanings[str(row["kind"])] = _change(row["rises"], row["falls"])
    return meanings


def _change(rises: float, falls: float) -> Meaning:
    if rises >= _NEARLY:
        return Meaning.UPGRADE
    return Meaning.DOWNGRADE if falls >= _NEARLY else Meaning.RENEWAL  # of what is now paid


def likely_pauses(rows: pl.DataFrame) -> dict[str, Meaning]:
    """Two kinds without a meaning of which one leads to the other or to an end, and the other follows it alone.

    So do pauses and what takes them up again; and payments that failed and were made good, which is why it is asked.

    Args:
        rows: unit, time, kind, meaning; in order of their unit and time.
    """
    ordered = rows.with_columns(
        before=pl.col("kind").shift(1).over("unit"),
        after=pl.col("kind").shift(-1).over("unit"),
        ends=pl.col("meaning").shift(-1).over("unit").is_in(_STOPS).fill_null(value=False),
    )
    unknown = ordered.filter(pl.col("meaning").is_null())
    counts = unknown.group_by("kind").len().filter(pl.col("len") >= _FEWEST)
    names = sorted(counts["kind"].cast(pl.String).to_list())
    for first, second in permutations(names[:_MOST_COLUMNS], 2):
        leading, following = (unknown.filter(pl.col("kind") == kind) for kind in (first, second))
        goes_on = leading.filter(pl.col("after").is_not_null())
        leads = share_of((goes_on["after"] == second) | goes_on["ends"]) if goes_on.height >= _FEWEST else 0.0
        is_first = share_of(leading["before"].is_null())
        if (
            leads >= _NEARLY
            and is_first <= 1 - _NEARLY
            and share_of((following["before"] == first).fill_null(False)) >= _NEARLY
        ):
            return {first: Meaning.PAUSE, second: Meaning.RESUME}
    return {}


def kinds_by_sums(
    table: TableProfile, units: pl.Series, times: pl.Series, taken: Collection[str]
) -> KindsBySums | None:
    """The kinds of a table of changes, whatever their words: a first one, and one after which nothing is left.

    Args:
        table: the table.
        units: (rows,) whose each row is.
        times: (rows,) when.
        taken: source columns with another role.
    """
    free = {name: each for name, each in table.columns.items() if name not in taken and name not in table.times}
    amounts = [name for name, each in free.items() if each.is_number and bool((each.numbers < 0).any())]
    kinds = [
        name for name, each in free.items() if each.is_text_typed and _FEWEST_KINDS <= each.distinct <= _MOST_KINDS
    ]
    for amount in amounts[:_MOST_COLUMNS]:
        for kind in kinds[:_MOST_COLUMNS]:
            rows = pl.DataFrame(
                {
                    "unit": units,
                    "time": times,
                    "kind": free[kind].series.cast(pl.String),
                    "amount": free[amount].all_numbers.cast(pl.Float64),
                }
            )
            meanings = _meanings_by_sums(rows.drop_nulls().sort("unit", "time", maintain_order=True))
            if meanings:
                return KindsBySums(kind, amount, meanings)
    return None


def _meanings_by_sums(rows: pl.DataFrame) -> dict[str, Meaning | None]:
    """What each kind does to the sum of its customer; empty where the sums are of something else."""
    sums = rows.with_columns(
        left=pl.col("amount").cum_sum().over("unit"),
        is_last=(pl.col("unit") != pl.col("unit").shift(-1)).fill_null(value=True),
    ).with_columns(before=pl.col("left") - pl.col("amount"))
    if share_of(sums["left"] >= -_CENT) < _NEARLY:
        return {}
    begins = (pl.col("before").abs() <= _CENT) & (pl.col("amount") > 0)
    by_kind = sums.group_by("kind").agg(
        pl.len().alias("rows"),
        begins.mean().alias("begins"),
        (pl.col("left").abs() <= _CENT).mean().alias("ends"),
        (pl.col("amount") > 0).mean().alias("rises"),
        pl.col("is_last").mean().alias("last"),
    )
    meanings: dict[str, Meaning | None] = {}
    for row in by_kind.sort("rows", descending=True).iter_rows(named=True):
        if row["rows"] >= _FEWEST and row["begins"] >= _NEARLY:
            meanings[row["kind"]] = Meaning.START
        elif row["rows"] >= _FEWEST and row["ends"] >= _NEARLY and row["last"] >= _MOSTLY:
            meanings[row["kind"]] = Meaning.END
        elif row["rises"] >= _NEARLY:
            meanings[row["kind"]] = Meaning.UPGRADE
        elif row["rises"] <= 1 - _NEARLY:
            meanings[row["kind"]] = Meaning.DOWNGRADE
        else:
            return {}
    again = sums.filter(begins).group_by("unit").len()["len"]
    is_whole = {Meaning.START, Meaning.END, Meaning.UPGRADE} <= {*meanings.values()}
    return meanings if is_whole and share_of(again > 1) <= _ONCE else {}
