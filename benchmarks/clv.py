"""Value models: CDNOW's published splits, Online Retail's two origins, and speed beside a plain fit.

    python benchmarks/clv.py [--data FOLDER] [--customers 1000000]

Speed is a ratio within this run: the plain fit is the paper's likelihood over every row with scipy and numeric slopes.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import gammaln
from sklearn.metrics import roc_auc_score

from holdfast.models.clv.purchases.bg_nbd import BgNbd, fit_bg_nbd
from holdfast.models.clv.purchases.gamma_gamma import fit_gamma_gamma
from holdfast.models.clv.purchases.pareto_nbd import ParetoNbd, fit_pareto_nbd
from holdfast.models.clv.purchases.purchase_value import fit_purchase_value
from holdfast.models.clv.rfm_summary import spend_between, summarise_purchases
from holdfast.models.clv.spend_metrics import value_metrics


def cdnow(file: Path) -> pl.DataFrame:
    fields = [line.split() for line in file.read_text().splitlines() if line.strip() and line.split()[0].isdigit()]
    return pl.DataFrame(
        {
            "customer_id": [field[0] for field in fields],
            "happened_at": [field[-3] for field in fields],
            "amount": [float(field[-1]) for field in fields],
        }
    ).with_columns(pl.col("happened_at").str.to_datetime("%Y%m%d", time_unit="us", time_zone="UTC"))


def online_retail(file: Path) -> pl.DataFrame:
    lines = pl.read_parquet(file).unique(maintain_order=True)
    when = pl.col("InvoiceDate").cast(pl.String).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="UTC")
    return lines.filter(pl.col("CustomerID").is_not_null(), pl.col("UnitPrice") > 0).select(
        pl.col("CustomerID").cast(pl.Int64).cast(pl.String).alias("customer_id"),
        when.alias("happened_at"),
        (pl.col("Quantity") * pl.col("UnitPrice")).alias("amount"),
    )


def report_purchases(name: str, log: pl.DataFrame, cutoff: datetime, ahead: int) -> None:
    summary = summarise_purchases(log, cutoff)
    history = [summary[column].to_numpy() for column in ("frequency", "recency_days", "age_days")]
    later = spend_between(log, cutoff, ahead)
    created = summary.join(later, on="customer_id", how="left")["purchases"].fill_null(0).to_numpy()
    for model_name, fit in MODELS.items():
        began = time.perf_counter()
        model = fit(*history)
        expected = model.expected_purchases(ahead, *history)
        seconds = time.perf_counter() - began
        print(
            f"{name:<34} {model_name:<10} MAE {np.abs(expected - created).mean():.3f}  "
            f"RMSE {np.sqrt(((expected - created) ** 2).mean()):.3f}  corr {np.corrcoef(expected, created)[0, 1]:.3f}  "
            f"total {expected.sum() / created.sum() - 1:+.1%}  AUC {roc_auc_score(created > 0, expected):.3f}  "
            f"{seconds:.2f} s"
        )


def report_spend(name: str, log: pl.DataFrame, cutoff: datetime, ahead: int) -> None:
    summary = summarise_purchases(log, cutoff)
    model = fit_purchase_value(summary)
    spent = summary.join(spend_between(log, cutoff, ahead), on="customer_id", how="left")["spend"].fill_null(0.0)
    metrics = value_metrics(model.spend(summary, ahead), spent.to_numpy(), seed=1)
    print(f"{name:<34} " + "  ".join(f"{key} {value['value']:.3f}" for key, value in metrics.items()))


def simulated(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Histories in days of customers who buy at their own rates and leave with their own probability."""
    dice = np.random.default_rng(1)
    T = dice.integers(1, 720, customers).astype(float)
    rate, probability = dice.gamma(0.5, 1 / 40, customers), dice.beta(0.8, 2.5, customers)
    x = np.minimum(np.minimum(dice.poisson(rate * T), dice.geometric(np.clip(probability, 1e-6, 1))), T)
    t_x = np.where(x > 0, np.floor(T * dice.beta(np.maximum(x, 1), 1)), 0.0)
    return x, np.maximum(t_x, x), T


def plain_fit(x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> BgNbd:
    """The paper's likelihood as it is written, every row, numeric slopes."""

    def loss(theta: np.ndarray) -> float:
        r, alpha, a, b = np.exp(theta)
        level = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        level = level + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        stayed = -(r + x) * np.log(alpha + T)
        left = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
        return -float(np.mean(level + np.logaddexp(stayed, left)))

    results = minimize(loss, np.log([0.5, T.mean() / 2, 0.5, 1.5]), method="L-BFGS-B", bounds=[(-7, 14)] * 4)
    return BgNbd(*np.exp(results.x))


def timed(work: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def report_speed(customers: int) -> None:
    x, t_x, T = simulated(customers)
    visited = np.maximum(x + 1, 1)
    mean = np.random.default_rng(2).gamma(4, 10, customers).round(2)
    fit_bg_nbd(x[:1000], t_x[:1000], T[:1000])
    seconds, model = timed(lambda: fit_bg_nbd(x, t_x, T))
    assert isinstance(model, BgNbd)
    requests, _ = timed(lambda: model.expected_purchases(365, x, t_x, T))
    money, _ = timed(lambda: fit_gamma_gamma(visited, mean))
    plain, other = timed(lambda: plain_fit(x, t_x, T))
    print(
        f"{customers:,} customers: BG/NBD fit {seconds:.2f} s, expected purchases {requests:.2f} s, money {money:.2f} s"
    )
    print(
        f"plain scipy fit of the same rows {plain:.1f} s: {plain / seconds:.0f} times as long; {model} against {other}"
    )


def online(folder: Path) -> None:
    log = online_retail(folder / "online_retail" / "online_retail.parquet")
    for origin in (datetime(2011, 6, 13, tzinfo=UTC), datetime(2011, 9, 10, tzinfo=UTC)):
        report_spend(f"Online Retail {origin:%Y-%m-%d}, 90 days", log, origin, 90)


MODELS: dict[str, Callable[..., BgNbd | ParetoNbd]] = {"BG/NBD": fit_bg_nbd, "Pareto/NBD": fit_pareto_nbd}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("HOLDFAST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    arguments.add_argument("--data", type=Path, default=default)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    chosen = arguments.parse_args()
    if not (chosen.data / "cdnow").is_dir():
        sys.exit(f"No public data at {chosen.data}: give --data FOLDER.")
    sample = cdnow(chosen.data / "cdnow" / "CDNOW_sample.txt")
    master = cdnow(chosen.data / "cdnow" / "CDNOW_master.txt")
    autumn, new_year = datetime(1997, 10, 1, tzinfo=UTC), datetime(1998, 1, 1, tzinfo=UTC)
    end = datetime(1998, 7, 1, tzinfo=UTC)
    for name, log, cutoff in (
        ("CDNOW sample, to 1997-09-30", sample, autumn),
        ("CDNOW, to 1997-09-30", master, autumn),
        ("CDNOW, to 1997-12-31", master, new_year),
    ):
        ahead = (end - cutoff) // timedelta(days=1)
        report_purchases(name, log, cutoff, ahead)
        report_spend(name, log, cutoff, ahead)
    online(chosen.data)
    report_speed(chosen.customers)


if __name__ == "__main__":
    main()
