"""New events of some customers: who they are, what is read of the run for them, and their place among all others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.cutoffs.schedule import Schedule, cutoff_of, day_after, exported_at
from holdfast.cutoffs.span import event_span
from holdfast.decisions.offers import gain_of_offer
from holdfast.decisions.risk import priority
from holdfast.features.build import columns_for_scores, edges_of_scores
from holdfast.formatting import day, plural
from holdfast.quality.parsing.texts import as_text
from holdfast.settings import OfferSettings, Settings
from holdfast.store.artifacts import read_json
from holdfast.store.runs import prove
from holdfast.tables.mapping import contract_of
from holdfast.tables.outputs import PREDICTIONS

if TYPE_CHECKING:
    from holdfast.features.spec import Feature


def affected_customers(new_rows: Mapping[str, pl.DataFrame], settings: Settings) -> dict[str, pl.Expr] | None:
    """Which rows of each raw table are of customers that new events are of.

    Args:
        new_rows: table -> its new rows, as the source wrote them.
        settings: of the project.

    Returns:
        Table -> condition; rows of other tables are all needed. None: no column tells the customers (they are found
        through other tables, or ids replace each other), or new rows are no events: then everybody is scored.
    """
    sources = customer_columns(settings)
    if sources is None or not all(contract_of(settings, name).is_events for name in new_rows):
        return None
    ids = pl.concat([rows.select(_written(sources[name]).alias("id")) for name, rows in new_rows.items()])[
        "id"
    ].unique()
    return {name: _written(source).is_in(ids.implode()) for name, source in sources.items()}


def customer_columns(settings: Settings) -> dict[str, str] | None:
    """The column that names the customer in each table of customers or events; None where one is not enough."""
    if settings.identities is not None or settings.roll_up is not None:
        return None
    sources = {}
    for name, table in settings.tables.items():
        if table.holds == "lookup":
            continue
        column = table.columns.get("customer_id")
        if column is None or table.through or table.holds == "parts" or column.joined_with or column.otherwise:
            return None
        sources[name] = column.source
    return sources


def _written(source: str) -> pl.Expr:
    """A column of ids, with what cleaning might not tell apart written alike."""
    texts = pl.col(source).map_batches(as_text, return_dtype=pl.String).str.strip_chars()
    return texts.str.to_lowercase().str.replace_all(r"\s+", " ").str.replace(r"^(\d+)\.0+$", "$1")


def schedule_beside(run: Path, tables: Mapping[str, pl.DataFrame], settings: Settings) -> Schedule | None:
    """The schedule of a run, to score some of its customers at its cutoff, or the day after their last event if later.

    Args:
        run: its folder.
        tables: the cleaned records of these customers.
        settings: may name a cutoff.
    """
    schedule, span = Schedule.from_record(read_json(run / "timeline.json")), event_span(tables)
    if schedule is None or span is None:
        return schedule
    scoring = cutoff_of(settings) or exported_at(settings) or max(schedule.scoring, day_after(span.last))
    return replace(schedule, scoring=scoring)


def edges_of_run(run: Path, features: Sequence["Feature"]) -> dict[str, pl.Series]:
    """Where each score's values begin among the customers of a run."""
    columns = columns_for_scores(features)
    if not columns:
        return {}
    prove(run, "features.parquet")
    return edges_of_scores(pl.read_parquet(run / "features.parquet", columns=list(columns)), features)


def beside_the_run(
    run: Path, again: pl.DataFrame, customers: pl.Series, offers: Sequence[OfferSettings]
) -> tuple[pl.DataFrame, str]:
    """The list of a run with some customers predicted again, in one order, and a sentence on who stands.

    Args:
        run: its folder.
        again: their predictions; those of `customers` without one are on the list no more.
        customers: all who were looked at again.
        offers: of the settings.
    """
    prove(run, PREDICTIONS.path)
    listed = pl.read_parquet(run / PREDICTIONS.path)
    standing = listed.filter(~pl.col("customer_id").is_in(customers.implode()))
    together = pl.concat([standing, again], how="diagonal_relaxed") if again.height else standing
    gain = together.select(gain_of_offer(offers)).to_series()
    rank = priority(together["customer_id"], gain, together["revenue_at_risk"], together["churn_probability"])
    table = together.with_columns(rank).sort("priority")
    when = f" as of {day(again['cutoff'][0])}" if again.height and again["cutoff"][0] is not None else ""
    of_run = f" of {day(listed['cutoff'][0])}" if listed.height and listed["cutoff"][0] is not None else ""
    return table, (
        f"{plural(again.height, 'customer')} predicted again{when}; the predictions{of_run} stand for the other "
        f"{standing.height:,}."
    )
