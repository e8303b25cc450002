"""Sightings: what each cutoff sees of activity is what looking at all rows at that cutoff gives."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.sightings import Sightings

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
CUTOFFS = [BEGIN + timedelta(days=days) for days in (50, 10, 90, 50)]


def test_each_cutoff_sees_what_had_happened_and_was_known() -> None:
    random, rows = np.random.default_rng(2), 3_000
    happened = pl.Series((random.random(rows) * 100 * 86_400e6).astype(np.int64)) // 6_000_000 * 6_000_000
    late = pl.Series((random.random(rows) * 40 * 86_400e6).astype(np.int64) * (random.random(rows) < 0.2))
    start = int(BEGIN.timestamp() * 1_000_000)
    events = pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in random.integers(0, 60, rows)],
            "happened_at": (happened + start).cast(TIME),
            "known_at": (happened + late + start).cast(TIME),
        }
    ).with_columns(
        pl.when(pl.int_range(pl.len()) % 7 > 0).then("known_at"),
        pl.when(pl.int_range(pl.len()) % 50 > 0).then("happened_at"),
    )
    sightings = Sightings.of(events, CUTOFFS)
    assert sightings.cutoffs == tuple(sorted(set(CUTOFFS)))
    for cutoff in CUTOFFS:
        seen = events.filter(pl.col("happened_at") < cutoff, pl.coalesce("known_at", "happened_at") < cutoff)
        expected = seen.group_by("customer_id").agg(
            pl.col("happened_at").min().alias("first_at"),
            pl.col("happened_at").max().alias("last_at"),
            pl.col("happened_at").dt.truncate("1d").n_unique().cast(pl.Int64).alias("active_days"),
        )
        assert sightings.before(cutoff).sort("customer_id").equals(expected.sort("customer_id"))
