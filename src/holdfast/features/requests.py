"""Which (customer, cutoff) pairs to measure within one partition, from a selection and the partition's records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.cutoffs.population import is_customer
from holdfast.features.membership import LIFE_COLUMNS, Membership, happened_and_visible, members
from holdfast.stats.string_views import run_starts

_NEVER = np.iinfo(np.int64).max
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_NO_CUSTOMERS = pl.DataFrame(schema={"customer_id": pl.String, "since": TIME})


@dataclass(frozen=True)
class Selection:
    """The customers and cutoffs to measure.

    With a membership, the population of each cutoff is measured. Without one, a customer is measured at a cutoff when
    one of the `active_in` tables holds an event of theirs that was known before it, or they signed up before it; and
    never at a cutoff at or before the sign-up, nor after the end.
    """

    cutoffs: tuple[datetime, ...]  # UTC; every customer is measured at these
    active_in: tuple[str, ...]  # event tables whose events make someone a customer
    refreshed_cutoffs: tuple[datetime, ...] = ()  # only the customers in `changed` are measured at these; ascending
    # Partition -> (customers, 2) customer_id, since: measured at the refreshed cutoffs after `since`; null: at all.
    changed: Mapping[int, pl.DataFrame] = field(default_factory=dict)
    life_columns: tuple[str, ...] = LIFE_COLUMNS  # to read of the customers table; none where there is no such table
    membership: Membership | None = None

    def customers(self, partition: int) -> pl.Series | None:
        """The ids whose records are needed; None for all."""
        if self.cutoffs:
            return None
        return self.changed.get(partition, _NO_CUSTOMERS)["customer_id"]

    def columns(self) -> dict[str, tuple[str, ...]]:
        """What must be read of each table to know who is measured, beside customers and times."""
        needed: dict[str, tuple[str, ...]] = dict.fromkeys(self.active_in, ())
        if self.life_columns:
            needed["customers"] = self.life_columns
        for name, columns in self.membership.columns.items() if self.membership else ():
            needed[name] = tuple(dict.fromkeys((*needed.get(name, ()), *columns)))
        return needed

    @property
    def measured_cutoffs(self) -> tuple[datetime, ...]:
        """The cutoffs at which somebody is measured."""
        since = pl.concat([_NO_CUSTOMERS["since"], *(changed["since"] for changed in self.changed.values())])
        earliest = since.fill_null(_EARLIEST).min()
        refreshed = [
            cutoff for cutoff in self.refreshed_cutoffs if isinstance(earliest, datetime) and cutoff > earliest
        ]
        return (*self.cutoffs, *refreshed)

    @property
    def max_cutoffs(self) -> int:
        """The most rows that one customer may give."""
        return len(self.cutoffs) + len(self.refreshed_cutoffs)


@dataclass(frozen=True)
class CustomerRows:
    """Where each customer's rows begin and end in the tables of a partition."""

    ids: pl.Series  # (n,) sorted, of all the tables
    offsets: dict[str, NDArray[np.int64]]  # table -> (n + 1,)

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> "CustomerRows":
        """Find the runs of equal ids in tables that are sorted by customer_id."""
        starts = {name: run_starts(table["customer_id"]) for name, table in tables.items()}
        owners = {name: tables[name]["customer_id"].gather(starts[name]) for name in tables}
        if len(tables) == 1:
            [(name, owner)] = owners.items()
            return cls(owner.cast(pl.String), {name: np.append(starts[name], tables[name].height)})
        ids = pl.concat([pl.Series("customer_id", [], dtype=pl.String), *owners.values()]).unique().sort()
        indexed = pl.DataFrame({"customer_id": ids}).with_row_index("index")
        offsets = {}
        for name, owner in owners.items():
            index = owner.to_frame().join(indexed, on="customer_id", how="left", maintain_order="left")["index"]
            counts = np.zeros(len(ids) + 1, dtype=np.int64)
            counts[index.to_numpy() + 1] = np.diff(np.append(starts[name], tables[name].height))
            offsets[name] = np.cumsum(counts)
        return cls(ids, offsets)

    def slice(self, tables: Mapping[str, pl.DataFrame], begin: int, end: int) -> dict[str, pl.DataFrame]:
        """The rows of customers `begin` to `end`, without copying them."""
        return {
            name: table.slice(self.offsets[name][begin], self.offsets[name][end] - self.offsets[name][begin])
            for name, table in tables.items()
        }

    def row_counts(self) -> NDArray[np.int64]:
        """(n,) how many rows each customer has."""
        rows = np.zeros(len(self.ids), dtype=np.int64)
        for offsets in self.offsets.values():
            rows += np.diff(offsets)
        return rows


def customer_lifetimes(tables: Mapping[str, pl.DataFrame], rows: CustomerRows, selection: Selection) -> pl.DataFrame:
    """(n, 4) customer_id, active_since (when an event was first known), signed_up_at, ended_at; in the order of `rows`.

    Args:
        tables: of a partition, sorted by customer_id.
        rows: of these tables.
        selection: names the tables whose events count as activity.
    """
    active_since = np.full(len(rows.ids), _NEVER)
    for name in selection.active_in:
        offsets = rows.offsets[name]
        with_events = np.flatnonzero(np.diff(offsets))
        if with_events.size:
            first_visible = np.minimum.reduceat(visible_at(tables[name]), offsets[:-1][with_events])
            active_since[with_events] = np.minimum(active_since[with_events], first_visible)
    first = pl.Series("active_since", active_since).to_frame()
    frame = rows.ids.to_frame().hstack(first.select(pl.col("active_since").replace(_NEVER, None).cast(TIME)))
    customers = tables.get("customers")
    life_columns = [name for name in LIFE_COLUMNS if customers is not None and name in customers.columns]
    if customers is not None and life_columns:
        lives = customers.select("customer_id", *life_columns)
        frame = frame.join(lives, on="customer_id", how="left", maintain_order="left")
    for name in LIFE_COLUMNS:
        if name not in life_columns:
            frame = frame.with_columns(pl.lit(None, TIME).alias(name))
    return frame


def belonging(tables: Mapping[str, pl.DataFrame], ids: pl.Series, selection: Selection) -> NDArray[np.bool_] | None:
    """(n, cutoffs) who belongs to the population of each of `selection`'s cutoffs, ascending; None without membership.

    Args:
        tables: of a partition.
        ids: of its customers, sorted.
        selection: the cutoffs and the membership.
    """
    if selection.membership is None:
        return None
    return members(tables, ids, sorted((*selection.cutoffs, *selection.refreshed_cutoffs)), selection.membership)


def requests(
    lifetimes: pl.DataFrame, selection: Selection, partition: int, belongs: NDArray[np.bool_] | None = None
) -> pl.DataFrame:
    """(rows, 2) customer_id, cutoff: customer by customer, cutoffs ascending.

    Args:
        lifetimes: rows of `customer_lifetimes`.
        selection: the cutoffs.
        partition: of these customers.
        belongs: the same rows of `belonging`.
    """
    changed = selection.changed.get(partition, _NO_CUSTOMERS).with_columns(pl.col("since").fill_null(_EARLIEST))
    for_all = _cutoffs(selection.cutoffs, is_refreshed=False)
    refreshed = _cutoffs(selection.refreshed_cutoffs, is_refreshed=True)
    everything = pl.concat([for_all, refreshed]).sort("cutoff").with_row_index("position")
    is_in_reach = ~pl.col("is_refreshed") | (pl.col("cutoff") > pl.lit(changed["since"].min(), TIME))
    cutoffs = everything.filter(is_in_reach.fill_null(value=False))  # most of the refreshed are out of reach
    cutoff, began, ended = pl.col("cutoff"), pl.col("signed_up_at"), pl.col("ended_at")
    was_active = (pl.col("active_since") < cutoff).fill_null(value=False)
    is_requested = is_customer(began=began, ended=ended, was_active=was_active, cutoff=cutoff)
    if belongs is not None:
        flags = pl.Series("belongs", belongs[:, cutoffs["position"].to_numpy()].ravel())
        is_requested = pl.lit(flags) if len(flags) else pl.lit(value=False)
    if cutoffs["is_refreshed"].any():
        lifetimes = lifetimes.join(changed, on="customer_id", how="left", maintain_order="left")
        is_requested &= ~pl.col("is_refreshed") | (pl.col("since") < cutoff).fill_null(value=False)
    pairs = lifetimes.join(cutoffs, how="cross", maintain_order="left_right")
    return pairs.filter(is_requested).select("customer_id", "cutoff")


def _cutoffs(cutoffs: tuple[datetime, ...], *, is_refreshed: bool) -> pl.DataFrame:
    return pl.DataFrame({"cutoff": pl.Series(cutoffs, dtype=TIME)}).with_columns(
        is_refreshed=pl.lit(value=is_refreshed)
    )


def visible_at(table: pl.DataFrame) -> NDArray[np.int64]:
    """(n,) microseconds: cutoffs after it see the row; never where the row has no time."""
    return happened_and_visible(table)[1]
