"""What a run stored gives each customer the run's predictions again, to the last bit, alone or among others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.pipeline.conftest import Business

from holdfast.cutoffs.schedule import Schedule
from holdfast.errors import HoldfastError
from holdfast.pipeline.stored_models import StoredModels, predict_customers
from holdfast.store.artifacts import read_json

ALONE = 60
OF_THE_LIST = ("priority",)  # a rank among the customers that are scored together

Predict = Callable[[pl.DataFrame, dict[str, pl.DataFrame]], pl.DataFrame]


@pytest.fixture(params=["shop", "subscribers"])
def business(request: pytest.FixtureRequest) -> Business:
    result: Business = request.getfixturevalue(request.param)
    return result


@pytest.fixture
def tables(business: Business) -> dict[str, pl.DataFrame]:
    return {file.stem: pl.read_parquet(file) for file in (business.run / "tables").glob("*.parquet")}


@pytest.fixture
def rows(business: Business, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Feature rows of today's customers. A labelled customer is left out: a run predicts it by models without it."""
    rows, customers = pl.read_parquet(business.run / "features.parquet"), tables["customers"]
    if "label" not in customers.columns:
        return rows
    return rows.join(customers.filter(pl.col("label").is_null()), on="customer_id", how="semi", maintain_order="left")


@pytest.fixture
def predict(business: Business) -> Predict:
    """Predictions with what the run stored."""
    models = StoredModels.of(business.run)
    schedule = Schedule.from_record(read_json(business.run / "timeline.json"))

    def predict(rows: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
        return predict_customers(models, rows, tables, business.project.settings, schedule)

    return predict


def of_run(business: Business, customers: pl.Series) -> pl.DataFrame:
    """The run's predictions of some customers, in their order."""
    run = pl.read_parquet(business.run / "predictions.parquet")
    return customers.to_frame().join(run, on="customer_id", how="left", maintain_order="left").drop(OF_THE_LIST)


def test_customers_scored_together_get_the_predictions_of_the_run(
    business: Business, rows: pl.DataFrame, tables: dict[str, pl.DataFrame], predict: Predict
) -> None:
    together = predict(rows, tables)
    assert together["priority"].to_list() == list(range(1, rows.height + 1))
    assert_frame_equal(together.drop(OF_THE_LIST), of_run(business, together["customer_id"]), check_exact=True)


def test_a_list_of_all_customers_is_the_list_of_the_run(shop: Business) -> None:
    rows = pl.read_parquet(shop.run / "features.parquet")
    tables = {file.stem: pl.read_parquet(file) for file in (shop.run / "tables").glob("*.parquet")}
    schedule = Schedule.from_record(read_json(shop.run / "timeline.json"))
    again = predict_customers(StoredModels.of(shop.run), rows, tables, shop.project.settings, schedule)
    assert_frame_equal(again, pl.read_parquet(shop.run / "predictions.parquet"), check_exact=True)


def test_each_customer_scored_alone_gets_the_predictions_of_the_run(
    business: Business, rows: pl.DataFrame, tables: dict[str, pl.DataFrame], predict: Predict
) -> None:
    some = rows.gather_every(rows.height // ALONE).head(ALONE)
    alone = pl.concat(
        predict(some[index : index + 1], {name: table.filter(customer_id=customer) for name, table in tables.items()})
        for index, customer in enumerate(some["customer_id"])
    )
    assert alone.height == ALONE
    assert alone["segment"].n_unique() >= 3
    assert alone["risk_band"].n_unique() == 3
    assert alone["offer"].drop_nulls().len() > 0
    assert_frame_equal(alone.drop(OF_THE_LIST), of_run(business, some["customer_id"]), check_exact=True)


def test_models_of_an_earlier_version_are_refused_with_what_to_do(subscribers: Business, tmp_path: Path) -> None:
    run = tmp_path / "shop" / "runs" / "20250101-000000"
    shutil.copytree(subscribers.run, run)
    shutil.rmtree(run / "models" / "value_tiers")
    with pytest.raises(HoldfastError, match="earlier version") as caught:
        StoredModels.of(run)
    assert caught.value.fix == f"Train again: holdfast run {tmp_path / 'shop'}."
