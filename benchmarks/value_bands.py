"""Do value forecasts agree with the truth and with each other, band by band of the risk of leaving?

    python benchmarks/value_bands.py [--customers 5000] [--data FOLDER] [--only crm_1 ...] [--models lightgbm]
        [--save]

Simulated businesses: expected value and value if the customer stays over their true means, by band of probability. Real
records: over what the customers of the list spent after the cutoff, by third of probability. Everything runs as a user
runs it: init, then run. --save writes benchmarks/results/value_bands.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from holdfast.models.clv.rfm_summary import spend_between

BANDS = (0.02, 0.05, 0.10, 0.20, 0.30, 0.50, 0.70)
CENT = 0.0101  # amounts are stored in whole cents: half a cent of the sum, and half a cent of what it is made of
LEAST = 300  # customers of a band that is judged
RESULTS = Path(__file__).parent / "results" / "value_bands.json"


@dataclass(frozen=True)
class Case:
    """One business: how its records come, and what its forecasts are compared with."""

    name: str
    prepare: Callable[[Path, Path, int], None]  # folder of the project, public data, customers
    value_days: int
    cutoff: date | None = None  # None: simulated, the truth is in a file
    customer: str = "customer_id"  # in the file of the truth


def simulated(kind: str, seed: int) -> Callable[[Path, Path, int], None]:
    def prepare(project: Path, _: Path, customers: int) -> None:
        records = project / "records"
        hf("simulate", "--kind", kind, "--customers", customers, "--seed", seed, "--out", records)
        hf("init", project, "--from", *sorted(records.glob("*.csv")))

    return prepare


def public(*files: str) -> Callable[[Path, Path, int], None]:
    def prepare(project: Path, data: Path, _: int) -> None:
        hf("init", project, "--from", *(data / file for file in files))

    return prepare


CASES = (
    Case("crm_1", simulated("crm", 1), 365),
    Case("crm_2", simulated("crm", 2), 365),
    Case("retail_1", simulated("retail", 1), 365),
    Case("saas_1", simulated("saas", 1), 90, customer="user_id"),
    Case("online_retail_june", public("online_retail/online_retail.parquet"), 90, date(2011, 6, 13)),
    Case("online_retail_september", public("online_retail/online_retail.parquet"), 90, date(2011, 9, 10)),
    Case("cdnow", public("cdnow/CDNOW_master.txt"), 180, date(1998, 1, 1)),
    Case(
        "completejourney",
        public("completejourney/transactions_sample.parquet", "completejourney/demographics.parquet"),
        90,
        date(2017, 10, 2),
    ),
)


def hf(*arguments: object) -> None:
    command = [sys.executable, "-c", "from holdfast.interfaces.cli.app import main; main()", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        command_line = " ".join(map(str, arguments[:3]))
        raise SystemExit(f"holdfast {command_line} ...\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def configured(project: Path, case: Case, models: list[str]) -> None:
    """No discount, so that forecasts compare with plain sums; June of Online Retail has 193 days of history.

    The truths of simulated businesses are of 90 days, and who has left a subscription is in its users' table.
    """
    file = project / "holdfast.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["value"] = {"horizon_days": case.value_days, "yearly_discount": 0.0}
    settings["training"] = {"history_days": 10} if case.name == "online_retail_june" else {}
    if case.cutoff is None:
        settings["churn"]["horizon_days"] = 90
    if case.name.startswith("saas"):
        settings["churn"]["rule"] = "end_date"
    if models:
        settings["training"]["models"] = models
    file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def of_truth(project: Path, case: Case, predictions: pl.DataFrame) -> pl.DataFrame:
    """customer_id, expected, and if_stays with its weight: the true means of a simulated business."""
    days = case.value_days
    names = ("churn_probability_90d", f"expected_spend_{days}d", "expected_spend_90d")
    truth = pl.read_csv(next((project / "records" / "truth").glob("*s.csv")), infer_schema_length=None)
    truth = truth.with_columns(pl.col(case.customer).cast(pl.String).alias("customer_id"))
    p, expected = (pl.col(name) for name in names[:2])
    if "expected_spend_365d_if_stays" in truth.columns:
        stays = pl.col("expected_spend_365d_if_stays")
    elif "dropout_after_a_purchase" in truth.columns:
        stays = pl.when(p < 1).then((expected - after_silence(days)) / (1 - p)).otherwise(0.0)
    else:  # payments: who leaves within the horizon has paid about half of it
        stays = expected / (1 - p / 2)
    truth = truth.select("customer_id", p.alias("p_true"), expected.alias("expected"), stays.alias("if_stays"))
    return predictions.join(truth, on="customer_id").with_columns(weight=1 - pl.col("p_true"))


def after_silence(days: int) -> pl.Expr:
    """Spend of who is silent for 90 days x the probability of that, in a world of BG/NBD customers."""
    rate, dropout, mean = pl.col("purchases_a_busy_day"), pl.col("dropout_after_a_purchase"), pl.col("mean_invoice")
    silent, alive = pl.col("churn_probability_90d"), pl.col("alive").cast(pl.Float64)
    share_silent = ((silent - (1 - alive)) / alive).clip(1e-9, 1)  # of who is alive
    quarter = -share_silent.log() / rate  # busy days of the quarter
    whole = -(1 - pl.col(f"expected_purchases_{days}d") * dropout / alive).clip(1e-9, 1).log() / (rate * dropout)
    later = (1 - (-rate * dropout * (whole - quarter)).exp()) / dropout
    return pl.when(alive > 0).then((silent - (1 - alive)) * later * mean).otherwise(0.0)


def of_records(project: Path, case: Case, predictions: pl.DataFrame) -> pl.DataFrame:
    """customer_id, expected and if_stays: what each customer of the list did after the cutoff; p_true: who left."""
    assert case.cutoff is not None
    hf("run", project, "--stages", "clean")
    clean = max(folder for folder in (project / "runs").iterdir() if folder.name[0].isdigit())
    table = next(file for file in (clean / "tables").glob("*.parquet") if "transactions" in file.name)
    purchases = pl.read_parquet(table)
    start = datetime.combine(case.cutoff, time(), UTC)
    spent = spend_between(purchases, start, case.value_days).select("customer_id", expected="spend")
    horizon = yaml.safe_load((project / "holdfast.yaml").read_text(encoding="utf-8"))["churn"]["horizon_days"]
    inside = pl.col("happened_at").is_between(start, start + timedelta(days=horizon), closed="left")
    active = purchases.filter(inside, pl.col("amount") > 0)["customer_id"].unique()
    return (
        predictions.join(spent, on="customer_id", how="left")
        .with_columns(pl.col("expected").fill_null(0.0), stayed=pl.col("customer_id").is_in(active.implode()))
        .with_columns(weight=pl.col("stayed").cast(pl.Float64))
        .with_columns(if_stays="expected", p_true=1 - pl.col("weight"))
    )


def by_band(compared: pl.DataFrame, edges: list[float]) -> list[dict[str, Any]]:
    """Each band's forecasts over the truth; V_stay among those who stayed, or weighted by the probability of it."""
    band = np.digitize(compared["churn_probability"].to_numpy(), edges)
    rows = []
    for number in np.unique(band):
        own = compared.filter(pl.Series(band == number))
        weight = own["weight"]
        rows.append(
            {
                "band": int(number),
                "customers": own.height,
                "p": own["churn_probability"].mean(),
                "p_true": own["p_true"].mean(),
                "expected_value": own["expected_value"].mean(),
                "expected_over_true": own["expected_value"].sum() / max(own["expected"].sum(), 1e-9),
                "if_stays_over_true": (weight * own["value_if_stays"]).sum()
                / max((weight * own["if_stays"]).sum(), 1e-9),
                "inside_80": own.select(
                    pl.col("expected").is_between(pl.col("value_low"), pl.col("value_high")).mean()
                ).item(),
            }
        )
    return rows


def at_risk_by_band(compared: pl.DataFrame, edges: list[float]) -> float:
    """Probability x (value of who stays - value of who leaves), from the truth of each band's customers together.

    The sum of each customer's own truth is lower: of two who look alike, the one about to leave is worth less.
    """
    band = pl.Series(np.digitize(compared["churn_probability"].to_numpy(), edges))
    total = 0.0
    for number in band.unique():
        own = compared.filter(band == number)
        p, stays, expected = own["p_true"], own["if_stays"], own["expected"]
        of_stayers = ((1 - p) * stays).sum() / (1 - p).sum()
        total += p.sum() * of_stayers - (expected - (1 - p) * stays).sum()
    return total


def measured(case: Case, data: Path, customers: int, models: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / case.name
        case.prepare(project, data, customers)
        configured(project, case, models)
        until = ("--cutoff", case.cutoff) if case.cutoff else ()
        hf("run", project, "--skip-plots", *until)
        run = project / "runs" / "latest"
        predictions = pl.read_parquet(run / "predictions.parquet")
        words = json.loads((run / "reports" / "value.json").read_text(encoding="utf-8"))
        compared = (of_records if case.cutoff else of_truth)(project, case, predictions)
    p = compared["churn_probability"]
    edges = [float(p.quantile(share) or 0.0) for share in (1 / 3, 2 / 3)] if case.cutoff else list(BANDS)
    stay, leave = (predictions[name].fill_null(0.0) for name in ("value_if_stays", "value_if_leaves"))
    mixture = predictions["churn_probability"] * leave + (1 - predictions["churn_probability"]) * stay
    return {
        "case": case.name,
        "customers": compared.height,
        "rows_without_identity": int(((mixture - predictions["expected_value"].fill_null(0.0)).abs() > CENT).sum()),
        "total_over_true": compared["expected_value"].sum() / compared["expected"].sum(),
        "leavers_over_true": p.sum() / compared["p_true"].sum(),
        "at_risk_over_true": None
        if case.cutoff
        else compared["revenue_at_risk"].sum() / at_risk_by_band(compared, edges),
        "at_risk_over_own_truth": None
        if case.cutoff
        else compared["revenue_at_risk"].sum() / (compared["if_stays"] - compared["expected"]).sum(),
        "inside_80": None if not case.cutoff else float(np.mean([row["inside_80"] for row in by_band(compared, [])])),
        "coverage_80_at_the_test_cutoff": words.get("coverage_80"),
        "coverage_80_by_risk_there": words.get("coverage_80_by_risk"),
        "level": words.get("level"),
        "bands": by_band(compared, edges),
    }


def printed(result: dict[str, Any]) -> None:
    at_risk = ""
    if result["at_risk_over_true"]:
        at_risk = f", at risk {result['at_risk_over_true']:.2f} (own truths: {result['at_risk_over_own_truth']:.2f})"
    print(
        f"\n{result['case']}: {result['customers']:,} customers; total {result['total_over_true']:.2f} of the truth, "
        f"leavers {result['leavers_over_true']:.2f}"
        + at_risk
        + f"; {result['rows_without_identity']} rows break the identity"
    )
    print(
        f"{'band':>5}{'customers':>11}{'p':>7}{'true':>7}{'value':>11}{'/ true':>8}{'V_stay / true':>15}{'inside':>9}"
    )
    for row in result["bands"]:
        inside = f"{row['inside_80']:.0%}" if result["inside_80"] is not None else ""
        mark = "" if row["customers"] < LEAST or abs(row["expected_over_true"] - 1) <= 0.25 else "  !"
        print(
            f"{row['band']:>5}{row['customers']:>11,}{row['p']:>7.3f}{row['p_true']:>7.3f}{row['expected_value']:>11,.2f}"
            f"{row['expected_over_true']:>8.2f}{row['if_stays_over_true']:>15.2f}{inside:>9}{mark}"
        )


def measure_all(
    cases: Mapping[str, Case],
    results_file: Path,
    measure: Callable[[Case, Path, int, list[str]], dict[str, Any]],
    show: Callable[[str, dict[str, Any]], None],
    description: str | None,
) -> int:
    """Measure the cases that the command line names, show each, and keep the results where it says --save."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("HOLDFAST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    arguments.add_argument("--data", type=Path, default=default)
    arguments.add_argument("--customers", type=int, default=5_000)
    arguments.add_argument("--only", nargs="*", default=[])
    arguments.add_argument("--models", nargs="*", default=[], help="churn models that compete; default: all")
    arguments.add_argument("--save", action="store_true")
    chosen = arguments.parse_args()
    results = json.loads(results_file.read_text(encoding="utf-8")) if chosen.save and results_file.exists() else {}
    for name, case in cases.items():
        if chosen.only and name not in chosen.only:
            continue
        if case.cutoff and not chosen.data.is_dir():
            print(f"\n{name}: no public data at {chosen.data}: give --data FOLDER.")
            continue
        result = measure(case, chosen.data, chosen.customers, chosen.models)
        show(name, result)
        results[name] = result | {
            "simulated_customers": None if case.cutoff else chosen.customers,
            "churn_models": chosen.models or "default",
        }
    if chosen.save:
        results_file.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def main() -> int:
    cases = {case.name: case for case in CASES}
    return measure_all(cases, RESULTS, measured, lambda _, result: printed(result), __doc__)


if __name__ == "__main__":
    sys.exit(main())
