"""What a new user does in the first hour, through the command line, on simulated records."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces import commands
from tests.quick import QUICK

from holdfast.store.artifacts import sha256
from holdfast.tables.outputs import PREDICTIONS

HOLDFAST = [sys.executable, "-c", "from holdfast.interfaces.cli.app import main; main()"]
CUSTOMERS = 700
PROMISED = (
    "manifest.json",
    "tables/customers.parquet",
    "features.parquet",
    "features.json",
    "splits/X_train.parquet",
    "splits/y_val.parquet",
    "splits/X_test.parquet",
    "feature_importance.csv",
    "models/churn/manifest.json",
    "metrics.json",
    "predictions.parquet",
    "segments.csv",
    "segment_strategies.json",
    "plan.parquet",
    "bi/customers.csv",
    "bi/kpi_definitions.md",
    "reports/cleaning.json",
    "reports/validation.csv",
    "reports/eda.json",
    "reports/eda.txt",
    "reports/pipeline.json",
    "reports/report.html",
    "reports/dashboard.html",
)


def holdfast(*words: object, code: int = 0) -> str:
    done = subprocess.run([*HOLDFAST, *map(str, words)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def here(*words: object) -> str:
    """As `holdfast`, without a process of its own and the seconds in which it loads its libraries."""
    answer = commands.holdfast(*words)
    assert answer.code == 0, answer.out + answer.err
    return answer.out


def telco_like(customers: int, seed: int) -> pl.DataFrame:
    """A labelled table in which new customers on monthly contracts leave more often."""
    import numpy as np

    dice = np.random.default_rng(seed)
    tenure = dice.integers(0, 72, customers)
    monthly = np.round(dice.uniform(20, 110, customers), 2)
    contract = dice.choice(["Month-to-month", "One year", "Two year"], customers, p=[0.55, 0.25, 0.2])
    odds = -1.0 - 0.03 * tenure + 0.01 * monthly + np.where(contract == "Month-to-month", 1.2, -1.0)
    left = dice.random(customers) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "customerID": [f"{seed}-{place:05d}" for place in range(customers)],
            "tenure": tenure,
            "Contract": contract,
            "MonthlyCharges": monthly,
            "TotalCharges": [f"{value:.2f}" if value else " " for value in tenure * monthly],
            "Churn": np.where(left, "Yes", "No"),
        }
    )


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled table, taken through init and run."""
    home = tmp_path_factory.mktemp("snapshot")
    telco_like(CUSTOMERS, 1).write_csv(home / "customers.csv")
    project = home / "telco"
    holdfast("init", project, "--from", home / "customers.csv")
    holdfast("run", project)
    return project


def test_a_run_leaves_everything_it_promises(snapshot: Path) -> None:
    run = snapshot / "runs" / "latest"
    assert [path for path in PROMISED if not (run / path).exists()] == []
    assert len(list((run / "reports" / "figures").glob("*.png"))) >= 6
    assert (run / "reports" / "report.html").stat().st_size < 3_000_000
    assert {path.name for path in (snapshot / "logs").iterdir()} == {"all.log", "errors.log", "performance.log"}


def test_predictions_have_one_row_a_customer_who_is_still_there(snapshot: Path) -> None:
    predictions = pl.read_parquet(snapshot / "runs" / "latest" / "predictions.parquet")
    stayed = telco_like(CUSTOMERS, 1).filter(pl.col("Churn") == "No")["customerID"]
    assert set(predictions["customer_id"]) == set(stayed)
    PREDICTIONS.check(predictions)
    assert predictions["priority"].to_list() == list(range(1, predictions.height + 1))


def test_the_models_are_evaluated_side_by_side_with_intervals_and_one_champion(snapshot: Path) -> None:
    metrics = json.loads((snapshot / "runs" / "latest" / "metrics.json").read_text())
    names = {each["name"] for each in metrics["candidates"]}
    assert names == {"logistic", "forest", "gradient", "lightgbm", "xgboost", "stack"}
    assert sum(each["champion"] for each in metrics["candidates"]) == 1
    for each in metrics["candidates"]:
        auc = each["test"]["roc_auc"]
        assert auc["low"] <= auc["value"] <= auc["high"]


def test_running_again_changes_nothing(snapshot: Path) -> None:
    before = (snapshot / "runs" / "latest").resolve()
    told = holdfast("run", snapshot)
    after = (snapshot / "runs" / "latest").resolve()
    assert told.count("unchanged, kept") == len(json.loads((after / "manifest.json").read_text())["stages"])
    assert sha256(before / "predictions.parquet") == sha256(after / "predictions.parquet")


def test_the_same_records_give_the_same_bytes(snapshot: Path) -> None:
    before = (snapshot / "runs" / "latest").resolve()
    holdfast("run", snapshot, "--resume-from", "train", "--skip-plots")
    after = (snapshot / "runs" / "latest").resolve()
    tables = ("predictions.parquet", "plan.parquet", "segments.csv", "metrics.json")
    for path in (*tables, "models/churn/churn.json", "reports/dashboard.html"):
        assert sha256(before / path) == sha256(after / path), path


def test_new_customers_are_scored_with_or_without_a_label(snapshot: Path, tmp_path: Path) -> None:
    telco_like(50, 2).drop("Churn").write_csv(tmp_path / "new.csv")
    told = holdfast("score", snapshot, "--data", tmp_path / "new.csv", "--out", tmp_path / "scores.csv")
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert "50 rows read, 50 customers scored" in told
    assert set(scores["customer_id"]) == set(telco_like(50, 2)["customerID"])
    assert scores["churn_probability"].is_between(0, 1).all()
    assert scores["churn_probability"].n_unique() > 10


def test_a_file_that_fits_no_table_is_refused_with_the_columns(snapshot: Path, tmp_path: Path) -> None:
    pl.DataFrame({"name": ["a"], "town": ["b"]}).write_csv(tmp_path / "other.csv")
    told = holdfast("score", snapshot, "--data", tmp_path / "other.csv", "--out", tmp_path / "s.csv", code=2)
    assert "fits none of the project's tables" in told
    assert "customerID" in told
    assert not (tmp_path / "s.csv").exists()


def test_one_customer_is_shown_with_reasons(snapshot: Path) -> None:
    first = json.loads(holdfast("show", snapshot, "--json", "--top", 1))["customers"][0]
    shown = json.loads(holdfast("show", snapshot, first["customer_id"], "--json"))
    assert shown["reason_1"]
    assert shown["churn_probability"] == pytest.approx(first["churn_probability"])


def test_an_unknown_customer_is_an_error_with_a_fix(snapshot: Path) -> None:
    assert "Fix: Use an id from the list" in holdfast("show", snapshot, "nobody", code=2)


def test_a_plan_never_spends_more_than_its_budget(snapshot: Path, tmp_path: Path) -> None:
    made = json.loads(holdfast("plan", snapshot, "--budget", 100, "--out", tmp_path / "calls.csv", "--json"))
    assert sum(row["cost"] for row in made["customers"]) <= 100
    assert pl.read_csv(tmp_path / "calls.csv").height == len(made["customers"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A purchase log, taken through simulate, init and run; in this process, for the snapshot has processes enough."""
    home = tmp_path_factory.mktemp("shop")
    here("simulate", "--kind", "retail", "--customers", 300, "--out", home / "records")
    logs = sorted((home / "records").glob("*.csv"))
    here("init", home / "shop", "--from", *logs)
    with (home / "shop" / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    here("run", home / "shop", "--skip-plots")
    return home / "shop"


def test_a_purchase_log_gives_values_and_next_dates(shop: Path) -> None:
    predictions = pl.read_parquet(shop / "runs" / "latest" / "predictions.parquet")
    assert predictions["expected_value"].null_count() == 0
    assert (predictions["value_low"] <= predictions["value_high"]).all()
    assert predictions["expected_next_date"].drop_nulls().len() > 0


def test_a_cutoff_hides_everything_after_it(shop: Path) -> None:
    """Scores at a past day are the same whether or not the later records are there."""
    settings = (shop / "holdfast.yaml").read_text()
    run = json.loads((shop / "runs" / "latest" / "timeline.json").read_text())
    day = run["test"][:10]
    whole = json.loads(here("run", shop, "--cutoff", day, "--skip-plots", "--json"))["run"]
    raw = next((shop.parent / "records").glob("*.csv"))
    log = pl.read_csv(raw, infer_schema=False)
    date = next(name for name in log.columns if "date" in name.lower())
    cut = shop.parent / "cut"
    (cut / "records").mkdir(parents=True)
    log.filter(pl.col(date).str.slice(0, 10) < day).write_csv(cut / "records" / raw.name)
    (cut / "holdfast.yaml").write_text(settings.replace("../records/", "records/"))
    short = json.loads(here("run", cut, "--cutoff", day, "--skip-plots", "--json"))["run"]
    for name in ("features.parquet", "training.parquet"):
        assert pl.read_parquet(Path(whole) / name).equals(pl.read_parquet(Path(short) / name)), name
    left, right = (pl.read_parquet(Path(run) / "predictions.parquet") for run in (whole, short))
    assert left.equals(right)


def test_newer_events_are_scored_at_a_later_day(shop: Path, tmp_path: Path) -> None:
    raw = next((shop.parent / "records").glob("*.csv"))
    newer = pl.read_csv(raw, infer_schema=False).tail(200)
    newer.write_csv(tmp_path / "newer.csv")
    output = here("score", shop, "--data", tmp_path / "newer.csv", "--out", tmp_path / "scores.parquet")
    assert "customers scored" in output
    assert pl.read_parquet(tmp_path / "scores.parquet").height > 100
