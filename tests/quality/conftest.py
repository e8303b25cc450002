"""Small worlds for the tests of quality."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from holdfast.settings import Settings

Cells = dict[str, list[Any]]
DAY = "%Y-%m-%d"


def _table(holds: str, words: str, **more: Any) -> dict[str, Any]:
    """A table's settings from words such as "customer_id:text happened_at<The~day:time:%Y-%m-%d"; ~ is a blank."""
    columns = {}
    for word in words.split():
        name, kind, *layout = word.split(":", 2)
        ours, _, source = name.replace("~", " ").partition("<")
        columns[ours] = {"from": source or ours, "kind": kind} | (
            {"format": layout[0].replace("~", " ")} if layout else {}
        )
    return {"files": ["x.csv"], "holds": holds, "columns": columns, **more}


@pytest.fixture(scope="session")
def table() -> Callable[..., dict[str, Any]]:
    return _table


@pytest.fixture(scope="session")
def project() -> Callable[..., Settings]:
    def build(rule: str = "inactivity", shape: str = "events", **more: Any) -> Settings:
        churn = {"rule": rule, **more.pop("churn", {})}
        return Settings.model_validate({"name": "test", "shape": shape, "churn": churn, **more})

    return build


@pytest.fixture(scope="session")
def raw() -> Callable[..., pl.DataFrame]:
    def build(**cells: list[Any]) -> pl.DataFrame:
        return pl.DataFrame(cells, strict=False).with_row_index("_row", offset=1)

    return build
