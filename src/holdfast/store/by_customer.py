"""Cleaned tables in, some customers at a time and in any order; one Parquet file of each, sorted by customer, out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from holdfast.store.artifacts import writable
from holdfast.store.run_tables import ROWS_SORTED, parquet_in_pieces, write_by_customer

_CUSTOMER = "customer_id"
_SAMPLE = 4_096  # of so many rows, one id shows where customers stand


@dataclass(frozen=True)
class _Piece:
    """Rows on the disk, sorted by customer."""

    file: Path
    schema: pl.Schema
    ids: pl.Series  # some of them, sorted


class TablesByCustomer:
    """What is added waits in files of a folder, but for the first part, as long as it is the only one."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._first = folder, dict[str, pl.DataFrame]()
        self._pieces: dict[str, list[_Piece]] = defaultdict(list)
        self._parts = 0

    def add(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Add the rows of some customers, who are in no other part."""
        if not self._parts:
            self._first = dict(tables)
        else:
            self._keep(self._first)
            self._first = {}
            self._keep(tables)
        self._parts += 1

    def write(self, folder: Path) -> int:
        """Write NAME.parquet of each table into a folder; of one customer, rows keep their order. How many there are.

        Of every table the columns are those of the part that was added first.
        """
        rows = 0
        for name, table in self._first.items():
            write_by_customer(folder / f"{name}.parquet", table)
            rows += table.height
        self._first = {}
        for name, pieces in self._pieces.items():
            empty = [pl.DataFrame(schema=piece.schema) for piece in pieces]
            all_columns = pl.concat(empty, how="diagonal_relaxed").select(empty[0].columns)
            with parquet_in_pieces(folder / f"{name}.parquet") as add:
                for some in _in_order(pieces):
                    add(pl.concat([all_columns, some], how="diagonal_relaxed").select(all_columns.columns))
                    rows += some.height
            for piece in pieces:
                piece.file.unlink()
        return rows

    def _keep(self, tables: Mapping[str, pl.DataFrame]) -> None:
        for name, table in tables.items():
            rows = table.sort(_CUSTOMER, maintain_order=True)
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
        yield pl.concat(frames, how="diagonal_relaxed").sort(_CUSTOMER, maintain_order=True)


def _cut(piece: _Piece, edges: pl.Series) -> list[tuple[int, int]]:
    """Begin and end of each range in the piece's rows; each but the first begins at its edge."""
    ids = pl.read_ipc(piece.file, columns=[_CUSTOMER])[_CUSTOMER]
    positions = ids.search_sorted(edges, side="left").to_list() if len(edges) else []
    return list(pairwise([0, *positions, len(ids)]))


def _slice(piece: _Piece, begin: int, end: int) -> pl.DataFrame:
    """Rows of the file; what stands beside them is not read."""
    import pyarrow as pa  # late: scoring one customer sorts no tables

    with pa.memory_map(str(piece.file)) as source:
        rows = pa.ipc.open_file(source).read_all()
        return pl.DataFrame(rows.slice(begin, end - begin), schema=piece.schema)
