"""Tables of two businesses are not run as one."""

from pathlib import Path

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.quality.clean import clean
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.settings import Settings

PROJECT = Settings.model_validate(
    {
        "name": "two",
        "shape": "events",
        "churn": {"rule": "inactivity", "activity": ["transactions"], "horizon_days": 30},
        "tables": {
            "customers": {
                "files": ["c.csv"],
                "holds": "customers",
                "columns": {"customer_id": {"from": "id"}, "plan": {"from": "plan", "kind": "category"}},
            },
            "transactions": {
                "files": ["t.csv"],
                "holds": "transactions",
                "columns": {
                    "customer_id": {"from": "who"},
                    "happened_at": {"from": "day", "kind": "time", "format": "%Y-%m-%d"},
                    "amount": {"from": "paid", "kind": "money"},
                },
            },
        },
    }
)


@pytest.mark.parametrize(("prefix", "ready"), [("a", True), ("b", False)])
def test_a_log_whose_ids_no_customer_has_is_refused(prefix: str, *, ready: bool) -> None:
    ids = [f"a{place}" for place in range(300)]
    customers = pl.DataFrame({"id": ids, "plan": ["x", "y"] * 150}).with_row_index("_row", 1)
    days = pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 12, 31), "1d", eager=True).dt.to_string().to_list()
    rows = [(f"{prefix}{(place * 7) % 300}", days[place % 365], "10.5") for place in range(3000)]
    log = pl.DataFrame(rows, schema=["who", "day", "paid"], orient="row").with_row_index("_row", 1)
    told = readiness(clean({"customers": customers, "transactions": log}, PROJECT), PROJECT)
    item = next(item for item in told.items if item.name == "same customers")
    assert (item.result == "yes") is ready
    if not ready:
        assert told.grade is Grade.NOT_READY
        assert "transactions" in item.fix


def test_an_unknown_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    from holdfast.settings_file import load_settings

    text = "name: x\nshape: snapshot\nchurn: {rule: label, horizon_dayz: 30}\ntables: {}\n"
    (tmp_path / "holdfast.yaml").write_text(text)
    with pytest.raises(
        HoldfastError, match=r"churn\.horizon_dayz: there is no such setting; did you mean horizon_days"
    ):
        load_settings(tmp_path / "holdfast.yaml")
