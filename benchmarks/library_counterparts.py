"""Our statistics against scikit-learn's and SciPy's: start-up, time of one call, and how far the results lie apart.

    OMP_NUM_THREADS=1 python benchmarks/library_counterparts.py [FOLDER_OF_PUBLIC_DATA]

The numbers of docs/decisions/0007-our-own-statistics.md come from here.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from telco import telco

from holdfast.models.calibration import fit_calibrator
from holdfast.models.churn.logistic import Logistic
from holdfast.models.design_matrix import fit_design, spline_basis
from holdfast.models.metrics import average_precision, brier, log_loss
from holdfast.models.newton import fit_logistic
from holdfast.stats.intervals import wilson
from holdfast.stats.ranking import roc_auc

ROWS = 50_000
IMPORTS = (
    "holdfast.stats.ranking",
    "holdfast.models.metrics",
    "holdfast.models.newton",
    "scipy.special",
    "scipy.interpolate",
    "scipy.stats",
    "sklearn.metrics",
    "sklearn.preprocessing",
    "sklearn.linear_model",
    "sklearn.calibration",
)


def import_seconds(module: str, times: int = 3) -> float:
    """The fastest of some fresh processes that import NumPy, then the module."""
    code = f"import numpy, time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(times)
    ]
    return min(seconds)


def milliseconds(call: Callable[[], object], times: int = 5) -> float:
    """The fastest of some calls."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds)


def compare(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Print both times and the greatest difference of the results."""
    apart = np.abs(np.asarray(ours(), dtype=float) - np.asarray(theirs(), dtype=float)).max()
    print(f"{name:34} {milliseconds(ours):9.2f} ms {milliseconds(theirs):9.2f} ms   apart {apart:.1e}")


def compare_logistic(folder: Path) -> None:
    """Print objective, time and memory of the ridge-penalised fit on the columns that Telco's features become."""
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

    rows, left = telco(folder)
    matrix, _ = fit_design(rows, left).matrix(rows)
    print(f"logistic on {matrix.shape[0]:,} x {matrix.shape[1]}, penalty 1")

    def objective(weights: np.ndarray) -> float:
        scores = matrix.astype(float) @ weights[1:] + weights[0]
        return float(np.logaddexp(0, scores).sum() - scores[left].sum() + (weights[1:] ** 2).sum() / 2)

    def by_library(solver: str, tol: float) -> np.ndarray:
        fitted = LogisticRegression(C=1.0, solver=solver, tol=tol, max_iter=5000).fit(matrix.astype(float), left)
        return np.concatenate([fitted.intercept_, fitted.coef_[0]])

    least = objective(by_library("lbfgs", 1e-10))
    fits: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: fit_logistic(matrix, left, 1.0, None),
        "lbfgs, 1e-4": lambda: by_library("lbfgs", 1e-4),
        "lbfgs, 1e-8": lambda: by_library("lbfgs", 1e-8),
        "newton-cholesky, 1e-8": lambda: by_library("newton-cholesky", 1e-8),
    }
    for name, fit in fits.items():
        print(f"  {name:30} {milliseconds(fit, 3):8.1f} ms   above the least loss by {objective(fit()) - least:.1e}")
    shares = [1 / penalty for penalty in Logistic().penalties]
    chosen = LogisticRegressionCV(Cs=shares, cv=5, scoring="neg_log_loss", solver="newton-cholesky", tol=1e-6)
    ours = milliseconds(lambda: Logistic()._best_penalty(matrix, left, 0), 3)
    print(f"  five penalties, leave-one-out   {ours:8.1f} ms")
    by_folds = milliseconds(lambda: chosen.fit(matrix.astype(float), left), 3)
    print(f"  five penalties, 5 folds         {by_folds:8.1f} ms")
    for name in ("ours", "newton-cholesky", "lbfgs"):
        done = subprocess.run([sys.executable, "-c", MEMORY, name], capture_output=True, text=True, check=True)
        print(f"  400,000 x 100 (160 MB), {name}: {done.stdout.strip()}")


MEMORY = """
import resource, sys, time
import numpy as np
from holdfast.models.newton import fit_logistic
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(0)
matrix = np.empty((400_000, 100), np.float32)
for first in range(0, len(matrix), 20_000):
    matrix[first : first + 20_000] = random.normal(size=(20_000, 100))
left = random.random(len(matrix)) < 1 / (1 + np.exp(-matrix[:, 0]))
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
if sys.argv[1] == "ours":
    fit_logistic(matrix, left, 4.0, None)
else:
    LogisticRegression(C=0.25, solver=sys.argv[1], tol=1e-8, max_iter=1000).fit(matrix, left)
more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
print(f"{more:.0f} MB more, {time.perf_counter() - start:.1f} s")
"""


def main() -> None:
    """Print one line a comparison."""
    for module in IMPORTS:
        print(f"import {module:27} {import_seconds(module):6.2f} s")
    from scipy.interpolate import BSpline
    from scipy.stats import binomtest
    from sklearn import metrics

    random = np.random.default_rng(0)
    scores = random.normal(size=ROWS)
    probabilities = np.round(1 / (1 + np.exp(-scores)), 4)
    left = random.random(ROWS) < probabilities
    compare("ROC-AUC", lambda: roc_auc(left, probabilities), lambda: metrics.roc_auc_score(left, probabilities))
    compare(
        "average precision",
        lambda: average_precision(left, probabilities),
        lambda: metrics.average_precision_score(left, probabilities),
    )
    compare("log loss", lambda: log_loss(left, probabilities), lambda: metrics.log_loss(left, probabilities))
    compare("Brier score", lambda: brier(left, probabilities), lambda: metrics.brier_score_loss(left, probabilities))

    hits, rows = random.integers(0, 50, 500), np.full(500, 50)
    compare(
        "500 Wilson intervals",
        lambda: wilson(hits, rows),
        lambda: np.transpose(
            [binomtest(int(k), int(n)).proportion_ci(method="wilson") for k, n in zip(hits, rows, strict=True)]
        ),
    )

    knots = np.unique(np.quantile(scores, np.linspace(0, 1, 7)))
    grid = np.concatenate(
        [
            knots[0] - (knots[1] - knots[0]) * np.arange(3, 0, -1),
            knots,
            knots[-1] + (knots[-1] - knots[-2]) * np.arange(1, 4),
        ]
    )
    compare(
        "cubic B-splines",
        lambda: np.column_stack(spline_basis(scores, knots)),
        lambda: BSpline.design_matrix(np.clip(scores, knots[0], knots[-1]), grid, 3).toarray()[:, 1:],
    )

    from sklearn.calibration import _SigmoidCalibration

    def library_platt() -> np.ndarray:
        log_odds = np.log(probabilities.clip(1e-6, 1 - 1e-6)) - np.log1p(-probabilities.clip(1e-6, 1 - 1e-6))
        return _SigmoidCalibration().fit(log_odds, left).predict(log_odds)

    compare("Platt", lambda: fit_calibrator("platt", left, probabilities).apply(probabilities), library_platt)


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        compare_logistic(Path(sys.argv[1]))
