"""Whom to ask about when, told from the records of one partition of customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.features.engine.string_views import run_starts

LIFE = ("signed_up_at", "ended_at")  # columns of the customers table that tell whether someone is there
_NEVER = np.iinfo(np.int64).max
_BEGIN = datetime.min.replace(tzinfo=UTC)
_NOBODY = pl.DataFrame(schema={"customer_id": pl.String, "since": TIME})


@dataclass(frozen=True)
class Asked:
    """The customers and cutoffs to measure.

    A customer is asked about at a cutoff when one of the `seen_in` tables holds an event of theirs that was known
    before it, or they signed up before it; and never at a cutoff at or before the sign-up, nor after the end.
    """

    cutoffs: tuple[datetime, ...]  # UTC; everyone is asked about at these
    seen_in: tuple[str, ...]  # event tables whose events show that a customer is there
    again: tuple[datetime, ...] = ()  # only the customers in `touched` are asked about at these, ascending
    # Partition -> (customers, 2) customer_id, since: asked again at the cutoffs after that moment; null: at all.
    touched: Mapping[int, pl.DataFrame] = field(default_factory=dict)
    life: tuple[str, ...] = LIFE  # columns of the customers table to look at; none where there is no such table

    def customers(self, partition: int) -> pl.Series | None:
        """Whose records are needed; None for everyone's."""
        if self.cutoffs:
            return None
        return self.touched.get(partition, _NOBODY)["customer_id"]

    @property
    def measured(self) -> tuple[datetime, ...]:
        """The cutoffs that somebody is asked about at."""
        since = pl.concat([_NOBODY["since"], *(touched["since"] for touched in self.touched.values())])
        least = since.fill_null(_BEGIN).min()
        return (*self.cutoffs, *(cutoff for cutoff in self.again if isinstance(least, datetime) and cutoff > least))

    @property
    def most_cutoffs(self) -> int:
        """How many rows a customer may give."""
        return len(self.cutoffs) + len(self.again)


@dataclass(frozen=True)
class Places:
    """Where each customer's rows stand in the tables of a partition."""

    ids: pl.Series  # (n,) sorted, of all the tables
    offsets: dict[str, NDArray[np.int64]]  # table -> (n + 1,)

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> "Places":
        """Find the runs of equal ids in tables that are sorted by customer_id."""
        begins = {name: run_starts(table["customer_id"]) for name, table in tables.items()}
        owners = {name: tables[name]["customer_id"].gather(begins[name]) for name in tables}
        if len(tables) == 1:
            [(name, owner)] = owners.items()
            return cls(owner.cast(pl.String), {name: np.append(begins[name], tables[name].height)})
        ids = pl.concat([pl.Series("customer_id", [], dtype=pl.String), *owners.values()]).unique().sort()
        places = pl.DataFrame({"customer_id": ids}).with_row_index("place")
        offsets = {}
        for name, owner in owners.items():
            mine = owner.to_frame().join(places, on="customer_id", how="left", maintain_order="left")["place"]
            counts = np.zeros(len(ids) + 1, dtype=np.int64)
            counts[mine.to_numpy() + 1] = np.diff(np.append(begins[name], tables[name].height))
            offsets[name] = np.cumsum(counts)
        return cls(ids, offsets)

    def rows_of(self, tables: Mapping[str, pl.DataFrame], begin: int, end: int) -> dict[str, pl.DataFrame]:
        """The rows of customers `begin` to `end`, without copying them."""
        return {
            name: table.slice(self.offsets[name][begin], self.offsets[name][end] - self.offsets[name][begin])
            for name, table in tables.items()
        }

    def rows_each(self) -> NDArray[np.int64]:
        """(n,) how many rows each customer has."""
        rows = np.zeros(len(self.ids), dtype=np.int64)
        for offsets in self.offsets.values():
            rows += np.diff(offsets)
        return rows


def people(tables: Mapping[str, pl.DataFrame], places: Places, asked: Asked) -> pl.DataFrame:
    """(n, 5) customer_id, began, ended, seen (when an event was first known), touched; in the order of `places`."""
    seen = np.full(len(places.ids), _NEVER)
    for name in asked.seen_in:
        offsets = places.offsets[name]
        there = np.flatnonzero(np.diff(offsets))
        if there.size:
            learnt = learnt_at(tables[name])
            seen[there] = np.minimum(seen[there], np.minimum.reduceat(learnt, offsets[:-1][there]))
    first = pl.Series("seen", seen).to_frame().select(pl.col("seen").replace(_NEVER, None).cast(TIME))
    frame = places.ids.to_frame().hstack(first)
    customers = tables.get("customers")
    lives = [name for name in LIFE if customers is not None and name in customers.columns]
    if customers is not None and lives:
        own = customers.select("customer_id", *lives)
        frame = frame.join(own, on="customer_id", how="left", maintain_order="left")
    for name in LIFE:
        if name not in lives:
            frame = frame.with_columns(pl.lit(None, TIME).alias(name))
    return frame


def questions(folk: pl.DataFrame, asked: Asked, partition: int) -> pl.DataFrame:
    """(rows, 2) customer_id, cutoff: customer by customer, cutoffs ascending.

    Args:
        folk: rows of `people`.
        asked: the cutoffs.
        partition: whose customers these are.
    """
    touched = asked.touched.get(partition, _NOBODY).with_columns(pl.col("since").fill_null(_BEGIN))
    new = pl.DataFrame({"cutoff": pl.Series(asked.cutoffs, dtype=TIME)}).with_columns(is_again=pl.lit(value=False))
    old = pl.DataFrame({"cutoff": pl.Series(asked.again, dtype=TIME)}).with_columns(is_again=pl.lit(value=True))
    again = old.filter(pl.col("cutoff") > pl.lit(touched["since"].min(), TIME))  # most are out of reach
    moments = pl.concat([new, again]).sort("cutoff")
    cutoff, began, ended = pl.col("cutoff"), pl.col("signed_up_at"), pl.col("ended_at")
    there = (began < cutoff).fill_null((pl.col("seen") < cutoff).fill_null(value=False))
    there &= (ended >= cutoff).fill_null(value=True)
    if again.height:
        folk = folk.join(touched, on="customer_id", how="left", maintain_order="left")
        there &= ~pl.col("is_again") | (pl.col("since") < cutoff).fill_null(value=False)
    return folk.join(moments, how="cross", maintain_order="left_right").filter(there).select("customer_id", "cutoff")


def learnt_at(table: pl.DataFrame) -> NDArray[np.int64]:
    """(n,) microseconds: from when on a cutoff sees the row; never where it has no time."""
    happened, known = (table[name].to_physical() for name in ("happened_at", "known_at"))
    learnt: NDArray[np.int64] = np.maximum(
        happened.fill_null(_NEVER).to_numpy(), known.fill_null(happened).fill_null(_NEVER).to_numpy()
    )
    return learnt
