"""Documents of one deal in rows of their own: offers, deliveries, invoices, payments; by rows that repeat each other.

    documents_of(table, numbers, taken, whose) -> StatusColumn | None

The same customer and amount under another kind and later is the same deal. Without signs the last kind that most of
the one before it reaches is the money, what few reach gives it back, and what comes before counts already or is open.
Of kinds of which nearly every row comes again as a row of a greater one, the greater one is the money: a few invoices
have a pro-forma. The letters in the numbers of documents are kinds as well.
With signs what is of the other sign than the invoices and reaches most of them settles them; so does the money that is
paid out for a credit note, which would be taken off twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.kind_rows import ONE_SIGN, KindRows
from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.inference.words.status_column import StatusColumn, built
from holdfast.meanings import Meaning

_MOST_KINDS = 8
_MOST_ROWS = 200_000  # looked at
_REPEATED = (
    0.15  # share of the rows that have the amount of another row of their customer: with fewer there are no stages
)
_FEWEST = 8  # rows of a kind
_OWN_AMOUNTS = 0.8  # share of a kind's rows whose amounts no other of the same customer and kind has
_FOLLOWS = 0.9  # share of a kind's rows that another kind's row comes before
_SETTLES = 0.7  # the same of payments, some of which pay a part
_REACHED = 0.5  # share of a kind's rows that another one comes after: most of them go on
_FEW = 0.3  # the same, below which it undoes some of them
_ALL = 0.9
_UNDOING = frozenset({Meaning.REFUND, Meaning.REVERSED, Meaning.VOID, Meaning.FAILED, Meaning.TEST, Meaning.TRANSFER})


@dataclass(frozen=True)
class _Deals:
    """How the kinds of a column follow each other."""

    kinds: tuple[str, ...]
    rows: Mapping[str, int]
    money: Mapping[str, float]  # signed
    signs: Mapping[str, int]  # 1, -1; 0 where both stand
    pairs: Mapping[tuple[str, str], tuple[int, int]]  # (earlier, later) -> rows of each that the other one has

    def follows(self, later: str, earlier: str) -> float:
        """The share of a kind's rows that an earlier row of another kind has the customer and amount of."""
        return self.pairs.get((earlier, later), (0, 0))[1] / self.rows[later]

    def reached(self, earlier: str, later: str) -> float:
        """The share of a kind's rows that a later row of another kind has the customer and amount of."""
        return self.pairs.get((earlier, later), (0, 0))[0] / self.rows[earlier]

    def comes_again(self, kind: str, other: str) -> bool:
        """Whether nearly every row of a kind comes again as a later row of another, and few come after one."""
        return self.reached(kind, other) >= _ALL and self.follows(kind, other) < _FEW


def documents_of(
    table: TableProfile, numbers: pl.Series | None, taken: Collection[str], whose: str | None
) -> StatusColumn | None:
    """The column of kinds whose rows are documents of the same deals, with what each kind means; None where none is.

    Args:
        table: the table.
        numbers: (rows,) the amount of each row, where there is one.
        taken: source columns with another role.
        whose: the source column that names the customer.
    """
    when = next(iter(table.times), None)
    if numbers is None or whose is None or when is None:
        return None
    rows = _amounts_of_customers(table, numbers, whose, when)
    if rows.height < 2 * _FEWEST or 1 - rows.select("who", "cents").n_unique() / rows.height < _REPEATED:
        return None
    for name, column in table.columns.items():
        is_kind = column.is_text_typed and not column.is_number and 2 <= column.distinct <= _MOST_KINDS
        if not is_kind or name in taken or name in table.times:
            continue
        deals = _deals(rows.with_columns(kind=column.series.gather(rows["position"])))
        words = _words(column)
        undoing = {text for text, meaning in words.items() if meaning in _UNDOING}
        likely = {} if deals is None else _ledger(deals, undoing) or _chain(deals, undoing)
        if deals is not None and likely:
            return _status(KindRows(table, column, numbers, whose, is_received=False), deals, likely, words)
    return None


def _words(column: Profile) -> dict[str, Meaning]:
    """What the values of a column mean by their words, as far as these say it."""
    texts = column.values.to_list()
    return {text: meaning for text in texts if (meaning := meaning_of(text, Purpose.MONEY)) is not None}


def _amounts_of_customers(table: TableProfile, numbers: pl.Series, whose: str, when: str) -> pl.DataFrame:
    """position, who, day, amount, cents: of rows with money; of many, those of some customers."""
    rows = pl.DataFrame(
        {
            "who": as_keys(table.columns[whose]),
            "day": table.timestamps(when).dt.date(),
            "amount": numbers,
            "cents": (numbers.abs() * 100).round().cast(pl.Int64, strict=False),
        }
    ).with_row_index("position").drop_nulls().filter(pl.col("cents") > 0)  # fmt: skip
    share = rows.height // _MOST_ROWS + 1
    return rows if share == 1 else rows.filter(pl.col("who").hash(seed=0) % share == 0)


def _deals(rows: pl.DataFrame) -> _Deals | None:
    """How the rows of the kinds of a column follow each other; None where amounts do not tell deals apart."""
    rows = rows.drop_nulls("kind")
    by_kind = rows.group_by("kind").agg(
        rows=pl.len(),
        own=pl.struct("who", "cents").n_unique() / pl.len(),
        money=pl.col("amount").sum(),
        plus=(pl.col("amount") > 0).mean(),
    )
    by_kind = by_kind.filter(pl.col("rows") >= _FEWEST).sort("kind")
    if by_kind.height < 2 or float(by_kind["own"].min()) < _OWN_AMOUNTS:  # type: ignore[arg-type]
        return None
    rows = rows.filter(pl.col("kind").is_in(by_kind["kind"].implode()))
    both = rows.join(rows, on=["who", "cents"]).filter(
        pl.col("kind") != pl.col("kind_right"), pl.col("day") <= pl.col("day_right")
    )
    pairs = both.group_by("kind", "kind_right").agg(pl.col("position").n_unique(), pl.col("position_right").n_unique())
    kinds, counts, money, plus = (by_kind[name].to_list() for name in ("kind", "rows", "money", "plus"))
    signs = [1 if share >= ONE_SIGN else -1 if share <= 1 - ONE_SIGN else 0 for share in plus]
    return _Deals(
        tuple(kinds),
        dict(zip(kinds, counts, strict=True)),
        dict(zip(kinds, money, strict=True)),
        dict(zip(kinds, signs, strict=True)),
        {(earlier, later): (first, second) for earlier, later, first, second in pairs.iter_rows()},
    )


def _chain(deals: _Deals, undoing: Collection[str]) -> dict[str, Meaning]:
    """What the stages of deals mean, where amounts have no signs; nothing where kinds do not follow each other."""
    stages = [kind for kind in deals.kinds if deals.signs[kind] != -1 and kind not in undoing]
    last = {
        kind
        for kind in stages
        if any(_goes_on(deals, earlier, kind) for earlier in stages if earlier != kind)
        and not any(_goes_on(deals, kind, later) for later in stages if later != kind)
    }
    sold = next(iter(last)) if len(last) == 1 else _greatest(deals, stages)
    if not sold:
        return {}
    likely = {sold: Meaning.SALE} | {
        kind: Meaning.SETTLEMENT for kind in stages if kind != sold and deals.comes_again(kind, sold)
    }
    for kind in deals.kinds:
        if kind in likely:
            continue
        is_undone = deals.follows(kind, sold) >= _FOLLOWS and deals.reached(sold, kind) < _FEW
        if is_undone or (deals.signs[kind] == -1 and kind not in undoing):
            likely[kind] = Meaning.REFUND
        elif deals.follows(sold, kind) >= _FOLLOWS:
            likely[kind] = Meaning.SETTLEMENT if deals.reached(kind, sold) >= _ALL else Meaning.OPEN
    return likely


def _greatest(deals: _Deals, stages: Collection[str]) -> str:
    """The kind with the most money, if nearly every row of another one comes again as a row of it; else empty."""
    sold = max(stages, key=lambda kind: deals.money[kind], default="")
    return sold if any(deals.comes_again(kind, sold) for kind in stages if kind != sold) else ""


def _goes_on(deals: _Deals, earlier: str, later: str) -> bool:
    """Whether a kind is the next stage of another: nearly all of its rows follow one, and many of those have it."""
    is_next = deals.follows(later, earlier) >= _FOLLOWS and deals.reached(earlier, later) >= _FEW
    return is_next and not (deals.follows(earlier, later) >= _FOLLOWS)


def _ledger(deals: _Deals, undoing: Collection[str]) -> dict[str, Meaning]:
    """What the kinds of a ledger mean whose payments have the other sign than its invoices; nothing of other tables."""
    charges = [kind for kind in deals.kinds if deals.signs[kind] == 1]
    out = [kind for kind in deals.kinds if deals.signs[kind] == -1]
    sold = max(charges, key=lambda kind: deals.money[kind], default="")
    paying = [kind for kind in out if kind not in undoing and sold and _is_paid_by(deals, sold, kind)]
    if not paying:
        return {}
    likely = {sold: Meaning.SALE} | dict.fromkeys(paying, Meaning.SETTLEMENT)
    notes = [kind for kind in out if kind not in paying]
    likely |= dict.fromkeys(notes, Meaning.REFUND)
    paid_out = [kind for kind in charges if any(deals.follows(kind, note) >= _FOLLOWS for note in notes)]
    return likely | {kind: Meaning.SETTLEMENT for kind in paid_out if kind != sold}


def _is_paid_by(deals: _Deals, sold: str, kind: str) -> bool:
    return deals.follows(kind, sold) >= _SETTLES and deals.reached(sold, kind) >= _REACHED


def _status(rows: KindRows, deals: _Deals, likely: Mapping[str, Meaning], words: Mapping[str, Meaning]) -> StatusColumn:
    """The column; without a question where the word of the sale says so too."""
    texts = rows.column.values.to_list()
    others = {text: words.get(text) for text in texts if text not in likely}
    sold = next(text for text, meaning in likely.items() if meaning is Meaning.SALE)
    is_said = words.get(sold) is Meaning.SALE
    means = {text: meaning for text, meaning in others.items() if meaning is not None}
    means |= {text: Meaning.NEUTRAL for text in others if text not in means and not rows.carries(text)}
    doubted = {text: Meaning.SALE for text in others if text not in means}
    if is_said:
        means |= likely
    else:
        doubted |= likely
    shown = ", ".join(
        f"{later} follows {earlier} in {percent(deals.reached(earlier, later), 0)} of the cases"
        for earlier, later in sorted(deals.pairs, key=lambda pair: (-deals.reached(*pair), pair))[:2]
        if {earlier, later} <= set(deals.kinds)
    )
    return built(rows, means, tuple(doubted), doubted, f"rows of the same customer and amount: {shown}")
