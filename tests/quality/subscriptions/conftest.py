"""Tables of subscriptions written as files have them, and the movements that cleaning makes of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from holdfast.cutoffs.standings import standings
from holdfast.quality.events import complete, typed
from holdfast.quality.exclusions import EXCLUSION_RULES, set_aside
from holdfast.quality.subscriptions.movements import to_movements
from holdfast.quality.table_state import TableState, read_table_state
from holdfast.settings import Settings

KINDS = {
    "customer_id": "text",
    "subscription_id": "text",
    "price": "money",
    "quantity": "number",
    "interval": "category",
    "interval_count": "number",
    "plan": "category",
    "status": "category",
    "kind": "category",
}
Rows = Sequence[Mapping[str, object]]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def settings_of(
    columns: Sequence[str], rows: str, means: Mapping[str, Mapping[str, Sequence[str]]], **more: Any
) -> Settings:
    """Settings of one table whose source columns are called as ours are."""
    top = {name: more.pop(name) for name in ("cutoff", "exported_on") if name in more}
    table = {
        "files": ["x.csv"],
        "holds": "subscriptions",
        "repeats_are_real": True,
        "columns": {name: {"from": name, "kind": KINDS.get(name, "time")} for name in columns},
        "statuses": [{"column": column, **dict(meanings)} for column, meanings in means.items()],
        "subscriptions": {"rows": rows, **more},
    }
    churn = {"rule": "subscription_end", "horizon_days": 30}
    return Settings.model_validate(
        {"name": "x", "shape": "subscriptions", "churn": churn, "tables": {"subs": table}, **top}
    )


@pytest.fixture
def draft_of() -> Callable[..., TableState]:
    """The draft that `to_movements` leaves of rows given as dictionaries of texts."""

    def make(
        rows: Rows, kind: str, means: Mapping[str, Mapping[str, Sequence[str]]] | None = None, **more: Any
    ) -> TableState:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        texts = {name: [None if row.get(name) is None else str(row[name]) for row in rows] for name in columns}
        raw = pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)).with_row_index("_row", offset=1)
        settings = settings_of(columns, kind, means or {}, **more)
        state, _ = set_aside(complete(read_table_state({"subs": raw}, settings, "subs")), settings, EXCLUSION_RULES)
        return to_movements(state, settings)[0]

    return make


@pytest.fixture
def movements_of(draft_of: Callable[..., TableState]) -> Callable[..., pl.DataFrame]:
    def make(*args: Any, **more: Any) -> pl.DataFrame:
        return typed(draft_of(*args, **more))

    return make


@pytest.fixture
def story(movements_of: Callable[..., pl.DataFrame]) -> Callable[..., list[tuple[str, str, float, float]]]:
    """Kind, day, change of what runs and of revenue of each movement, in order."""

    def tell(*args: Any, **more: Any) -> list[tuple[str, str, float, float]]:
        rows = movements_of(*args, **more).sort("happened_at", "known_at", maintain_order=True)
        price = "mrr_change" if "mrr_change" in rows.columns else pl.lit(0.0).alias("mrr_change")
        days = pl.col("happened_at").dt.date().cast(pl.String)
        return rows.select("kind", days, "running_change", price).rows()

    return tell


@pytest.fixture
def standing() -> Callable[..., dict[str, Any]]:
    """How one customer stood on a day."""

    def look(movements: pl.DataFrame, day: str | date, customer: str = "a", **more: Any) -> dict[str, Any]:
        rows = standings(movements, moment(str(day)), **more).filter(pl.col("customer_id") == customer)
        return rows.row(0, named=True) if rows.height else {"standing": None}

    return look
