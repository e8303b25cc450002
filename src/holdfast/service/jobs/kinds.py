"""The kinds of jobs: each a function from an attempt at a job to what came out; each may be repeated without harm.

A kind is one entry of `KINDS`. What it wrote before a worker died must be the same, or be found, when it is done again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.pipeline.execute import RunOptions
from holdfast.service.jobs.batch import batch_predict
from holdfast.service.jobs.work import Work
from holdfast.service.project import Project
from holdfast.service.publish import publish
from holdfast.service.results import plain_values
from holdfast.service.setup.draft import look_at
from holdfast.service.setup.new_files import add_files
from holdfast.service.setup.sample import make_sample
from holdfast.store.artifacts import read_json

Kind = Callable[[Work], Mapping[str, Any]]


def _run(work: Work) -> Mapping[str, Any]:
    """Run the pipeline on the tenant's records and publish what came out."""
    wanted = work.job.input
    simulates = bool(wanted.get("simulate_when_down", False))
    options = RunOptions(plots=bool(wanted.get("plots", True)), simulate_when_down=simulates)
    return run_and_publish(work, work.project, work.job.tenant, options)


def _retrain(work: Work) -> Mapping[str, Any]:
    """As a run, but the models are fitted again although nothing changed."""
    return run_and_publish(work, work.project, work.job.tenant, RunOptions(resume_from="train"))


def _import(work: Work) -> Mapping[str, Any]:
    """Add uploaded files to the project; a run, where it is wanted, follows."""
    file = work.home.settings_file_of(work.job.tenant)
    added = add_files(work.project, file, work.job.input["files"], now=work.clock(), progress=work.progress)
    if not work.job.input.get("run"):
        return added
    return {**run_and_publish(work, work.project, work.job.tenant, RunOptions()), "added": added["added"]}


def _check(work: Work) -> Mapping[str, Any]:
    """Read, clean and grade the records, and count what the answers given so far lead to."""
    readiness = work.project.check(now=_began(work), progress=work.progress)
    totals = _totals(readiness.folder / "tables")
    return {**readiness.to_record(), "run": readiness.folder.name, "sentence": readiness.sentence, "totals": totals}


def _setup(work: Work) -> Mapping[str, Any]:
    """Look at uploaded files and guess what they hold."""
    names = work.job.input["files"]
    draft = look_at(work.folder, names, replaces=bool(work.job.input.get("replace")), progress=work.progress)
    return {"sentence": draft.sentence, "open_questions": len(draft.questions)}


def _sample(work: Work) -> Mapping[str, Any]:
    """Simulate a business, run it, and publish it under the tenant's sample."""
    project, tenant = make_sample(work.home, work.job.tenant, work.job.input["customers"], work.progress)
    return run_and_publish(work, project, tenant, RunOptions())


KINDS: Mapping[str, Kind] = {
    "run": _run,
    "retrain": _retrain,
    "import": _import,
    "check": _check,
    "setup": _setup,
    "sample": _sample,
    "batch_predict": batch_predict,
}


def run_and_publish(work: Work, project: Project, tenant: str, options: RunOptions) -> Mapping[str, Any]:
    """A run that is named after the job's beginning, so that a second attempt finds what the first had finished."""
    began = _began(work)
    run = _finished_before(project.folder, began) if work.job.attempts > 1 else None
    notes: tuple[str, ...] = ()
    if run is None:
        result = project.run(now=began, options=options, progress=work.progress)
        run, notes = result.folder, result.notes
    settings = work.home.results_settings.model_copy(update={"tenant": tenant})
    publication = publish(work.home.folder, run, settings, now=work.clock(), progress=work.progress)
    summary = read_json(run / "reports" / "summary.json")
    return {
        "run": publication.run,
        "tenant": tenant,
        "customers": publication.rows["predictions"],
        "signal": summary.get("signal"),
        "simulated": summary.get("simulated"),
        "notes": list(notes),
        "sentence": publication.sentence,
    }


def _began(work: Work) -> datetime:
    began = work.job.started_at
    assert began is not None, "a job that is worked at has begun"
    return began


def _finished_before(folder: Path, began: datetime) -> Path | None:
    """The complete run that an attempt of this job left before its worker died."""
    run = folder / "runs" / began.strftime("%Y%m%d-%H%M%S")
    manifest = run / "manifest.json"
    return run if manifest.is_file() and read_json(manifest).get("complete") else None


def _totals(folder: Path) -> list[dict[str, Any]]:
    """What each cleaned table holds: rows, customers, first and last time, sum of its amounts."""
    totals = []
    for file in sorted(folder.glob("*.parquet")):
        table = pl.scan_parquet(file)
        names = table.collect_schema().names()
        sums = [pl.len().alias("rows")]
        if "customer_id" in names:
            sums.append(pl.col("customer_id").n_unique().alias("customers"))
        if "happened_at" in names:
            sums += [pl.col("happened_at").min().alias("first"), pl.col("happened_at").max().alias("last")]
        if "amount" in names:
            sums.append(pl.col("amount").sum().alias("amount"))
        empty = dict.fromkeys(("customers", "first", "last", "amount"))
        totals.append({"table": file.stem, **empty, **plain_values(table.select(sums).collect().to_dicts()[0])})
    return totals
