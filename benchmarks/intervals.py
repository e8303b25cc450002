"""How many customers bring what their own 80 % interval says? Every past cutoff of simulated and real records.

    python benchmarks/intervals.py [--customers 5000] [--data FOLDER] [--only cdnow ...] [--models lightgbm] [--save]

Everything runs as a user runs it: init, then backtest. Each cutoff is forecast by what was known at it. --save writes
benchmarks/results/intervals.json.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from value_bands import CASES, Case, hf, measure_all, simulated

RESULTS = Path(__file__).parent / "results" / "intervals.json"
_NAMES = {"online_retail_june": "online_retail", "online_retail_september": "online_retail", "saas_1": ""}


def cases() -> dict[str, Case]:
    """One case a set of records, with all of its past cutoffs; subscriptions have no later payments to test on."""
    own = {_NAMES.get(case.name, case.name): case for case in CASES}
    own["retail_2"] = Case("retail_2", simulated("retail", 2), 365)
    return {name: case for name, case in own.items() if name}


def measured(case: Case, data: Path, customers: int, models: list[str]) -> dict[str, Any]:
    """Coverage of the intervals at each past cutoff, and of all of them together."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / case.name
        case.prepare(project, data, customers)
        file = project / "holdfast.yaml"
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        if case.cutoff is None:
            settings["churn"]["horizon_days"] = 90
        if models:
            settings["training"] = {**(settings.get("training") or {}), "models": models}
        file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        hf("backtest", project)
        newest = max((project / "runs").glob("*/reports/backtest.json"))
        record = json.loads(newest.read_text(encoding="utf-8"))
    origins = [
        {
            "cutoff": each["cutoff"],
            "customers": each["customers"],
            "total_over_true": each["money"]["predicted"] / each["money"]["observed"],
            **{name: each["money"][name] for name in ("inside_80", "inside_80_by_risk", "inside_80_at_its_total")},
        }
        for each in record["origins"]
        if each["money"] and "inside_80" in each["money"]
    ]
    weights = [each["customers"] for each in origins]
    together = {
        name: np.average([each[name] for each in origins], axis=0, weights=weights).tolist()
        for name in ("inside_80", "inside_80_by_risk", "inside_80_at_its_total")
    }
    return {"horizon_days": record["horizon_days"], "origins": origins, **together}


def printed(name: str, result: dict[str, Any]) -> None:
    thirds = " ".join(f"{share:4.0%}" for share in result["inside_80_by_risk"])
    print(f"{name}, {result['horizon_days']} days: {result['inside_80']:.1%} inside; thirds of risk {thirds}; ", end="")
    print(f"at the sum that came {result['inside_80_at_its_total']:.1%}")
    for each in result["origins"]:
        thirds = " ".join(f"{share:4.0%}" for share in each["inside_80_by_risk"])
        print(
            f"   {each['cutoff']} {each['customers']:>6,} sum {each['total_over_true']:.2f} of what came  "
            f"{each['inside_80']:.1%}  {thirds}  at the sum that came {each['inside_80_at_its_total']:.1%}",
            flush=True,
        )


def main() -> int:
    return measure_all(cases(), RESULTS, measured, printed, __doc__)


if __name__ == "__main__":
    sys.exit(main())
