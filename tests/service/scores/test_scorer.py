"""Serving equals batch: a customer asked by id, or by records as JSON, gets the run's prediction to the last bit."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.built_once import built_once
from tests.pipeline.conftest import Business, subscribers  # noqa: F401 (a fixture)

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.service.project import Project, open_project
from holdfast.service.scores.scorer import RANK, Scorer
from holdfast.service.simulate import simulate
from holdfast.store.artifacts import read_json

NOW = datetime(2026, 8, 1, tzinfo=UTC)
CUSTOMERS = 300
QUICK = "\ntraining: {models: [logistic, lightgbm], at_most_cutoffs: 3}\nfeatures: {windows: [30, 90]}\n"

Records = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A simulated business with customers and three tables of events, and its run."""
    return open_project(built_once("business of the scorer", _build, tmp_path_factory) / "shop")


def _build(home: Path) -> None:
    simulate(home / "records", customers=CUSTOMERS)
    file = init(home / "shop", sorted((home / "records").glob("*.csv"))).file
    file.write_text(file.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    open_project(home / "shop").run(now=NOW, options=RunOptions(plots=False))


@pytest.fixture(scope="module")
def scorer(project: Project) -> Scorer:
    return project.scorer()


@pytest.fixture(scope="module")
def records(project: Project) -> dict[str, Records]:
    return records_of(project)


def records_of(project: Project) -> dict[str, Records]:
    """The rows of the project's files as JSON gives them, by customer: blanks around an id are no part of it."""
    raw, _ = raw_tables(project.folder, read_json(project.latest / "raw.json"))
    by_customer: dict[str, Records] = {}
    for table, rows in raw.items():
        column = project.settings.tables[table].columns["customer_id"].source
        keyed = rows.drop("_row").with_columns(pl.col(column).str.strip_chars().str.to_uppercase().alias("_customer"))
        for (customer,), frame in keyed.group_by("_customer", maintain_order=True):
            texts = json.dumps(frame.drop("_customer").to_dicts(), default=str)
            by_customer.setdefault(str(customer), {})[table] = json.loads(texts)
    return by_customer


def in_run(scorer: Scorer, customers: list[str]) -> pl.DataFrame:
    """The run's predictions of some customers, in their order."""
    order = pl.DataFrame({"customer_id": customers})
    return order.join(scorer.predictions, on="customer_id", how="left", maintain_order="left").drop(RANK)


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_customers_of_a_business_are_served_as_in_the_run(
    scorer: Scorer, records: Mapping[str, Records], every: int
) -> None:
    customers = scorer.predictions["customer_id"].gather_every(every).to_list()
    assert len(customers) > CUSTOMERS / 3 / every
    assert scorer.predictions["segment"].n_unique() >= 3
    assert scorer.predictions["offer"].drop_nulls().len() > 0
    assert [scorer.stored(customer) for customer in customers] == scorer.predictions.gather_every(every).to_dicts()
    served = pl.concat(scorer.predict(records[customer.upper()]).table for customer in customers)
    assert_frame_equal(served, in_run(scorer, customers), check_exact=True)


def test_without_reasons_everything_else_is_the_same(scorer: Scorer, records: Mapping[str, Records]) -> None:
    customers = scorer.predictions["customer_id"].head(20).to_list()
    served = pl.concat(scorer.predict(records[each.upper()], with_reasons=False).table for each in customers)
    why = [name for name in served.columns if name.startswith("reason_") or name == "worth_fixing"]
    others = pl.exclude(*why, "other_contributions", "base_score")
    assert served["reason_1"].null_count() == len(customers)
    assert_frame_equal(served.select(others), in_run(scorer, customers).select(others), check_exact=True)


def test_a_new_customer_with_the_records_of_another_gets_the_same(
    scorer: Scorer, records: Mapping[str, Records]
) -> None:
    everybody = scorer.predictions["customer_id"].to_list()
    customers = [each for each in everybody if "transactions" in records[each.upper()]]
    for customer in customers[::40]:
        own = records[customer.upper()]
        new = {table: [row | {"customer_id": "A new one"} for row in rows] for table, rows in own.items()}
        new, known = (changed(each, "transactions", channel="carrier pigeon") for each in (new, own))
        answer, others = scorer.predict(new), pl.exclude("customer_id")
        assert answer.values["customer_id"] == "A new one"
        assert_frame_equal(answer.table.select(others), scorer.predict(known).table.select(others), check_exact=True)


def test_numbers_may_come_as_numbers(scorer: Scorer, records: Mapping[str, Records]) -> None:
    customer = scorer.predictions["customer_id"][0]
    typed = {table: [dict(row) for row in rows] for table, rows in records[customer.upper()].items()}
    for row in typed["transactions"]:
        row["amount"] = float(row["amount"])
    assert_frame_equal(scorer.predict(typed).table, in_run(scorer, [customer]), check_exact=True)


def test_what_comes_after_the_cutoff_changes_nothing(scorer: Scorer, records: Mapping[str, Records]) -> None:
    cutoff = (scorer.cutoff or NOW) - timedelta(days=45)
    compared = 0
    for customer in scorer.predictions["customer_id"].head(12):
        rows = records[customer.upper()]
        earlier = [row for row in rows["transactions"] if row["transaction_date"] < f"{cutoff:%Y-%m-%d}"]
        if not earlier or len(earlier) == len(rows["transactions"]):
            continue
        compared += 1
        without = rows | {"transactions": earlier}
        now, then = (scorer.predict(each, cutoff=cutoff).table for each in (rows, without))
        assert_frame_equal(now, then, check_exact=True)
        assert now["cutoff"][0] == cutoff
    assert compared >= 3


def test_rows_of_a_labelled_table_are_served_as_in_the_run(subscribers: Business) -> None:  # noqa: F811
    project, scorer = subscribers.project, subscribers.project.scorer()
    raw, _ = raw_tables(project.folder, read_json(subscribers.run / "raw.json"))
    unlabelled = raw["customers"].filter(pl.col("left").fill_null("") == "").head(60).drop("_row")
    rows = json.loads(json.dumps(unlabelled.to_dicts()))
    assert len(rows) == 60
    served = pl.concat(scorer.predict({"customers": [row]}).table for row in rows)
    assert_frame_equal(served, in_run(scorer, unlabelled["id"].to_list()), check_exact=True)


def changed(records: Records, table: str, **values: object) -> Records:
    """Records with other values in the first row of a table."""
    first, *others = records[table]
    return records | {table: [first | values, *others]}


@pytest.mark.parametrize(
    ("values", "problem", "fix"),
    [
        ({"amont": 3}, "no column 'amont'", "Use amount"),
        ({"amount": float("nan")}, "nan is no number", "null"),
        ({"amount": float("inf")}, "inf is no number", "null"),
        ({"amount": [3]}, "a list or an object", "text"),
        ({"amount": 2**70}, "too great", "as a text"),
        ({"amount": True}, "holds texts and yes or no", "one type"),
        ({"customer_id": None}, "customer_id is empty", "needs customer_id"),
        ({"transaction_date": ""}, "transaction_date is empty", "needs transaction_date"),
        ({"customer_id": "C9999999"}, "are of 2 customers", "one customer"),
    ],
)
def test_records_that_do_not_fit_are_refused_with_what_to_send(
    scorer: Scorer, records: Mapping[str, Records], values: dict[str, Any], problem: str, fix: str
) -> None:
    customer = scorer.predictions["customer_id"][0]
    with pytest.raises(HoldfastError, match=problem) as caught:
        scorer.predict(changed(records[customer.upper()], "transactions", **values))
    assert fix in caught.value.fix


def test_texts_that_are_no_number_are_refused_and_unseen_words_counted(
    scorer: Scorer, records: Mapping[str, Records]
) -> None:
    rows = records[scorer.predictions["customer_id"][0].upper()]
    with pytest.raises(HoldfastError, match="cannot be read as money"):
        scorer.predict(rows | {"transactions": [row | {"amount": "much"} for row in rows["transactions"]]})
    answer = scorer.predict(changed(rows, "transactions", channel="carrier pigeon"))
    assert [count["unseen"] for count in answer.columns if count["column"] == "channel"] == [1]
    assert any("carrier pigeon" in note for note in answer.notes)


def test_too_many_rows_unknown_tables_and_nobody_are_refused(scorer: Scorer, records: Mapping[str, Records]) -> None:
    rows = records[scorer.predictions["customer_id"][0].upper()]
    with pytest.raises(HoldfastError, match="20,000 may be sent"):
        scorer.predict(rows | {"transactions": rows["transactions"][:1] * 20_001})
    with pytest.raises(HoldfastError, match="no table 'orders'"):
        scorer.predict({"orders": []})
    with pytest.raises(HoldfastError, match="no row"):
        scorer.predict({})
    with pytest.raises(NotFoundError, match="No customer 'nobody'"):
        scorer.stored("nobody")


def test_a_customer_who_had_left_gets_no_prediction(scorer: Scorer, records: Mapping[str, Records]) -> None:
    rows = records[scorer.predictions["customer_id"][0].upper()]
    with pytest.raises(HoldfastError, match="has left, or is not one yet"):
        scorer.predict(changed(rows, "customers", ended_at="2025-01-01"))


def test_a_changed_table_of_predictions_is_refused(subscribers: Business, tmp_path: Path) -> None:  # noqa: F811
    import shutil

    shutil.copytree(subscribers.project.folder, tmp_path / "copy", symlinks=True)
    project = open_project(tmp_path / "copy")
    file = project.latest / "predictions.parquet"
    file.chmod(0o644)
    pl.read_parquet(file).head(10).write_parquet(file)
    with pytest.raises(HoldfastError, match=r"predictions\.parquet"):
        project.scorer()


# New events of some customers, from a file.


def test_new_events_of_one_customer_change_that_customer_alone(
    project: Project, scorer: Scorer, tmp_path: Path
) -> None:
    raw, _ = raw_tables(project.folder, read_json(project.latest / "raw.json"))
    customer = scorer.predictions["customer_id"][0]
    last = raw["transactions"].filter(customer_id=customer).tail(1).drop("_row")
    day = f"{(scorer.cutoff or NOW) + timedelta(days=3):%Y-%m-%d} 10:00:00"
    last.with_columns(transaction_date=pl.lit(day), transaction_id=pl.lit("NEW1")).write_csv(tmp_path / "new.csv")
    scores = project.score([tmp_path / "new.csv"])
    others = pl.col("customer_id") != customer
    listed = scores.table.filter(others).drop(RANK).sort("customer_id")
    assert_frame_equal(listed, scorer.predictions.filter(others).drop(RANK).sort("customer_id"), check_exact=True)
    assert scores.table[RANK].to_list() == list(range(1, scores.table.height + 1))
    again = scores.table.filter(customer_id=customer)
    assert again["cutoff"][0] == (scorer.cutoff or NOW) + timedelta(days=4)
    assert again["churn_probability"][0] < scorer.predictions["churn_probability"][0]
    assert any("1 customer predicted again" in note for note in scores.notes)


def test_a_file_and_the_same_records_as_json_give_the_same(
    project: Project, scorer: Scorer, records: Mapping[str, Records], tmp_path: Path
) -> None:
    customer = scorer.predictions["customer_id"][1]
    rows = records[customer.upper()]
    late = rows["transactions"][-1] | {"transaction_id": "NEW2", "amount": "12.5"}
    pl.DataFrame([late]).write_csv(tmp_path / "late.csv")
    from_file = project.score([tmp_path / "late.csv"]).table.filter(customer_id=customer).drop(RANK)
    from_json = scorer.predict(rows | {"transactions": [*rows["transactions"], late]}).table
    assert_frame_equal(from_file, from_json, check_exact=True)
    assert not from_json.equals(in_run(scorer, [customer]))
