"""The stack against its own members, the single models, and peers fitted in the same run, on rows that come later.

    python benchmarks/churn.py [--data FOLDER] [--only telco,online_retail_june,...] [--folds 5]

Snapshots: stratified folds (seed 42). Events: every model is fitted on all rows of earlier cutoffs whose outcome was
known at the newest labelled cutoff, and predicts that cutoff. Peers: CatBoost with its defaults (where it is installed;
it reads categories as they are) and LightGBM with 500 trees and its other defaults. Differences are paired: the mean
over rows of the model's log loss minus the stack's, with the middle 95 % of 1,000 bootstrap samples; above 0 the stack
is better. Results go to benchmarks/results/churn.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.lightgbm import LightGbm
from holdfast.models.churn.logistic import Logistic
from holdfast.models.churn.stack.members import LEAN, THOROUGH, TreeMember
from holdfast.models.churn.stack.model import Stack
from holdfast.models.encoding import finite, fit_tree_encoder, is_category
from holdfast.models.metrics import log_losses
from holdfast.stats.ranking import roc_auc

RESULTS = Path(__file__).parent / "results" / "churn.json"
TIME = pl.Datetime("us", "UTC")
KEYS = ("customer_id", "cutoff")
Fit = Callable[[ChurnData, pl.DataFrame], NDArray[np.float64]]


@dataclass(frozen=True)
class Task:
    """Labelled rows, and which of them train and test."""

    data: ChurnData
    splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def snapshot(rows: pl.DataFrame, left: NDArray[np.bool_], folds: int) -> Task:
    """A task of stratified folds."""
    from sklearn.model_selection import StratifiedKFold

    numbers = [pl.col(name).cast(pl.Float64) for name in rows.columns if rows[name].dtype.is_numeric()]
    ids = pl.int_range(pl.len()).cast(pl.String).alias("customer_id")
    keyed = rows.with_columns(*numbers, ids, pl.lit(None, dtype=TIME).alias("cutoff"))
    splits = list(StratifiedKFold(5, shuffle=True, random_state=42).split(np.zeros(len(left)), left))
    return Task(ChurnData(keyed, left, tuple(rows.columns), 30), splits[:folds])


def telco(data: Path, folds: int) -> Task:
    table = pl.read_csv(data / "telco_churn" / "Telco-Customer-Churn.csv", infer_schema=False)
    numbers = ("SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges")
    rows = table.drop("customerID", "Churn").with_columns(
        pl.col(numbers).str.strip_chars().cast(pl.Float64, strict=False)
    )
    return snapshot(rows, (table["Churn"] == "Yes").to_numpy(), folds)


def telco_tables(data: Path, folds: int) -> Task:
    """Five tables joined, without what is known only afterwards; city and postcode stay, as categories."""

    def sheet(name: str) -> pl.DataFrame:
        return pl.read_excel(data / "telco_tables" / f"Telco_customer_churn_{name}.xlsx")

    table = (
        sheet("services")
        .drop("Service ID", "Count", "Quarter")
        .join(sheet("demographics").drop("Count"), on="Customer ID")
        .join(sheet("location").drop("Location ID", "Count", "Country", "State", "Lat Long"), on="Customer ID")
        .join(sheet("population").drop("ID"), on="Zip Code", how="left")
        .join(sheet("status").select("Customer ID", "Churn Value"), on="Customer ID")
    )
    rows = table.drop("Customer ID", "Churn Value").with_columns(pl.col("Zip Code").cast(pl.String))
    return snapshot(rows, (table["Churn Value"] == 1).to_numpy(), folds)


def marketing_campaign(data: Path, folds: int) -> Task:
    table = pl.read_csv(data / "marketing_campaign" / "marketing_campaign.csv", separator=";")
    enrolled = table["Dt_Customer"].str.to_date(strict=False)
    rows = table.drop("ID", "Response", "Dt_Customer").with_columns(
        days=(pl.lit(enrolled.max()) - enrolled).dt.total_days()
    )
    return snapshot(rows, (table["Response"] == 1).to_numpy(), folds)


def hold(*arguments: str | Path) -> None:
    command = [sys.executable, "-c", "from holdfast.interfaces.cli.app import main; main()"]
    subprocess.run([*command, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def later(project: Path) -> Task:
    """The newest labelled cutoff tests; earlier cutoffs whose outcome was known by then train."""
    run = max((project / "runs").iterdir())
    table = pl.read_parquet(run / "training.parquet").filter(pl.col("left").is_not_null()).sort(KEYS)
    horizon = json.loads((run / "manifest.json").read_text())["settings"]["churn"]["horizon_days"]
    features = tuple(name for name in table.columns if name not in {*KEYS, *OUTCOME_NAMES})
    test = table["cutoff"].max()
    train = (table["cutoff"] + timedelta(days=horizon) <= test).to_numpy()
    data = ChurnData(table.select(*KEYS, *features), table["left"].to_numpy(), features, horizon)
    return Task(data, [(np.flatnonzero(train), np.flatnonzero((table["cutoff"] == test).to_numpy()))])


def crm(seed: int, customers: int) -> Task:
    """A simulated business."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        hold("simulate", "--customers", str(customers), "--seed", str(seed), "--format", "parquet", "--out", home / "d")
        hold("init", home / "p", "--from", home / "d")
        hold("run", home / "p", "--skip-plots", "--stages", "prepare")
        return later(home / "p")


def online_retail(data: Path, *cutoff: str) -> Task:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "p"
        hold("init", project, "--from", (data / "online_retail" / "online_retail.csv").resolve())
        with (project / "holdfast.yaml").open("a") as settings:
            settings.write("training: {step_days: 14, at_most_cutoffs: 10}\n")
        hold("run", project, "--skip-plots", "--stages", "prepare", *cutoff)
        return later(project)


def tasks(data: Path, folds: int) -> dict[str, Callable[[], Task]]:
    return {
        "telco": lambda: telco(data, folds),
        "telco_tables": lambda: telco_tables(data, folds),
        "marketing_campaign": lambda: marketing_campaign(data, folds),
        "online_retail_june": lambda: online_retail(data, "--cutoff", "2011-09-11"),
        "online_retail_september": lambda: online_retail(data),
        "crm_seed_7": lambda: crm(7, 5_000),
        "crm_seed_11": lambda: crm(11, 3_000),
        "crm_seed_23": lambda: crm(23, 5_000),
    }


def of_stack(stack: Stack) -> Fit:
    def fit(train: ChurnData, rows: pl.DataFrame) -> NDArray[np.float64]:
        return stack.fit_folds(train, seed=42, threads=1).fitted.predict(rows)

    return fit


def of_model(model: Logistic | LightGbm) -> Fit:
    def fit(train: ChurnData, rows: pl.DataFrame) -> NDArray[np.float64]:
        return model.fit(train.rows.select(train.features), train.left, seed=42, threads=1).predict(rows)

    return fit


def lightgbm_500(train: ChurnData, rows: pl.DataFrame) -> NDArray[np.float64]:
    import lightgbm

    features = train.rows.select(train.features)
    encoder = fit_tree_encoder(features, train.left)
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 42}
    matrix = lightgbm.Dataset(encoder.matrix(features), train.left.astype(np.float32))
    return np.asarray(lightgbm.train(settings, matrix, 500).predict(encoder.matrix(rows)))


def catboost_defaults(train: ChurnData, rows: pl.DataFrame) -> NDArray[np.float64]:
    from catboost import CatBoostClassifier, Pool

    features = train.rows.select(train.features)
    named = [name for name in features.columns if is_category(features[name].dtype)]

    def pool(frame: pl.DataFrame, left: NDArray[np.bool_] | None = None) -> object:
        columns = {
            name: frame[name].cast(pl.String).fill_null("(missing)").to_numpy()
            if name in named
            else finite(frame[name])
            for name in frame.columns
        }
        import pandas as pd

        return Pool(pd.DataFrame(columns), left, cat_features=named)

    model = CatBoostClassifier(random_seed=42, thread_count=1, verbose=0, allow_writing_files=False)
    return np.asarray(model.fit(pool(features, train.left)).predict_proba(pool(rows))[:, 1])


def variants(rows: int, features: int) -> Iterator[tuple[str, Fit]]:
    """The stack, the stack without each member, single models, peers."""
    yield "stack", of_stack(Stack())
    members = Stack().members(rows, features)
    names = "thorough" if members is THOROUGH else "lean"
    for member in members:
        rest: tuple[TreeMember, ...] = tuple(each for each in members if each is not member)
        yield f"stack ({names}) without {member.name}", of_stack(Stack(tree_members=rest))
    yield f"stack ({names}) without splines_logistic", of_stack(replace(Stack(), has_linear=False))
    regularised = next(each for each in LEAN if each.name == "regularised_trees")
    yield "regularised_trees alone", of_stack(Stack(tree_members=(regularised,), has_linear=False))
    yield "logistic", of_model(Logistic())
    yield "lightgbm (the single candidate)", of_model(LightGbm())
    yield "peer: LightGBM, 500 trees", lightgbm_500
    if find_spec("catboost"):
        yield "peer: CatBoost, defaults", catboost_defaults


def measure(name: str, task: Task) -> list[dict[str, object]]:
    """One record a variant."""
    first = task.splits[0][0]
    outcomes = np.concatenate([task.data.left[test] for _, test in task.splits])
    records: list[dict[str, object]] = []
    losses: dict[str, NDArray[np.float64]] = {}
    for label, fit in variants(len(first), len(task.data.features)):
        began = time.process_time()
        predicted, aucs = [], []
        for train, test in task.splits:
            probabilities = fit(task.data.at(train), task.data.rows[test].select(task.data.features))
            predicted.append(probabilities)
            aucs.append(roc_auc(task.data.left[test], probabilities))
        seconds = (time.process_time() - began) / len(task.splits)
        losses[label] = log_losses(outcomes, np.concatenate(predicted))
        mean, low, high = paired(losses[label] - losses["stack"])
        records.append(
            {
                "data": name,
                "rows": len(first),
                "features": len(task.data.features),
                "splits": len(task.splits),
                "model": label,
                "roc_auc": round(float(np.mean(aucs)), 4),
                "log_loss": round(float(losses[label].mean()), 4),
                "log_loss_minus_stack": [round(each, 5) for each in (mean, low, high)],
                "processor_seconds_a_fit": round(seconds, 1),
            }
        )
        print(line(records[-1]), flush=True)
    return records


def paired(difference: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean, and the middle 95 % of 1,000 bootstrap samples of rows."""
    random = np.random.default_rng(42)
    means = [difference[random.integers(0, len(difference), len(difference))].mean() for _ in range(1_000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def line(record: Mapping[str, object]) -> str:
    mean, low, high = record["log_loss_minus_stack"]  # type: ignore[misc]
    return (
        f"{record['data']:<24}{record['model']:<46}{record['roc_auc']:>8}{record['log_loss']:>8}"
        f"{mean:>+10.4f} ({low:+.4f} to {high:+.4f}){record['processor_seconds_a_fit']:>8} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HOLDFAST_DATA", "../shared/data")))
    parser.add_argument("--only", default="")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    chosen = [name for name in options.only.split(",") if name] or list(tasks(options.data, options.folds))
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    for name in chosen:
        records = measure(name, tasks(options.data, options.folds)[name]())
        earlier = [each for each in earlier if each["data"] != name] + records
        RESULTS.write_text(json.dumps(earlier, indent=1) + "\n")


if __name__ == "__main__":
    main()
