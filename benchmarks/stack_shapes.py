"""Other shapes of the stack's regularised trees, compared on origins before the newest one, which only confirms.

    python benchmarks/stack_shapes.py [--data FOLDER]

Simulated businesses: every variant is fitted on the rows whose horizon had passed at a labelled cutoff, and predicts
that cutoff; the two cutoffs before the newest decide. Telco: five stratified folds. Differences are paired: the mean
over rows of the variant's log loss minus the stack's as it is, below 0 the variant is better, with the middle 95 % of
1,000 bootstrap samples. Results go to benchmarks/results/stack_shapes.json.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from churn import KEYS, Task, hold, of_stack, paired, telco

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.stack.members import TreeMember
from holdfast.models.churn.stack.model import Stack
from holdfast.models.metrics import log_losses
from holdfast.stats.ranking import roc_auc

RESULTS = Path(__file__).parent / "results" / "stack_shapes.json"
BUSINESSES = (("crm", 7, 4_000), ("retail", 7, 2_500), ("saas", 7, 3_000), ("crm", 11, 4_000), ("crm", 23, 4_000))
LEAST_ROWS = 500  # to train on
SLOWER = {"learning_rate": 0.03, "feature_fraction": 0.3}


def variants(members: tuple[TreeMember, ...], *, is_large: bool) -> Iterator[tuple[str, Stack]]:
    """The stack as it is, then others; the regularised trees are the last member."""
    *others, regularised = members
    slower = replace(regularised, settings={**regularised.settings, **SLOWER}, rounds=1500)
    added = replace(slower, name="slower_trees", rounds=800, has_rates=False)
    yield "as it is", Stack(tree_members=members)
    yield "regularised trees slower (0.03, 30 % of the features)", Stack(tree_members=(*others, slower))
    yield "the slower ones beside them", Stack(tree_members=(*members, added))
    yield "slower, without rates of categories", Stack(tree_members=(*others, replace(slower, has_rates=False)))
    if is_large:
        yield "five folds", Stack(tree_members=members, fewer_folds=5)


def simulated(kind: str, seed: int, customers: int) -> tuple[Task, list[str]]:
    """A simulated business at its three newest labelled cutoffs, and their days; the newest comes last."""
    with tempfile.TemporaryDirectory() as folder:
        records, project = Path(folder) / "records", Path(folder) / "project"
        hold("simulate", "--kind", kind, "--customers", str(customers), "--seed", str(seed), "--out", records)
        hold("init", project, "--from", *sorted(records.glob("*.csv")))
        hold("run", project, "--skip-plots", "--stages", "prepare")
        run = max((project / "runs").iterdir())
        table = pl.read_parquet(run / "training.parquet").filter(pl.col("left").is_not_null()).sort(KEYS)
        horizon = json.loads((run / "manifest.json").read_text())["settings"]["churn"]["horizon_days"]
    features = tuple(name for name in table.columns if name not in {*KEYS, *OUTCOME_NAMES})
    data = ChurnData(table.select(*KEYS, *features), table["left"].to_numpy(), features, horizon)
    days, splits = [], []
    for cutoff in table["cutoff"].unique().sort()[-3:]:
        train = np.flatnonzero((table["cutoff"] + timedelta(days=horizon) <= cutoff).to_numpy())
        if len(train) > LEAST_ROWS:
            days.append(f"{cutoff:%Y-%m-%d}")
            splits.append((train, np.flatnonzero((table["cutoff"] == cutoff).to_numpy())))
    return Task(data, splits), days


def measure(name: str, task: Task, origins: list[str]) -> Iterator[dict[str, object]]:
    """One record an origin and variant."""
    for origin, (train, test) in zip(origins, task.splits, strict=True):
        size = len(train), len(task.data.features)
        members = Stack().members(*size)
        of_first = None
        for label, stack in variants(members, is_large=size[0] * size[1] > Stack().thorough_cells):
            began = time.process_time()
            predicted = of_stack(stack)(task.data.at(train), task.data.rows[test].select(task.data.features))
            losses = log_losses(task.data.left[test], predicted)
            of_first = losses if of_first is None else of_first
            yield {
                "data": name,
                "origin": origin,
                "rows": size[0],
                "variant": label,
                "roc_auc": round(roc_auc(task.data.left[test], predicted), 4),
                "log_loss": round(float(losses.mean()), 5),
                "log_loss_minus_as_it_is": [round(each, 5) for each in paired(losses - of_first)],
                "processor_seconds": round(time.process_time() - began, 1),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HOLDFAST_DATA", "../shared/data")))
    records: list[dict[str, object]] = []
    tasks = [(f"{kind}_{seed}", *simulated(kind, seed, customers)) for kind, seed, customers in BUSINESSES]
    folds = telco(parser.parse_args().data, 5)
    tasks.append(("telco", folds, [f"fold {number}" for number in range(len(folds.splits))]))
    for name, task, origins in tasks:
        for record in measure(name, task, origins):
            print(json.dumps(record), flush=True)
            records.append(record)
    RESULTS.write_text(json.dumps(records, indent=1) + "\n")


if __name__ == "__main__":
    main()
