"""A booked end is certain: inside the horizon it is a departure, after it none."""

from datetime import UTC, datetime, timedelta

import polars as pl

from holdfast.models.churn.notices import with_standings

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
TIME = pl.Datetime("us", "UTC")


def predicted(*customers: str) -> pl.DataFrame:
    texts = {name: ["a reason"] * len(customers) for name in ("reason_1", "reason_2", "reason_3", "worth_fixing")}
    return pl.DataFrame({"customer_id": customers, "churn_probability": [0.3] * len(customers), **texts})


def stood(**ends: int | None) -> pl.DataFrame:
    days = [None if day is None else CUTOFF + timedelta(days=day) for day in ends.values()]
    standing = ["running" if day is None else "notice given" for day in days]
    schema = {"customer_id": pl.String, "standing": pl.String, "ends_at": TIME}
    return pl.DataFrame({"customer_id": list(ends), "standing": standing, "ends_at": days}, schema=schema)


def test_an_end_inside_the_horizon_is_certain_and_one_after_it_is_not_in_it() -> None:
    rows = with_standings(predicted("in", "last", "after"), stood(**{"in": 3, "last": 29, "after": 30}), CUTOFF, 30)
    assert rows["churn_probability"].to_list() == [1.0, 1.0, 0.0]
    assert rows["standing"].to_list() == ["notice given"] * 3
    assert rows["reason_1"].to_list()[0] == "Notice was given: it ends on 4 June 2024."
    assert rows.select("reason_2", "reason_3", "worth_fixing").null_count().row(0) == (3, 3, 3)


def test_all_others_keep_their_prediction_and_run() -> None:
    before = predicted("a", "b")
    rows = with_standings(before, stood(a=None), CUTOFF, 30)
    assert rows.drop("standing", "ends_at").equals(before)
    assert rows["standing"].to_list() == ["running", "running"]
    assert rows.columns[:4] == ["customer_id", "churn_probability", "standing", "ends_at"]


def test_where_nothing_more_is_known_nothing_changes() -> None:
    before = predicted("a")
    assert with_standings(before, None, CUTOFF, 30) is before
    assert with_standings(before, stood(a=3), None, 30) is before


def test_of_who_is_past_due_the_payment_is_worth_fixing() -> None:
    standing = stood(a=None, b=None).with_columns(standing=pl.Series(["past due", "running"]))
    before = predicted("a", "b")
    rows = with_standings(before, standing, CUTOFF, 30)
    assert rows["churn_probability"].to_list() == [0.3, 0.3]
    assert rows["worth_fixing"].to_list() == [
        "Past due: collect the payment that failed or is overdue, or offer another way to pay. a reason",
        "a reason",
    ]
