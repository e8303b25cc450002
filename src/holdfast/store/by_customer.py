"""Cleaned tables in, some customers at a time and in any order; one Parquet file of each, sorted by customer, out."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from holdfast.store.artifacts import writable
from holdfast.store.run_tables import ROWS_SORTED, order_by_customer, parquet_in_pieces, write_by_customer

_CUSTOMER = "customer_id"
_SAMPLE = 4_096  # of so many rows, one id shows where customers stand


@dataclass(frozen=True)
class _Piece:
    """Rows on the disk, sorted by customer."""

    file: Path
    schema: pl.Schema
    ids: pl.Series  # some of them, sorted


class TablesByCustomer:
    """What is added waits in memory as long as there is room for it, and from then on in files of a folder."""

    def __init__(self, folder: Path, room: int = 0) -> None:
        """Parts that take more than `room` bytes together wait in files; a single one is written as it came."""
        self._folder, self._room = folder, room
        self._waiting: list[dict[str, pl.DataFrame]] = []
        self._pieces: dict[str, list[_Piece]] = defaultdict(list)

    def add(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Add the rows of some customers, who are in no other part."""
        self._waiting.append(dict(tables))
        self._room -= sum(int(table.estimated_size()) for table in tables.values())
        if self._room < 0 and (len(self._waiting) > 1 or self._pieces):
            for few in self._waiting:
                self._keep(few)
            self._waiting.clear()

    def write(self, folder: Path) -> int:
        """Write NAME.parquet of each table into a folder; of one customer, rows keep their order. How many there are.

        Of every table the columns are those of the part that was added first.
        """
        rows = 0
        if not self._pieces:
            return self._write_waiting(folder)
        for name, pieces in self._pieces.items():
            empty = [pl.DataFrame(schema=piece.schema) for piece in pieces]
            all_columns = pl.concat(empty, how="diagonal_relaxed").select(empty[0].columns)
            with parquet_in_pieces(folder / f"{name}.parquet") as add:
                for some in _as_long(_in_order(pieces)):
                    add(pl.concat([all_columns, some], how="diagonal_relaxed").select(all_columns.columns))
                    rows += some.height
            for piece in pieces:
                piece.file.unlink()
        return rows

    def _write_waiting(self, folder: Path) -> int:
        rows, waiting = 0, self._waiting
        self._waiting = []
        for name in [*waiting[0]] if waiting else []:
            frames = [few.pop(name) for few in waiting if name in few]
            columns = frames[0].columns
            table = pl.concat(frames, how="diagonal_relaxed", rechunk=True).select(columns)
            frames.clear()  # or the table would be in memory twice while it is written
            write_by_customer(folder / f"{name}.parquet", table)
            rows += table.height
        return rows

    def _keep(self, tables: Mapping[str, pl.DataFrame]) -> None:
        for name, table in tables.items():
            rows = table[order_by_customer(table[_CUSTOMER])]
            file = self._folder / f"{name}-{len(self._pieces[name]):06d}.arrow"
            with writable(file):
                rows.write_ipc(file, compat_level=pl.CompatLevel.oldest())
            self._pieces[name].append(_Piece(file, rows.schema, rows[_CUSTOMER].gather_every(_SAMPLE)))


def _in_order(pieces: Sequence[_Piece]) -> Iterator[pl.DataFrame]:
    """The rows of all pieces in order of customers, some customers at a time; at least one frame."""
    shown = pl.concat([piece.ids for piece in pieces]).sort()
    edges = shown.gather_every(ROWS_SORTED // _SAMPLE).unique().sort().slice(1)
    cuts = [_cut(piece, edges) for piece in pieces]
    for number in range(len(edges) + 1):
        frames = [_slice(piece, *cut[number]) for piece, cut in zip(pieces, cuts, strict=True)]
        some = pl.concat(frames, how="diagonal_relaxed", rechunk=True)
        yield some[order_by_customer(some[_CUSTOMER])]


def _as_long(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows in frames of `ROWS_SORTED`, the last one shorter: the file is then that of a table never parted."""
    rest = next(frames)
    for some in itertools.chain(frames, [rest.clear()]):
        while rest.height > ROWS_SORTED:
            yield rest.head(ROWS_SORTED).rechunk()
            rest = rest.slice(ROWS_SORTED)
        rest = pl.concat([rest, some], how="diagonal_relaxed")
    yield rest.rechunk()


def _cut(piece: _Piece, edges: pl.Series) -> list[tuple[int, int]]:
    """Begin and end of each range in the piece's rows; each but the first begins at its edge."""
    ids = pl.read_ipc(piece.file, columns=[_CUSTOMER])[_CUSTOMER]
    positions = ids.search_sorted(edges, side="left").to_list() if len(edges) else []
    return list(itertools.pairwise([0, *positions, len(ids)]))


def _slice(piece: _Piece, begin: int, end: int) -> pl.DataFrame:
    """Rows of the file; what stands beside them is not read."""
    import pyarrow as pa  # late: scoring one customer sorts no tables

    with pa.memory_map(str(piece.file)) as source:
        rows = pa.ipc.open_file(source).read_all()
        return pl.DataFrame(rows.slice(begin, end - begin), schema=piece.schema)
