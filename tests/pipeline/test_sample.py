"""The sample of labelled customers: everybody while there is room, and else rows that stand for everybody."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.column_types import TIME
from holdfast.cutoffs.outcomes import outcomes
from holdfast.pipeline.sample import Labelled, labelled_customers
from holdfast.settings import Settings

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
CUTOFFS = [BEGIN + timedelta(days=days) for days in (120, 150, 210)]


def project(**training: int) -> Settings:
    return Settings.model_validate(
        {
            "name": "shop",
            "shape": "purchases",
            "churn": {"rule": "inactivity", "horizon_days": 60, "active_within_days": "all"},
            "training": training,
            "tables": {"sales": {"files": ["s.csv"], "holds": "transactions", "columns": {}}},
        }
    )


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    random, customers = np.random.default_rng(4), 3_000
    happened = [BEGIN + timedelta(days=float(day)) for day in random.random(customers * 3) * 300]
    sales = pl.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in np.tile(np.arange(customers), 3)],
            "happened_at": pl.Series(happened, dtype=TIME),
            "amount": random.gamma(2, 10, customers * 3).round(2),
        }
    ).with_columns(known_at="happened_at")
    return {"customers": sales.select("customer_id").unique().sort("customer_id"), "sales": sales}


def at(labelled: Labelled, cutoff: datetime) -> pl.DataFrame:
    return labelled.rows.filter(cutoff=cutoff).drop("cutoff")


def test_while_there_is_room_everybody_is_asked_and_nothing_is_said(tables: dict[str, pl.DataFrame]) -> None:
    labelled = labelled_customers(tables, project(), CUTOFFS)
    for cutoff in CUTOFFS:
        assert at(labelled, cutoff).equals(outcomes(tables, project(), cutoff))
    assert labelled.words == ""
    assert labelled.to_record(project()) == {}


def test_a_sample_of_the_test_cutoff_stands_for_everybody(tables: dict[str, pl.DataFrame]) -> None:
    settings = project(at_most_test_rows=1_000)
    labelled = labelled_customers(tables, settings, CUTOFFS)
    everybody, drawn = outcomes(tables, settings, CUTOFFS[-1]), at(labelled, CUTOFFS[-1])
    assert drawn.height == 1_000 < everybody.height
    assert drawn["customer_id"].is_sorted()
    assert drawn["customer_id"].n_unique() == 1_000
    assert drawn.join(everybody, on=drawn.columns, how="semi", nulls_equal=True).height == 1_000
    # The leavers' share is that of everybody, to a row; spend, which was not looked at, is close to theirs.
    assert abs(drawn["left"].sum() - 1_000 * everybody["left"].mean()) <= 1
    assert drawn["spend"].mean() == pytest.approx(everybody["spend"].mean(), rel=0.1)
    # The cutoffs before it are as they were.
    for cutoff in CUTOFFS[:-1]:
        assert at(labelled, cutoff).equals(outcomes(tables, settings, cutoff))
    assert labelled_customers(tables, settings, CUTOFFS).rows.equals(labelled.rows)


def test_the_weights_add_up_to_the_population_and_the_size_is_said(tables: dict[str, pl.DataFrame]) -> None:
    settings = project(at_most_rows=1_500, at_most_test_rows=1_000)
    labelled = labelled_customers(tables, settings, CUTOFFS)
    record = labelled.to_record(settings)
    whole = [outcomes(tables, settings, cutoff) for cutoff in CUTOFFS]
    for each, everybody in zip(record["sample"]["cutoffs"], whole, strict=True):
        assert each["rows"] * each["weight"] == pytest.approx(everybody.height)
    assert [each["rows"] for each in record["sample"]["cutoffs"]] == [750, 750, 1_000]
    assert record["past_outcomes"] == {
        "customers": sum(each.height for each in whole),
        "left": sum(int(each["left"].sum()) for each in whole),
    }
    learned = whole[0].height + whole[1].height
    assert labelled.words == (
        f"Drawn at random, with a limit for each cutoff: 1,500 of {learned:,} cases to learn from "
        f"and 1,000 of {whole[2].height:,} cases to test on."
    )
