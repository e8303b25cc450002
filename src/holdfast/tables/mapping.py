"""Maps source columns to contract columns, and joins tables: links, lookups, several tables of customers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.settings import FILE_NAME, Settings
from holdfast.table_settings import ColumnSettings, TableSettings
from holdfast.tables.contracts import CONTRACTS, TableContract, contract_named, is_reserved

ROW = "_row"  # 1-based record number in the source
_SHOWN = 12  # columns named in an error


@dataclass(frozen=True)
class Mapped:
    """One table's columns under contract names, values as written."""

    columns: dict[str, pl.Series]
    rest: pl.DataFrame  # the source's other columns, as written: two rows are the same only if these are too
    rows: pl.Series  # record numbers, UInt32


def contract_of(settings: Settings, table: str) -> TableContract:
    """The contract of one of the project's tables.

    Raises:
        HoldfastError: the project says that the table holds something the product does not know, or calls a column
            as the product calls something else.
    """
    holds = settings.tables[table].holds
    names = [contract.name for contract in CONTRACTS]
    if holds not in names:
        raise HoldfastError(
            f'{FILE_NAME}: tables.{table}.holds is "{holds}", which is no kind of table.',
            fix=f'In {FILE_NAME}, tables.{table}.holds: put one of {", ".join(names)}; "events" fits any event.',
        )
    contract = contract_named(holds)
    for ours, column in settings.tables[table].columns.items():
        if not is_reserved(contract, ours, column.kind):
            continue
        raise HoldfastError(
            f"{FILE_NAME}: tables.{table}.columns.{ours}: in a table of {holds} this name means something else.",
            fix=f"In {FILE_NAME}, rename tables.{table}.columns.{ours}, for example to {ours}_2; its `from` stays.",
        )
    return contract


def tables_holding(settings: Settings, *names: str) -> list[str]:
    """The project's tables that hold one of the named contracts, in the project's order."""
    return [name for name, table_settings in settings.tables.items() if table_settings.holds in names]


def select_columns(
    raw: Mapping[str, pl.DataFrame], settings: Settings, table: str, may_lack: Collection[str] = ()
) -> Mapped:
    """Take a table's columns by the project's settings.

    Args:
        raw: table name -> the columns as the source wrote them, plus `_row`.
        settings: name the source of each column.
        table: which table.
        may_lack: our names of columns that need not be there (the label, when new customers are scored).

    Raises:
        HoldfastError: the table was not read, or a source column is not there.
    """
    table_settings = settings.tables[table]
    if table not in raw:
        raise HoldfastError(
            f"{table}: no rows were read; of these tables they were: {', '.join(sorted(raw)) or 'none'}.",
            fix=f"Check tables.{table}.files in {FILE_NAME}: {', '.join(table_settings.files)}.",
        )
    frame = raw[table]
    present = set(frame.columns)
    rows = frame[ROW].cast(pl.UInt32) if ROW in present else _numbered(frame.height)
    named = {ours: column for ours, column in table_settings.columns.items() if not ours.startswith("_")}
    absent = {ours: column for ours, column in named.items() if column.source not in present}
    if any(ours not in may_lack for ours in absent):
        raise _not_found(table, table_settings, absent, [name for name in frame.columns if name != ROW])
    columns = {ours: _joined(frame, column).alias(ours) for ours, column in named.items() if column.source in present}
    used = {source for column in named.values() for source in (column.source, *column.joined_with)}
    rest = pl.DataFrame([values for values in frame if values.name not in used and values.name != ROW])
    return Mapped(columns, rest, rows)


def _joined(frame: pl.DataFrame, column: ColumnSettings) -> pl.Series:
    """A source column as written; with others put after it, a blank between, where the settings say so."""
    names = [column.source, *(name for name in column.joined_with if name in frame.columns)]
    if len(names) == 1:
        return frame[column.source]
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    return frame.select(pl.concat_str(texts, separator=" ").str.strip_chars().alias(column.source)).to_series()


def _numbered(height: int) -> pl.Series:
    return pl.int_range(1, height + 1, dtype=pl.UInt32, eager=True).alias(ROW)


def _not_found(
    table: str, table_settings: TableSettings, absent: Mapping[str, ColumnSettings], columns: Sequence[str]
) -> HoldfastError:
    used = {column.source for column in table_settings.columns.values()}
    free = [name for name in columns if name not in used]
    lines = []
    for ours, column in list(absent.items())[:_SHOWN]:
        near = _nearest(column.source, free or columns)
        lines.append(f'tables.{table}.columns.{ours}: {{from: "{near or "YOUR COLUMN"}", kind: {column.kind.value}}}')
    wanted = ", ".join(f'"{column.source}" (for {ours})' for ours, column in list(absent.items())[:_SHOWN])
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    shown = ", ".join(f'"{name}"' for name in [*free, *(name for name in columns if name in used)][:_SHOWN])
    return HoldfastError(
        f"{table}: {len(absent)} of {len(table_settings.columns)} source columns are not in the file: {wanted}. "
        f"The file has {len(columns)} columns: {shown or 'none'}{more}.",
        fix=f"In {FILE_NAME}, name the columns as the file does (or delete the entries): " + "; ".join(lines),
    )


def _nearest(wanted: str, names: Sequence[str]) -> str | None:
    plain = {"".join(letter for letter in name.lower() if letter.isalnum()): name for name in names[:2000]}
    key = "".join(letter for letter in wanted.lower() if letter.isalnum())
    near = get_close_matches(key, list(plain), n=1, cutoff=0.6)
    return plain[near[0]] if near else None


@dataclass(frozen=True)
class Joined:
    """A table with columns of another one, and counts of the join."""

    table: pl.DataFrame
    on: tuple[str, ...] = ()
    not_found: int = 0  # rows with a key that the other table does not hold
    repeated_keys: int = 0  # rows of the other table that repeat a key: the first row counts
    disagreeing: int = 0  # values that both tables hold and that differ: the first table's counts


def through(table: pl.DataFrame, other: pl.DataFrame, on: str) -> Joined:
    """Find each row's customer in another table that holds `on` and `customer_id`.

    Where the other says of its rows whether they are undone (`is_passive`), so does the result: whether all rows of
    the key are.
    """
    keys = other.select(on, "customer_id").drop_nulls(on)
    first = keys.unique(subset=on, keep="first", maintain_order=True)
    if "is_passive" in other.columns:
        undone = other.group_by(on).agg(pl.col("is_passive").all())
        first = first.join(undone, on=on, how="left", maintain_order="left")
    joined = table.drop("customer_id", strict=False).join(first, on=on, how="left", maintain_order="left")
    unknown = joined.filter(pl.col("customer_id").is_null() & pl.col(on).is_not_null()).height
    customers_per_key = keys.unique().height
    return Joined(joined, (on,), unknown, customers_per_key - first.height)


def with_lookup(table: pl.DataFrame, lookup: pl.DataFrame) -> Joined | None:
    """Add a lookup's columns by the column(s) the two share; None where they share none.

    The shared column that names each of the lookup's rows once is the key; without such a one, all of them together.
    """
    shared = [
        name
        for name, dtype in lookup.schema.items()
        if table.schema.get(name) == dtype and not dtype.is_temporal() and name != "customer_id"
    ]
    if not shared:
        return None
    naming = [name for name in shared if lookup[name].drop_nulls().is_unique().all()]
    on = naming[:1] or shared
    new = [name for name in lookup.columns if name not in table.columns]
    keys = lookup.select(*on, *new).drop_nulls(on)
    first = keys.unique(subset=on, keep="first", maintain_order=True)
    joined = table.join(first.with_columns(pl.lit(True).alias("_found")), on=on, how="left", maintain_order="left")
    unknown = joined.filter(pl.col("_found").is_null() & pl.all_horizontal(pl.col(on).is_not_null())).height
    return Joined(joined.drop("_found"), tuple(on), unknown, keys.height - first.height)


def one_row_a_customer(tables: Sequence[pl.DataFrame]) -> Joined:
    """Put several tables of customers side by side; each holds a customer at most once.

    A column that two tables hold is filled from the first that knows it.
    """
    combined, disagreeing = tables[0], 0
    for table in tables[1:]:
        shared = [name for name in table.columns if name in combined.columns and name != "customer_id"]
        combined = combined.join(
            table, on="customer_id", how="full", coalesce=True, maintain_order="left_right", suffix="_other"
        )
        differ = [pl.col(name).ne(pl.col(f"{name}_other")).sum() for name in shared]
        disagreeing += sum(combined.select(differ).row(0)) if shared else 0
        combined = combined.with_columns([pl.coalesce(name, f"{name}_other").alias(name) for name in shared]).drop(
            [f"{name}_other" for name in shared]
        )
    return Joined(combined, ("customer_id",), disagreeing=disagreeing)
