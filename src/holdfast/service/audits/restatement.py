"""What of the past has changed since an earlier run: it and the latest run in; its numbers as they are today out."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import day_of, money_to_the_cent, plural
from holdfast.pipeline.audits.restatement import CHANGED, LATE, REMOVED, PastTotals, past_totals, restated_rows
from holdfast.service.results import AS_RUN, NOT_IN_JSON, Result
from holdfast.store.artifacts import read_json
from holdfast.store.run_tables import RunTables
from holdfast.store.runs import Runs, prove

if TYPE_CHECKING:
    from holdfast.service.project import Project

_ROW = {
    "table": pl.String(),
    "restated": pl.String(),
    "version": pl.String(),
    "customer_id": pl.String(),
    "happened_at": pl.Datetime("us", "UTC"),
    "known_at": pl.Datetime("us", "UTC"),
    "amount": pl.Float64(),
    "row": pl.String(),  # all its columns, as JSON
}


@dataclass(frozen=True)
class RestatedTable:
    """One table before the cutoff: its rows that differ, and what it adds up to, then and now."""

    table: str
    late: int
    removed: int
    changed: int
    events_then: int
    events_now: int
    amount_then: float | None
    amount_now: float | None


@dataclass(frozen=True)
class Restatement(Result):
    """How the past of an earlier run reads in the latest one: only rows that happened before its cutoff count."""

    folder: Path = field(metadata=AS_RUN)
    """the earlier run"""
    latest: str
    """the run that it is compared with"""
    cutoff: str
    """of the earlier run"""
    currency: str
    """of amounts"""
    tables: tuple[RestatedTable, ...]
    """one record a table of events: table, late, removed, changed (rows), events_then, events_now, amount_then,
    amount_now"""
    customers: int
    """different customers whose rows differ"""
    predicted: int
    """how many the earlier run predicted of those with a row that differs and was known before the cutoff: their
    features and probabilities would be others"""
    not_known_then: int
    """late rows that the business came to know of on or after the cutoff: they move no feature of that day, only what
    came of it"""
    settings_differ: bool
    """whether the two runs were cleaned by different settings, which can make rows differ too"""
    table: pl.DataFrame = field(metadata=NOT_IN_JSON)  # the rows that did it, _ROW

    @property
    def sentence(self) -> str:
        late, removed, changed = (
            sum(getattr(each, name) for each in self.tables) for name in ("late", "removed", "changed")
        )
        run = f"Run {self.folder.name}, as of {day_of(self.cutoff)}"
        if not late + removed + changed:
            return f"{run}: nothing before its cutoff reads otherwise today."
        amounts = [
            f"{each.table} {money_to_the_cent(each.amount_then, self.currency)} then, "
            f"{money_to_the_cent(each.amount_now, self.currency)} now"
            for each in self.tables
            if each.amount_then is not None and each.amount_now is not None and each.amount_then != each.amount_now
        ]
        words = (
            f"{run}: of the time before its cutoff {plural(late + removed + changed, 'row')} of "
            f"{plural(self.customers, 'customer')} read otherwise today ({late:,} came late, {changed:,} changed, "
            f"{removed:,} removed); {self.predicted:,} of these customers were predicted then, and would be predicted "
            "otherwise."
        )
        if self.not_known_then:
            words += (
                f" {self.not_known_then:,} of the late rows became known after the cutoff: they move what came, not "
                "what was known."
            )
        if amounts:
            words += f" Amounts before the cutoff: {'; '.join(amounts)}."
        if self.settings_differ:
            words += " The settings of the tables differ between the two runs, which can be the reason."
        return words


def restated(project: "Project", name: str) -> Restatement:
    """What the latest run reads otherwise in the past of an earlier one.

    Args:
        project: whose runs.
        name: of the earlier run, as `holdfast runs` lists it; "previous" is the newest complete run but the latest.

    Raises:
        HoldfastError: no such run, none but the latest, a snapshot (it has no past), or files that are not what the
            run wrote.
    """
    latest = project.latest
    earlier = _earlier(project, latest, name)
    for run in (earlier, latest):
        prove(run, "tables/", "timeline.json")
    moment = read_json(earlier / "timeline.json")["moment"]
    if moment is None:
        raise HoldfastError(
            f"{earlier.name}: a labelled table has no past that could read otherwise.",
            fix=f"holdfast runs {project.folder} lists the runs.",
        )
    cutoff = datetime.fromisoformat(moment)
    then, now = (RunTables.of(run / "tables") for run in (earlier, latest))
    counts: Counter[tuple[str, str]] = Counter()
    frames = [pl.DataFrame(schema=_ROW)]
    for table, rows in restated_rows(then, now, cutoff):
        # A changed row stands twice; it is one change.
        once = rows.filter((pl.col("restated") != CHANGED) | (pl.col("version") == "after"))
        counts.update({(table, kind): number for kind, number in once["restated"].value_counts().iter_rows()})
        frames.append(_as_listed(table, rows))
    listed = pl.concat(frames)
    customers = listed["customer_id"].drop_nulls().unique()
    predictions = pl.scan_parquet(earlier / "predictions.parquet").select(pl.col("customer_id").cast(pl.String))
    # What became known on or after the cutoff moves no feature of that day.
    moved = listed.filter((pl.col("known_at") < cutoff).fill_null(value=True))["customer_id"].drop_nulls().unique()
    predicted = predictions.filter(pl.col("customer_id").is_in(moved.implode())).collect().height
    unknown = listed.filter((pl.col("restated") == LATE) & (pl.col("known_at") >= cutoff)).height
    return Restatement(
        folder=earlier,
        latest=latest.name,
        cutoff=cutoff.isoformat(),
        currency=project.settings.currency,
        tables=tuple(_table_of(each, counts) for each in past_totals(then, now, cutoff)),
        customers=len(customers),
        predicted=predicted,
        not_known_then=unknown,
        settings_differ=_settings(earlier) != _settings(latest),
        table=listed,
    )


def _earlier(project: "Project", latest: Path, name: str) -> Path:
    complete = [run for run in Runs(project.folder).finished() if (run / "predictions.parquet").is_file()]
    others = [run for run in complete if run.name != latest.name]
    if name == "previous" and others:
        return others[0]
    match = next((run for run in others if run.name == name), None)
    if match is None:
        listed = f"It has {', '.join(run.name for run in others[:5])}." if others else "It has no other complete run."
        raise HoldfastError(
            f"{project.folder}: no complete run {name} beside the latest. {listed}",
            fix=f"holdfast runs {project.folder} lists the runs.",
        )
    return match


def _table_of(totals: PastTotals, counts: Counter[tuple[str, str]]) -> RestatedTable:
    late, removed, changed = (counts[totals.table, kind] for kind in (LATE, REMOVED, CHANGED))
    then, now = totals.amount if totals.amount is not None else (None, None)
    return RestatedTable(totals.table, late, removed, changed, *totals.events, then, now)


def _as_listed(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    content = rows.drop("restated", "version")
    return rows.select(
        pl.lit(table).alias("table"),
        *(
            (pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype)).alias(name)
            for name, dtype in _ROW.items()
            if name not in {"table", "row"}
        ),
        pl.struct(content.columns).struct.json_encode().alias("row"),
    )


def _settings(run: Path) -> Any:
    settings = read_json(run / "manifest.json")["settings"]
    return {name: settings.get(name) for name in ("tables", "currency", "currencies", "identities", "time_zone")}
