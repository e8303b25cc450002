"""The state of one table while it is cleaned: columns as read, rows, ledger."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from holdfast.column_types import Kind, are_alike
from holdfast.errors import HoldfastError
from holdfast.quality.ledger import LedgerEntry
from holdfast.quality.parsing.columns import ReadBefore, Reading, known_columns, read_column
from holdfast.quality.parsing.spelling import Spellings
from holdfast.quality.row_shape import shape_rows
from holdfast.quality.training_columns import TrainingColumn
from holdfast.settings import FILE_NAME, Settings
from holdfast.table_settings import ColumnSettings, TableSettings
from holdfast.tables.contracts import TableContract
from holdfast.tables.mapping import contract_of, select_columns

if TYPE_CHECKING:
    from holdfast.quality.money_kinds import MoneyKind

POSITION = "_position"  # index of the row in the raw frame
TYPES_STEP = "types"  # the first entry of each table's ledger


@dataclass(frozen=True)
class TableState:
    """One table as read, and what cleaning has done to it so far."""

    name: str
    settings: TableSettings
    contract: TableContract
    table: pl.DataFrame  # our columns, and POSITION
    rest: pl.DataFrame  # the source's other columns
    rows: pl.Series  # record numbers
    readings: Mapping[str, Reading]  # counts; their values stand in `table`
    ledger: tuple[LedgerEntry, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)  # counts that checks report later
    kinds: tuple["MoneyKind", ...] = ()  # what each value of its columns of kinds was taken for
    columns: Mapping[str, TrainingColumn] = field(default_factory=dict)  # how each was read, for whoever scores later

    @property
    def rows_in(self) -> int:
        return len(self.rows)


def read_table_state(
    raw: Mapping[str, pl.DataFrame],
    settings: Settings,
    table: str,
    may_lack: Collection[str] = (),
    spellings: Spellings | None = None,
    identities: pl.DataFrame | None = None,
    before: Mapping[str, ReadBefore] | None = None,
) -> TableState:
    """Read a table's columns by their kinds; no row is left out.

    Where `raw` holds some customers only, `spellings` holds what the whole columns decide; `before`, what was read of
    the table's columns already.
    """
    table_settings, contract = settings.tables[table], contract_of(settings, table)
    if table in raw:
        shaped = shape_rows(raw[table], table_settings, identities).rows
        before = before if shaped is raw[table] else None
        raw = {table: shaped}
    mapped = select_columns(raw, settings, table, may_lack)
    readings: dict[str, Reading] = {}
    read_as: dict[str, TrainingColumn] = {}
    how = table_settings.read
    reusable = {
        name: column for name, column in (before or {}).items() if column.is_of(table_settings.columns[name], how)
    }
    unread = {name: values for name, values in mapped.columns.items() if name not in reusable}
    without_unknown = known_columns([*unread.values()], how)
    for name, values in mapped.columns.items():
        column = as_promised(table_settings.columns[name], name, contract)
        spelling = spellings.get(table, {}).get(name) if spellings is not None else None
        as_before = reusable.get(name) or ReadBefore(column.source, how.missing, next(without_unknown))
        reading = read_column(values, column, how, settings.time_zone, spelling, as_before)
        readings[name] = _with_added(reading, raw[table], column, table_settings, settings.time_zone)
        read_as[name] = TrainingColumn.of(column, reading)
    if spellings is None:  # among some customers all may be unreadable where others are not
        _refuse_times_that_none_can_read(table, contract, table_settings, readings)
    columns = [reading.values.alias(name) for name, reading in readings.items()]
    position = pl.int_range(len(mapped.rows), dtype=pl.UInt32, eager=True).alias(POSITION)
    read = pl.DataFrame([*columns, position])
    changed = sum(reading.changed for reading in readings.values())
    height = len(mapped.rows)
    entry = LedgerEntry(table, TYPES_STEP, types_in_words(readings), height, height, values_changed=changed)
    # Emptied, or every column would be in memory twice once rows are set aside.
    counts = {name: replace(reading, values=reading.values.clear()) for name, reading in readings.items()}
    return TableState(
        table, table_settings, contract, read, mapped.rest, mapped.rows, counts, (entry,), columns=read_as
    )


def types_in_words(readings: Mapping[str, Reading]) -> str:
    """What the step `types` did, for the ledger."""
    touched = [name for name, reading in readings.items() if reading.changed]
    named = f" (changed: {', '.join(touched[:8])})" if touched else ""
    return f"Texts read as numbers, times, flags and identifiers; blanks read as not known{named}."


def _with_added(
    reading: Reading, raw: pl.DataFrame, column: ColumnSettings, table: TableSettings, time_zone: str
) -> Reading:
    """The reading with `plus` added, `minus` and percents taken off; unknown where all that adds up is.

    Of columns that never stand in one row, as what comes in and what goes out of an account, what goes out is negative.
    """
    added = [name for name in column.plus if name in raw.columns]
    taken = [name for name in column.minus if name in raw.columns]
    if not added and not taken and column.less_percent not in raw.columns:
        return reading
    others = [read_column(raw[name], column, table.read, time_zone) for name in (*added, *taken)]
    terms = [reading.values, *(other.values for other in others)]
    values = pl.DataFrame({str(number): term for number, term in enumerate(terms)})
    positive, negative = values.columns[: len(added) + 1], values.columns[len(added) + 1 :]
    total = pl.sum_horizontal(pl.col(positive).fill_null(0.0))
    for name in negative:
        total = total - pl.col(name).fill_null(0.0)
    has_value = pl.any_horizontal(pl.col(positive).is_not_null())
    has_less = pl.any_horizontal([pl.lit(value=False), *(pl.col(name).is_not_null() for name in negative)])
    if not values.select((has_value & has_less).any()).item():
        has_value = has_value | has_less
    if column.less_percent in raw.columns:
        percents = read_column(raw[column.less_percent], column, table.read, time_zone)
        others.append(percents)
        values = values.with_columns(percents.values.alias("percent"))
        total = total * (1 - pl.col("percent").fill_null(0.0) / 100)
    # Rounded, for 0.1 + 0.2 is 0.30000000000000004.
    summed = values.select(pl.when(has_value).then(total.round(6)).alias(reading.values.name)).to_series()
    unreadable = reading.unreadable + sum(other.unreadable for other in others)
    return replace(reading, values=summed, unreadable=unreadable)


def as_promised(column: ColumnSettings, name: str, contract: TableContract) -> ColumnSettings:
    """A column's settings, with the contract's kind where the two disagree."""
    promised = contract.column(name)
    if promised is None or are_alike(promised.kind, column.kind):
        return column
    # An id read as a number or a time read as text would break every later step; the contract decides.
    return column.model_copy(update={"kind": promised.kind})


def _refuse_times_that_none_can_read(
    table: str, contract: TableContract, table_settings: TableSettings, readings: Mapping[str, Reading]
) -> None:
    reading = readings.get("happened_at") if contract.is_events else None
    if reading is None or not reading.filled or reading.unreadable < reading.filled:
        return
    layout = table_settings.columns["happened_at"].format
    by = f'the format "{layout}"' if layout else "ISO 8601 (no format is set)"
    examples = ", ".join(f'"{example}"' for example in reading.examples)
    raise HoldfastError(
        f"{table}.happened_at: none of {reading.filled:,} values can be read by {by}; the file has {examples}.",
        fix=f'In {FILE_NAME}: tables.{table}.columns.happened_at.format: "%d/%m/%Y %H:%M" (as the file writes it).',
    )


def where_to_name(state: TableState, column: str, kind: Kind) -> str:
    """The line of the settings that names a column's source."""
    return f'In {FILE_NAME}: tables.{state.name}.columns.{column}: {{from: "YOUR COLUMN", kind: {kind.value}}}'


def money_columns(state: TableState) -> list[str]:
    """The table's columns of money, the product's and the user's own."""
    return [
        name
        for name, column in state.settings.columns.items()
        if name in state.table.columns
        and (column.kind is Kind.MONEY or ((own := state.contract.column(name)) is not None and own.kind is Kind.MONEY))
    ]


def entered(state: TableState, step: str, what: str, rows: int, amount: float) -> TableState:
    height = state.table.height
    entry = LedgerEntry(
        state.name, step, what, height, height, rows_changed=rows, values_changed=rows, amount=round(amount, 2)
    )
    return replace(state, ledger=(*state.ledger, entry))
