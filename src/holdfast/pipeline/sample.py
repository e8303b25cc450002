"""The labelled customers that models learn from and are tested on: everybody, or of large populations a sample.

labelled_customers(tables, settings, cutoffs) -> Labelled         of whole tables
drawn([outcomes_at(tables, ...), ...], settings, cutoffs)        of some customers at a time
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.outcomes import LEFT, outcomes
from holdfast.cutoffs.span import Span
from holdfast.cutoffs.standings import under_notice
from holdfast.formatting import count, plural
from holdfast.settings import ChurnRule, Settings


@dataclass(frozen=True)
class CutoffSample:
    """How many of a cutoff's customers are asked about."""

    cutoff: datetime
    customers: int
    rows: int

    @property
    def weight(self) -> float:
        """How many customers each row stands for; the weights of the rows add up to the customers."""
        return self.customers / self.rows if self.rows else 0.0

    def to_record(self) -> dict[str, Any]:
        """Plain values, for timeline.json."""
        return {
            "cutoff": self.cutoff.isoformat(),
            "customers": self.customers,
            "rows": self.rows,
            "weight": self.weight,
        }


@dataclass(frozen=True)
class Labelled:
    """Labelled rows of past cutoffs, and the populations that they stand for."""

    rows: pl.DataFrame  # customer_id, OUTCOME_NAMES, cutoff; cutoff by cutoff, by customer
    samples: tuple[CutoffSample, ...]
    outcomes: Mapping[str, int]  # customers, left: everybody whose outcome is known, also those under notice

    def to_record(self, settings: Settings) -> dict[str, Any]:
        """For timeline.json: what the rows alone do not say, where they are not everybody."""
        is_sampled = any(sample.rows < sample.customers for sample in self.samples)
        record: dict[str, Any] = {}
        if is_sampled or settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
            record["past_outcomes"] = dict(self.outcomes)
        if is_sampled:
            cutoffs = [sample.to_record() for sample in self.samples]
            record["sample"] = {"words": self.words, "cutoffs": cutoffs}
        return record

    @property
    def words(self) -> str:
        """How large the sample is, in a sentence."""
        *learned, tested = self.samples
        words = []
        for samples, does in ((learned, "to learn from"), ([tested], "to test on")):
            rows, customers = sum(each.rows for each in samples), sum(each.customers for each in samples)
            if rows < customers:
                words.append(f"{count(rows)} of {plural(customers, 'case')} {does}")
        return f"Drawn at random, with a limit for each cutoff: {' and '.join(words)}." if words else ""


@dataclass(frozen=True)
class PastOutcomes:
    """Who may be asked about at each past cutoff, and how many had a known outcome."""

    rows: tuple[pl.DataFrame, ...]  # of each cutoff: customer_id (sorted), OUTCOME_NAMES; not those under notice
    customers: int
    left: int


def labelled_customers(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoffs: Sequence[datetime]) -> Labelled:
    """Outcomes of the population of each past cutoff: all of them, or a sample where there are too many.

    A sample is drawn from the customers of its cutoff, so no row depends on what came later. Customers who had given
    notice are left out: that they leave is known, and a model that predicted it would have learnt nothing.
    """
    return drawn([outcomes_at(tables, settings, cutoffs)], settings, cutoffs)


def outcomes_at(
    tables: Mapping[str, pl.DataFrame], settings: Settings, cutoffs: Sequence[datetime], span: Span | None = None
) -> PastOutcomes:
    """The outcomes of some customers at past cutoffs.

    Args:
        tables: all records of these customers, cleaned.
        settings: with the window applied.
        cutoffs: UTC, oldest first.
        span: of the records of all customers; None: `tables` are those.
    """
    frames, customers, left = [], 0, 0
    for cutoff in cutoffs:
        rows = outcomes(tables, settings, cutoff, span=span)
        flags = rows[LEFT].drop_nulls()
        customers, left = customers + len(flags), left + int(flags.sum())
        if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
            rows = rows.filter(~pl.col("customer_id").is_in(under_notice(tables, settings, cutoff).implode()))
        frames.append(rows)
    return PastOutcomes(tuple(frames), customers, left)


def drawn(pieces: Sequence[PastOutcomes], settings: Settings, cutoffs: Sequence[datetime]) -> Labelled:
    """The labelled customers of all `pieces`, whose customers follow each other in order: all, or a sample."""
    training = settings.training
    share = training.at_most_rows // max(len(cutoffs) - 1, 1)
    frames, samples = [], []
    for index, cutoff in enumerate(cutoffs):
        rows = pl.concat(piece.rows[index] for piece in pieces)
        generator, population = np.random.default_rng(training.seed + index), rows.height
        if index == len(cutoffs) - 1:
            rows = _drawn_alike(rows, training.at_most_test_rows, generator)
        elif rows.height > share:
            rows = rows[np.sort(generator.choice(rows.height, share, replace=False))]
        samples.append(CutoffSample(cutoff, population, rows.height))
        frames.append(rows.with_columns(pl.lit(cutoff, TIME).alias("cutoff")))
    counts = {"customers": sum(piece.customers for piece in pieces), "left": sum(piece.left for piece in pieces)}
    return Labelled(pl.concat(frames, rechunk=True), tuple(samples), counts)


def _drawn_alike(rows: pl.DataFrame, most: int, generator: np.random.Generator) -> pl.DataFrame:
    """At most so many rows, in their order: of each outcome the same share, so that every row stands for as many."""
    if rows.height <= most:
        return rows
    shuffled = rows.select(LEFT, place=generator.permutation(rows.height)).with_row_index("row").sort(LEFT, "place")
    # Every so many-th of the rows in order of outcome: no outcome gets a row more or less than its share.
    every = ((np.arange(most) + 0.5) * rows.height / most).astype(np.int64)
    return rows[np.sort(shuffled["row"].to_numpy()[every])]
