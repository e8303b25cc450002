"""The product from Python: simulate a business, run the pipeline, read the results.

Run: python examples/first_look.py
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

import holdfast


def main(customers: int = 2_000) -> pl.DataFrame:
    """Records in, the list out; the ten customers to contact first."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "shop"
        records = holdfast.simulate(home / "records", kind="retail", customers=customers)
        holdfast.init(home, [records.folder])
        project = holdfast.open_project(home)
        run = project.run(now=datetime.now(UTC))
        print(run.sentence)
        columns = ("priority", "customer_id", "churn_probability", "revenue_at_risk", "reason_1")
        return project.predictions().table.select(columns).head(10)


if __name__ == "__main__":
    print(main())
