"""Sums of a table's money by kind of row and column, of which the total of any reading is put together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import Kind, literal_time
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.quality.money import left_alone, status_text
from holdfast.quality.parsing.columns import read_column
from holdfast.quality.table_state import POSITION, TableState
from holdfast.settings import Settings
from holdfast.status_settings import StatusSettings
from holdfast.table_settings import ColumnSettings, TableSettings

Floats = NDArray[np.float64]
Period = tuple[datetime, datetime]  # from, until

COUNTED, LEFT_OUT, GIVEN_BACK = 1, 0, -1
MOST_VALUES = 12  # of a column of kinds
_MOST_COLUMNS = 20  # of money
_MOST_KINDS = 3  # columns of kinds that have no meanings yet
_WHO_AND_WHERE = re.compile(
    r"name|mail|phone|customer|kunde|country|city|region|province|zip|postal|address|^ship|^bill|land$|stadt|ort$",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(r"^_row$|(^|[\W_])(id|ids|date|zip|phone|telefon)$|(?-i:Id|ID)$", re.IGNORECASE)
GIVEN_BACK_NAMES = re.compile(
    r"refund|return|chargeback|reversal|erstatt|rück|rembours|reembols|devol|rimbors|terug|återbet|tilbage|zwrot",
    re.IGNORECASE,
)
_READABLE = 0.95  # share of a column's filled cells that are numbers


@dataclass(frozen=True)
class KindColumn:
    """A column that divides the money, and what its values count as now."""

    name: str  # ours
    source: str  # as the file names it
    values: tuple[str, ...]  # as written, the one with the most money first
    treatments: tuple[int, ...]
    index: int | None  # of its entry in the settings; None: it has no meanings yet


@dataclass(frozen=True)
class TableReading:
    """How one table's money is read."""

    amount: int = 0  # position of the column
    is_once: bool = False  # an order's first row alone counts
    scale: float = 1.0
    signs: Mapping[int, float] = field(default_factory=dict)  # position of a further column -> 1 or -1
    treatments: tuple[tuple[int, ...], ...] = ()  # of each column of kinds
    zone: int = 0  # position of the time zone in which its days begin
    counts: bool = True


@dataclass(frozen=True)
class TableSums:
    """The sums of one table."""

    table: str
    columns: tuple[str, ...]  # names of the columns of money; the first is the amount as it is read now
    kinds: tuple[KindColumn, ...]
    cells: NDArray[np.int64]  # (kinds of rows, columns of kinds): position of the value
    sums: Floats  # (2, zones, periods, kinds of rows, columns): of every row, and of an order's first row alone
    has_orders: bool
    reading: TableReading  # as it is now

    def total(self, reading: TableReading) -> Floats:
        """(periods,) the money of each period by a reading."""
        if not reading.counts:
            return np.zeros(self.sums.shape[2])
        sums = self.sums[int(reading.is_once), reading.zone]
        money = sums[:, :, reading.amount]
        for column, sign in reading.signs.items():
            money = money + sign * sums[:, :, column]
        treatment = np.ones(len(self.cells), dtype=np.int64)
        for position, own in enumerate(reading.treatments):
            of_cells = np.array(own, dtype=np.int64)[self.cells[:, position]]
            treatment = np.where((treatment == 0) | (of_cells == 0), 0, np.minimum(treatment, of_cells))
        counted = np.where(treatment < 0, -np.abs(money), money * treatment)
        return np.asarray(counted.sum(axis=1) * reading.scale, dtype=np.float64)


def counting_everything(settings: Settings, tables: Sequence[str]) -> Settings:
    """The settings with every row of some tables as it stands: no status, no refund, no scale, every line."""
    changed = {}
    for name in tables:
        own = settings.tables[name]
        statuses = tuple(StatusSettings(column=each.column, neutral=("*",)) for each in own.statuses)
        money = own.money
        if money is not None:
            money = money.model_copy(update={"refunds": (), "scale": 1.0, "once_per": ""})
        changed[name] = own.model_copy(update={"statuses": statuses, "money": money})
    return settings.model_copy(update={"tables": {**settings.tables, **changed}})


def table_sums(
    state: TableState, source: pl.DataFrame, settings: Settings, periods: Sequence[Sequence[Period]]
) -> TableSums | None:
    """The sums of a table; None where no row of it lies in the periods.

    Args:
        state: as cleaned by `counting_everything`.
        source: the table's rows as the file has them, before any was set aside.
        settings: as they are.
        periods: whose totals are known, as they lie in each of several time zones.
    """
    own = settings.tables[state.name]
    in_periods = pl.any_horizontal(_within(period) for of_zone in periods for period in of_zone)
    is_first = pl.lit(value=True)
    has_orders = "order_id" in state.table.columns
    if has_orders:
        is_first = pl.col("order_id").is_null() | pl.col("order_id").is_first_distinct()
    rows = state.table.with_columns(_is_first=is_first).filter(in_periods)
    if rows.is_empty():
        return None
    written = source[rows[POSITION]]
    money = _columns_of_money(rows, written, own)
    kinds = _kinds(rows, written, own, money[""].fill_null(0.0))
    codes = pl.DataFrame({f"k{position}": each for position, (_, each) in enumerate(kinds)})
    cells, index = _cells(codes, rows.height)
    names = money.columns
    sums = np.zeros((2, len(periods), len(periods[0]), len(cells), len(names)))
    amounts = np.column_stack([money[name].fill_null(0.0).fill_nan(0.0).to_numpy() for name in names])
    first = rows["_is_first"].to_numpy()
    for zone, of_zone in enumerate(periods):
        for position, period in enumerate(of_zone):
            within = rows.select(_within(period)).to_series().to_numpy()
            for is_once, mask in enumerate((within, within & first)):
                np.add.at(sums[is_once, zone, position], index[mask], amounts[mask])
    name_of_amount = own.columns["amount"].source if "amount" in own.columns else "quantity x unit price"
    columns = (name_of_amount, *names[1:])
    reading = _reading_now(own, columns, tuple(kind for kind, _ in kinds), has_orders=has_orders)
    return TableSums(state.name, columns, tuple(kind for kind, _ in kinds), cells, sums, has_orders, reading)


def _within(period: Period) -> pl.Expr:
    begin, end = period
    return pl.col("happened_at").is_between(literal_time(begin), literal_time(end), closed="left")


def _cells(codes: pl.DataFrame, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each combination of kinds that occurs, and the position of each row's."""
    if not codes.width:
        return np.zeros((1, 0), dtype=np.int64), np.zeros(height, dtype=np.int64)
    cells, index = np.unique(codes.to_numpy(), axis=0, return_inverse=True)
    return cells.astype(np.int64), np.asarray(index, dtype=np.int64).reshape(-1)


def _columns_of_money(rows: pl.DataFrame, written: pl.DataFrame, own: TableSettings) -> pl.DataFrame:
    """The amount as it is read now, then every column of numbers that may be money, by its name in the file."""
    present = rows["amount"].rename("")
    columns = {"": present}  # no column of a file has no name
    roles = ("customer_id", "order_id", "quantity", "happened_at", "known_at")
    used = {own.columns[name].source for name in roles if name in own.columns}
    amount = own.columns.get("amount")
    is_single = amount is not None and not amount.plus and not amount.minus
    if amount is not None and is_single:
        used.add(amount.source)
    for values in written:
        if (
            values.name in used
            or _NO_MONEY.search(values.name)
            or values.dtype.is_temporal()
            or len(columns) > _MOST_COLUMNS
        ):
            continue
        numbers = _numbers(values, own)
        if numbers is not None:
            columns[values.name] = _capped(numbers, present) if GIVEN_BACK_NAMES.search(values.name) else numbers
    return pl.DataFrame(columns)


def _capped(numbers: pl.Series, amounts: pl.Series) -> pl.Series:
    """What is given back, without a sign, and of no sale more than it brought."""
    both = pl.DataFrame({"back": numbers.abs().fill_null(0.0), "amount": amounts.fill_null(0.0).clip(0.0)})
    return both.select(pl.min_horizontal("back", "amount").alias(numbers.name)).to_series()


def _numbers(values: pl.Series, own: TableSettings) -> pl.Series | None:
    """A column's numbers; None where it holds other things, one number in all rows, or numbers of rows."""
    if values.dtype.is_nested() or values.dtype == pl.Boolean:
        return None
    reading = read_column(values, ColumnSettings(source=values.name, kind=Kind.MONEY), own.read, "UTC")
    numbers = reading.values
    if not reading.filled or reading.unreadable > (1 - _READABLE) * reading.filled:
        return None
    written = numbers.drop_nulls()
    is_numbering = len(written) > 20 and written.n_unique() == len(written) and bool((written == written.round()).all())
    return None if numbers.fill_null(0.0).n_unique() < 2 or is_numbering else numbers


def _kinds(
    rows: pl.DataFrame, written: pl.DataFrame, own: TableSettings, amounts: pl.Series
) -> list[tuple[KindColumn, pl.Series]]:
    """Columns of kinds, each with the position of the value of each row; those with meanings first."""
    kinds = []
    for index, status in enumerate(own.statuses):
        if status.column in rows.columns:
            source = own.columns[status.column].source if status.column in own.columns else status.column
            treatments = {text: treatment_of(meaning) for text, meaning in status.meaning_of().items()}
            values = rows[status.column].cast(pl.String)
            if status.unless is not None and status.unless.column in rows.columns:
                is_alone = rows.select(left_alone(status.unless)).to_series()
                values = values.set(is_alone, None)  # the status says nothing of these rows
            kinds.append(_kind(status.column, source, values, amounts, treatments, index))
    taken = {kind.source for kind, _ in kinds}
    roles = {own.columns[name].source for name in ("customer_id", "order_id") if name in own.columns}
    names = {column.source: ours for ours, column in own.columns.items()}
    further = []
    for values in written:
        is_text = values.dtype in (pl.String, pl.Boolean) or values.dtype == pl.Categorical
        name = names.get(values.name, our_name(values.name, own))
        if values.name in taken | roles or not is_text or _WHO_AND_WHERE.search(name):
            continue
        texts = values.cast(pl.String).str.strip_chars()
        different = texts.drop_nulls().filter(texts.drop_nulls() != "").n_unique()
        if 2 <= different <= MOST_VALUES and texts.str.contains(r"[^\W\d_]").any():
            further.append((different, _kind(name, values.name, texts, amounts, {}, None)))
    further.sort(key=lambda each: each[0])
    return [*kinds, *(each for _, each in further[:_MOST_KINDS])]


def our_name(source: str, own: TableSettings) -> str:
    """A name of ours for a column of the file."""
    letters = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in source.lower())
    name = "_".join(piece for piece in letters.split("_") if piece) or "kind"
    return name if name not in own.columns else f"{name}_2"


def _kind(
    name: str, source: str, values: pl.Series, amounts: pl.Series, treatments: Mapping[str, int], index: int | None
) -> tuple[KindColumn, pl.Series]:
    texts = values.cast(pl.String).str.strip_chars().fill_null("").alias("text")
    keys = texts.to_frame().select(status_text("text").alias("key")).to_series()
    money = (
        pl.DataFrame({"key": keys, "text": texts, "amount": amounts})
        .group_by("key")
        .agg(pl.col("text").mode().sort().first(), pl.col("amount").abs().sum())
        .sort("amount", "key", descending=[True, False])
    )
    positions = {key: position for position, key in enumerate(money["key"])}
    own = tuple(treatments.get(key, COUNTED) for key in money["key"])
    codes = keys.replace_strict(positions, return_dtype=pl.Int64)
    return KindColumn(name, source, tuple(money["text"]), own, index), codes


def treatment_of(meaning: Meaning) -> int:
    """What rows of a meaning count as in the revenue."""
    return LEFT_OUT if meaning in EXCLUDED else GIVEN_BACK if meaning is Meaning.REFUND else COUNTED


def _reading_now(
    own: TableSettings, columns: Sequence[str], kinds: Sequence[KindColumn], *, has_orders: bool
) -> TableReading:
    money = own.money
    refunds = [own.columns[name].source for name in (money.refunds if money is not None else ()) if name in own.columns]
    return TableReading(
        is_once=has_orders and money is not None and money.once_per == "order_id",
        scale=1.0 if money is None else money.scale,
        signs={columns.index(name): -1.0 for name in refunds if name in columns},
        treatments=tuple(kind.treatments for kind in kinds),
    )
