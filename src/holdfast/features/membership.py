"""The population of cutoffs within one partition of customers: `cutoffs.population` for many cutoffs at a time.

    Membership.of(settings, schemas) -> Membership | None      None: the churn rule knows no cutoffs
    Membership.columns                                         what must be read of each table
    members(tables, ids, cutoffs, membership) -> (n, cutoffs)  whether each customer belongs to the population of each

An activity makes its customer active from the cutoff that first sees it to the last that lies within the window, so
each row is looked at once, whatever the number of cutoffs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.cutoffs.population import activity_tables, in_population, is_activity, listed, population
from holdfast.settings import ChurnRule, Settings

CUSTOMERS = "customers"
LIFE_COLUMNS = ("signed_up_at", "ended_at")  # of the customers table: between them someone is a customer
_OF_ACTIVITY = ("is_return", "running_change", "kind", "is_due", "is_passive")  # say which events are no activity
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Membership:
    """The population's rule, and what it reads."""

    settings: Settings  # with the window applied
    tables: tuple[str, ...]  # whose rows are activity, or movements of subscriptions
    columns: Mapping[str, tuple[str, ...]]  # table -> columns to read beside customer and times

    @classmethod
    def of(cls, settings: Settings, schemas: Mapping[str, Mapping[str, pl.DataType]]) -> Self | None:
        """The rule of a project.

        Args:
            settings: with the window applied.
            schemas: the tables that there are, with their columns.
        """
        churn, of_customers = settings.churn, schemas.get(CUSTOMERS, {})
        if churn.rule is ChurnRule.LABEL:
            return None
        if churn.rule is ChurnRule.SUBSCRIPTION_END:
            named = [name for name, table in settings.tables.items() if table.subscriptions is not None]
            tables = tuple(name for name in named if name in schemas)
            return cls(settings, tables, {name: tuple(schemas[name]) for name in tables})
        events = [name for name, schema in schemas.items() if "happened_at" in schema]
        tables = tuple(activity_tables(events, churn))
        columns = {name: tuple(column for column in _OF_ACTIVITY if column in schemas[name]) for name in tables}
        if CUSTOMERS in schemas:
            # Who is listed is told by any attribute; the other rule needs the times alone.
            every = churn.rule is ChurnRule.END_DATE
            columns[CUSTOMERS] = tuple(name for name in of_customers if every or name in LIFE_COLUMNS)
        return cls(settings, tables, columns)


def members(
    tables: Mapping[str, pl.DataFrame], ids: pl.Series, cutoffs: Sequence[datetime], membership: Membership
) -> NDArray[np.bool_]:
    """(n, cutoffs) whether each customer belongs to the population of each cutoff.

    Args:
        tables: of a partition, with the columns of the membership.
        ids: (n,) customer ids, sorted, each once.
        cutoffs: UTC, ascending.
        membership: the rule.
    """
    settings = membership.settings
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        everyone = {name: tables[name] for name in membership.tables} | {CUSTOMERS: ids.to_frame("customer_id")}
        of_cutoffs = [ids.is_in(population(everyone, settings, cutoff).implode()).to_numpy() for cutoff in cutoffs]
        return np.column_stack(of_cutoffs) if of_cutoffs else np.zeros((len(ids), 0), np.bool_)
    was_active = _active(tables, ids, cutoffs, membership)
    lives = _lives(tables, ids)
    belongs = np.zeros((len(ids), len(cutoffs)), np.bool_)
    for position, cutoff in enumerate(cutoffs):
        flags = lives.with_columns(pl.Series("was_active", was_active[:, position])).select(
            in_population(
                settings.churn,
                began=pl.col("signed_up_at"),
                ended=pl.col("ended_at"),
                was_active=pl.col("was_active"),
                is_listed=pl.col("is_listed"),
                cutoff=pl.lit(cutoff, TIME),
            ).alias("belongs")
        )
        belongs[:, position] = flags["belongs"].to_numpy()
    return belongs


def _active(
    tables: Mapping[str, pl.DataFrame], ids: pl.Series, cutoffs: Sequence[datetime], membership: Membership
) -> NDArray[np.bool_]:
    """Whether an activity that happened within the window was known before each cutoff."""
    moments = pl.Series(list(cutoffs), dtype=TIME).to_physical().to_numpy()
    within = membership.settings.churn.seen_within_days
    window = None if within is None else timedelta(days=within) // timedelta(microseconds=1)
    index = pl.DataFrame({"customer_id": ids}).with_row_index("index")
    changes = np.zeros((len(ids), len(moments) + 1), np.int32)
    for name in membership.tables:
        rows = tables[name].filter(is_activity(tables[name].columns), pl.col("happened_at").is_not_null())
        owner = rows.select("customer_id").join(index, on="customer_id", how="left", maintain_order="left")["index"]
        happened, visible = happened_and_visible(rows)
        first = np.searchsorted(moments, visible, side="right")
        after = len(moments) if window is None else np.searchsorted(moments, happened + window, side="right")
        ends = np.broadcast_to(after, first.shape)
        counts = first < ends
        np.add.at(changes, (owner.to_numpy()[counts], first[counts]), 1)
        np.add.at(changes, (owner.to_numpy()[counts], ends[counts]), -1)
    active: NDArray[np.bool_] = changes.cumsum(axis=1)[:, :-1] > 0
    return active


def _lives(tables: Mapping[str, pl.DataFrame], ids: pl.Series) -> pl.DataFrame:
    """customer_id, signed_up_at, ended_at, is_listed (whether any attribute is known), in the order of `ids`."""
    customers = tables.get(CUSTOMERS)
    frame = ids.to_frame("customer_id")
    if customers is not None:
        times = [name for name in LIFE_COLUMNS if name in customers.columns]
        lives = customers[["customer_id", *times]].hstack([pl.Series("is_listed", listed(customers))])
        frame = frame.join(lives, on="customer_id", how="left", maintain_order="left")
    return frame.with_columns(
        *(pl.lit(None, TIME).alias(name) for name in LIFE_COLUMNS if name not in frame.columns),
        (pl.col("is_listed") if "is_listed" in frame.columns else pl.lit(value=True))
        .fill_null(value=False)
        .alias("is_listed"),
    )


def happened_and_visible(table: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) and (n,) microseconds: when each row happened, and the moment after which cutoffs see it; no time: never."""
    happened, known_at = (table[name].to_physical() for name in ("happened_at", "known_at"))
    when: NDArray[np.int64] = happened.fill_null(_NEVER).to_numpy()
    visible: NDArray[np.int64] = np.maximum(when, known_at.fill_null(happened).fill_null(_NEVER).to_numpy())
    return when, visible
