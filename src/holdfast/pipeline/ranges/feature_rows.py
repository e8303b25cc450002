"""Features of today's customers and of labelled rows, computed and written a range of customers at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from holdfast.column_types import TIME
from holdfast.features.build import add_scores, columns_for_scores
from holdfast.features.spec import Feature
from holdfast.pipeline.engines import compute_features
from holdfast.pipeline.ranges.earlier_rows import EarlierRows, Marks, together
from holdfast.pipeline.workspace import Workspace
from holdfast.store.run_tables import CustomerRanges

_KEYS = ("customer_id", "cutoff")


@dataclass(frozen=True)
class Requests:
    """Whose features are computed."""

    today: Callable[[int, dict[str, pl.DataFrame]], pl.Series]  # of a range and its tables: sorted ids to score
    cutoff: datetime | None  # to score them at
    past: pl.DataFrame  # customer_id, cutoff of the labelled rows: cutoff by cutoff, by customer
    fit: datetime | None  # the day that models know nothing from; None: of a snapshot

    def of_range(
        self, records: CustomerRanges, number: int, tables: dict[str, pl.DataFrame]
    ) -> tuple[pl.DataFrame, int]:
        """Those of one range, past cutoffs first; and how many those are."""
        holds = records.ranges[number].holds()
        past = self.past if holds is None else self.past.filter(holds)
        today = pl.DataFrame({"customer_id": self.today(number, tables)}).with_columns(
            pl.lit(self.cutoff, TIME).alias("cutoff")
        )
        return pl.concat([past, today]), past.height


@dataclass(frozen=True)
class Measured:
    """What came of it; the rows of today are written."""

    past: pl.DataFrame  # customer_id, cutoff and features, in the order of the requests
    marks: Marks
    customers: int  # scored today
    computed: int  # rows; the others were still valid

    @property
    def rows(self) -> int:
        return self.past.height + self.customers


def measure(
    workspace: Workspace,
    records: CustomerRanges,
    features: Sequence[Feature],
    requests: Requests,
    is_wanted: Callable[[Marks], bool] = lambda _: True,
) -> Measured | None:
    """Compute the features of the requested rows and write features.parquet and fingerprints.parquet.

    Args:
        workspace: of the stage `features`.
        records: the cleaned tables.
        features: records.
        requests: of the same ranges.
        is_wanted: looks at the marks of all customers before anything is written; None comes back where it says no.
    """
    earlier = EarlierRows.of(workspace, features)
    marks, past, to_rank = list[Marks](), list[pl.DataFrame](), list[pl.DataFrame]()
    computed, customers, needed = 0, 0, columns_for_scores(features)

    def of_range(number: int, tables: dict[str, pl.DataFrame]) -> tuple[Marks, pl.DataFrame, int, int]:
        """Marks of its customers, its rows in the order of its requests, how many are past and how many computed."""
        requested, edge = requests.of_range(records, number, tables)
        own = Marks.of(tables, requests.fit)
        valid = earlier.valid(requested, own.of_all, records.ranges[number]) if earlier else None
        missing = requested if valid is None else requested.join(valid, on=_KEYS, how="anti", maintain_order="left")
        rows = compute_features(workspace, tables, features, missing)
        if valid is not None and valid.height:
            both = pl.concat([valid.select(rows.columns), rows])
            rows = requested.join(both, on=_KEYS, how="left", maintain_order="left")
        return own, rows, edge, missing.height

    with TemporaryDirectory(dir=workspace.run, prefix=".features-") as folder:
        of_ranges = records.each(of_range, threads=workspace.settings.training.threads)
        for number, (own, rows, edge, missing) in enumerate(of_ranges):
            marks.append(own)
            past.append(rows.head(edge))
            today = rows.slice(edge)
            computed, customers = computed + missing, customers + today.height
            to_rank.append(today.select(needed))
            today.write_ipc(Path(folder) / f"{number:06d}.arrow")
            workspace.progress.update("computing features", 10 + 70 * (number + 1) // records.partitions, 100)
        if not is_wanted(of_all := together(marks)):
            return None
        workspace.keep_table("fingerprints.parquet", of_all.of_all)
        _write_today(workspace, features, _parts(Path(folder)), pl.concat(to_rank, rechunk=True))
    labelled = pl.concat(past, rechunk=True).sort("cutoff", "customer_id", maintain_order=True)
    past.clear()
    return Measured(add_scores(labelled, features), of_all, customers, computed)


def _parts(folder: Path) -> Iterator[pl.DataFrame]:
    for file in sorted(folder.glob("*.arrow")):
        yield pl.read_ipc(file.read_bytes())


def _write_today(
    workspace: Workspace, features: Sequence[Feature], parts: Iterator[pl.DataFrame], to_rank: pl.DataFrame
) -> None:
    """Ranks come last: they are among all of a cutoff, from the few columns that they need."""
    names, done = [feature.name for feature in features], 0
    scores = add_scores(to_rank, features) if to_rank.width else None
    with workspace.table_in_pieces("features.parquet") as add:
        for piece in parts:
            ranked = []
            if scores is not None:
                ranked = (
                    scores.slice(done, piece.height).select(n for n in names if n not in piece.columns).get_columns()
                )
            add(piece.hstack(ranked).select(*_KEYS, *names))
            done += piece.height
