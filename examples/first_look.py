"""The product from Python: make up a business, run it, ask it.

Run: python examples/first_look.py
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from holdfast.service.init import begin
from holdfast.service.project import open_project
from holdfast.simulator.simulate import request
from holdfast.simulator.write import simulate_into


def main(customers: int = 2_000) -> pl.DataFrame:
    """Records in, the list out; the ten customers to contact first."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "shop"
        simulate_into(home / "records", request("retail", customers, seed=7))
        begin(home, [str(path) for path in (home / "records").glob("*.csv")])
        project = open_project(home)
        project.run(now=datetime.now(UTC))
        for line in project.summary()["lines"]:
            print(line)
        return (
            project.predictions()
            .select("priority", "customer_id", "churn_probability", "revenue_at_risk", "reason_1")
            .head(10)
        )


if __name__ == "__main__":
    print(main())
