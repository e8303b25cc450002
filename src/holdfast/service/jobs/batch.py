"""Many predictions at once: a file of customers in, a CSV file with a row for each out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.work import Work, job_folder
from holdfast.service.results import NOT_IN_JSON, Result
from holdfast.service.results_database import PublishedResults
from holdfast.service.setup.uploads import uploaded_path
from holdfast.store.artifacts import atomic_file
from holdfast.store.results.jobs import Request, new_name
from holdfast.store.runs import prove
from holdfast.tables.contracts import LONGEST_KEY
from holdfast.tables.outputs import PREDICTIONS

REQUESTED = "requested.csv"  # of a job: the customers
RESULT = "result.csv"
ID = "customer_id"
MOST_AT_ONCE = 1_000  # customers that a request is answered for without a job
_ROWS_AT_ONCE = 100_000


def read_ids(source: Path | bytes) -> pl.DataFrame:
    """The customers that a CSV file names: its column customer_id, or its only one.

    Raises:
        HoldfastError: no CSV file, without such a column, or with an id that is empty or too long.
    """
    try:
        table = pl.read_csv(source, infer_schema=False, quote_char='"')
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:200]
        raise _not_ids(f"This is no CSV file: {reason}.") from error
    name = ID if ID in table.columns else table.columns[0] if table.width == 1 else ""
    if not name:
        raise _not_ids(f"None of the {plural(table.width, 'column')} is {ID}.")
    ids = table.select(pl.col(name).alias(ID))
    wrong = ids.filter(pl.col(ID).is_null() | (pl.col(ID).str.len_chars() > LONGEST_KEY)).height
    if wrong or not ids.height:
        raise _not_ids(f"{plural(wrong, 'id')} empty or too long." if wrong else "It holds no customer.")
    return ids


def _not_ids(problem: str) -> HoldfastError:
    return HoldfastError(problem, fix=f"Send a CSV file (UTF-8) with a column {ID}, one row a customer.")


def batch_predict(work: Work) -> Mapping[str, Any]:
    """Predictions for the customers of a file, or for new records, as `result.csv` of the job."""
    if work.job.input.get("uploads"):
        return _score(work)
    tenant = str(work.job.input["tenant"])
    run = work.results.current_run(tenant)
    folder = work.home.folder_of(tenant) / "runs" / run.name
    if not (folder / "predictions.parquet").is_file():
        raise HoldfastError(
            f"The run {run.name} is not in the served folder any more.", fix="Run again: POST /api/v1/runs"
        )
    prove(folder, "predictions.parquet")
    ids = read_ids(work.files / REQUESTED)
    work.progress.update("reading predictions", 0, ids.height)
    predictions = pl.read_parquet(folder / "predictions.parquet")
    unknown = 0
    with atomic_file(work.files / RESULT) as unfinished, unfinished.open("wb") as out:
        for number, piece in enumerate(ids.iter_slices(_ROWS_AT_ONCE)):
            rows = joined(piece, predictions)
            unknown += rows["churn_probability"].null_count()
            spreadsheet_safe(rows).write_csv(out, include_header=number == 0)
            work.progress.update("writing predictions", number * _ROWS_AT_ONCE + piece.height, ids.height)
    return _answer(ids.height, unknown, run.name, [])


def joined(ids: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """A row for each id, in their order; of unknown customers the id alone."""
    names = [name for name in PREDICTIONS.names if name in predictions.columns]
    return ids.join(predictions.select(names), on=ID, how="left", maintain_order="left").select(names)


@dataclass(frozen=True)
class BatchRequest:
    """Whom to predict: known customers, or uploaded files with new records."""

    ids: tuple[str, ...]
    uploads: tuple[str, ...] = ()

    @classmethod
    def of_csv(cls, content: bytes) -> Self:
        """The customers of a CSV file.

        Raises:
            HoldfastError: no CSV file, or without ids.
        """
        return cls(tuple(read_ids(content)[ID]))

    def as_job(self, home: Home, *, own: str, shown: str, requested_by: str) -> Request:
        """The job that predicts them; the ids wait in its folder.

        Args:
            home: the served folder.
            own: the tenant whose job it is.
            shown: the tenant whose results are wanted: another while a sample is shown.
            requested_by: who wants it.
        """
        name = new_name()
        if self.uploads:
            for upload in self.uploads:
                uploaded_path(home.folder_of(own), upload)
            return Request(own, "batch_predict", {"uploads": list(self.uploads)}, requested_by, name)
        pseudonyms = home.pseudonyms(shown)
        named = self.ids if pseudonyms is None else [pseudonyms.of(each) for each in self.ids]
        ids = pl.DataFrame({ID: list(named)}, schema={ID: pl.String})
        with atomic_file(job_folder(home, own, name) / REQUESTED) as unfinished:
            ids.write_csv(unfinished, quote_style="always")
        return Request(own, "batch_predict", {"tenant": shown, "customers": len(self.ids)}, requested_by, name)


@dataclass(frozen=True)
class BatchAnswer(Result):
    """The stored predictions of a few customers."""

    run: str
    """the run that all rows come from"""
    predictions: list[dict[str, Any]]
    """in the order of the request"""
    unknown: list[str]
    """customers whom the run does not hold"""
    ids: tuple[str, ...] = field(metadata=NOT_IN_JSON)

    @property
    def sentence(self) -> str:
        return _words(len(self.ids), len(self.unknown))

    @classmethod
    def of(cls, results: PublishedResults, tenant: str, ids: tuple[str, ...]) -> Self:
        """The predictions of a tenant's current run.

        Raises:
            NotFoundError: there is no run yet.
        """
        run, rows = results.customers_of(tenant, ids)
        predictions = [rows[name] for name in ids if name in rows]
        return cls(run.name, predictions, [name for name in ids if name not in rows], ids)

    @property
    def csv_text(self) -> str:
        """A row for each customer, safe to open in a spreadsheet; of unknown ones the id alone."""
        schema = {name: PREDICTIONS.schema[name] for name in PREDICTIONS.names}
        table = pl.DataFrame(self.predictions, schema=schema, orient="row").unique(ID, maintain_order=True)
        ids = pl.DataFrame({ID: list(self.ids)}, schema={ID: pl.String})
        return spreadsheet_safe(joined(ids, table)).write_csv()

    @staticmethod
    def file_of(home: Home, tenant: str, job: str) -> Path:
        """Where the CSV file of a job lies."""
        return job_folder(home, tenant, job) / RESULT


def _score(work: Work) -> Mapping[str, Any]:
    """New records through the models of the latest run."""
    paths = [uploaded_path(work.folder, name) for name in work.job.input["uploads"]]
    project = work.project
    scores = project.score(paths, progress=work.progress)
    with atomic_file(work.files / RESULT) as unfinished:
        spreadsheet_safe(scores.table).write_csv(unfinished)
    return _answer(scores.customers, 0, project.latest.name, list(scores.notes))


def _answer(rows: int, unknown: int, run: str, notes: list[str]) -> Mapping[str, Any]:
    words = _words(rows, unknown)
    return {"rows": rows, "unknown": unknown, "run": run, "notes": notes, "file": RESULT, "sentence": words}


def _words(rows: int, unknown: int) -> str:
    return f"{plural(rows - unknown, 'customer')} predicted{f', {unknown:,} unknown' if unknown else ''}."
