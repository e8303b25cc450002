"""The leakage audit from within: chance, engines that peek, splits out of order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.cutoffs.outcomes import outcomes
from holdfast.cutoffs.schedule import Schedule
from holdfast.features.build import build
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import describe_tables
from holdfast.leakage import duplicates as twins
from holdfast.leakage import events, future, proxies
from holdfast.leakage import splits as order
from holdfast.leakage.audit import CHECKS, audit
from holdfast.leakage.evidence import Evidence
from holdfast.leakage.findings import Audit, Finding, Grade, Leak, accept
from holdfast.leakage.significance import Incidence, interval
from holdfast.settings import AcceptedLeak, Settings
from holdfast.stats.separation import separation

TIME = pl.Datetime("us", "UTC")
START = datetime(2024, 1, 1, tzinfo=UTC)
SCHEDULE = Schedule(
    scoring=START + timedelta(days=300),
    horizon=timedelta(days=30),
    test=START + timedelta(days=270),
    training=(START + timedelta(days=210), START + timedelta(days=240)),
)
PROJECT = Settings.model_validate(
    {
        "name": "shop",
        "shape": "events",
        "features": {"windows": [30, 90]},
        "churn": {"rule": "inactivity", "activity": ["orders"], "horizon_days": 30, "active_within_days": "all"},
        "tables": {
            "people": {
                "files": ["c.csv"],
                "holds": "customers",
                "columns": {"customer_id": {"from": "id"}, "region": {"from": "region", "kind": "category"}},
            },
            "orders": {
                "files": ["o.csv"],
                "holds": "transactions",
                "columns": {
                    "customer_id": {"from": "id"},
                    "happened_at": {"from": "day", "kind": "time"},
                    "known_at": {"from": "booked", "kind": "time"},
                    "amount": {"from": "paid", "kind": "money"},
                    "channel": {"from": "channel", "kind": "category"},
                },
            },
        },
    }
)


def shop(customers: int = 400, seed: int = 3) -> dict[str, pl.DataFrame]:
    dice = np.random.default_rng(seed)
    count = customers * 10
    days = dice.uniform(0, 300, count)
    late = dice.uniform(0, 20, count) * (dice.random(count) < 0.1)
    orders = pl.DataFrame(
        {
            "customer_id": [f"c{one}" for one in dice.integers(0, customers, count)],
            "happened_at": [START + timedelta(days=float(day)) for day in days],
            "known_at": [START + timedelta(days=float(day)) for day in days + late],
            "amount": np.round(dice.lognormal(3, 1, count), 2),
            "channel": dice.choice(["web", "shop"], count),
        },
        schema_overrides={"happened_at": TIME, "known_at": TIME},
    )
    regions = dice.choice(["N", "S"], customers)
    return {
        "customers": pl.DataFrame({"customer_id": [f"c{n}" for n in range(customers)], "region": regions}),
        "orders": orders,
    }


def evidence(tables: Mapping[str, pl.DataFrame], **changes: Any) -> Evidence:
    cutoffs = [*SCHEDULE.training, SCHEDULE.test]
    features = features_for(describe_tables(tables, PROJECT, cutoffs[0]), PROJECT)
    known = pl.concat(
        [outcomes(tables, PROJECT, cutoff).with_columns(pl.lit(cutoff, TIME).alias("cutoff")) for cutoff in cutoffs]
    )
    measured = build(tables, features, known.select("customer_id", "cutoff"), [])
    side = pl.when(pl.col("cutoff") == pl.lit(SCHEDULE.test, TIME)).then(pl.lit("test")).otherwise(pl.lit("train"))
    told: dict[str, Any] = {
        "settings": PROJECT,
        "tables": tables,
        "features": features,
        "labelled": known.join(measured, on=["customer_id", "cutoff"], how="left", maintain_order="left"),
        "sides": known.select("customer_id", "cutoff", side.alias("side")),
        "schedule": SCHEDULE,
        "as_known_then": lambda cutoff: as_known(tables, cutoff),
    }
    return Evidence(**(told | changes))


def as_known(tables: Mapping[str, pl.DataFrame], cutoff: datetime) -> dict[str, pl.DataFrame]:
    moment = pl.lit(cutoff, TIME)
    return {
        name: table.filter(pl.col("happened_at") < moment, pl.col("known_at") < moment) if name == "orders" else table
        for name, table in tables.items()
    }


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return shop()


def test_an_honest_shop_has_no_leak(tables: dict[str, pl.DataFrame]) -> None:
    found = audit(evidence(tables, caps={"a": (0.0, 1.0)}, caps_of_train={"a": (0.0, 1.0)}))
    assert found.findings == ()
    assert set(found.looked_at) == {check.leak.value for check in CHECKS}
    assert [one.leak for one in found.not_looked_at] == [Leak.POST_OUTCOME, Leak.SAME_CUSTOMER, Leak.BACKFILLED]


def forgetting_known_at(tables: Mapping[str, pl.DataFrame], *rest: Any) -> pl.DataFrame:
    """An engine that takes what happened for what was known."""
    orders = tables["orders"].with_columns(pl.col("happened_at").alias("known_at"))
    return build({**tables, "orders": orders}, *rest)


def peeking(
    tables: Mapping[str, pl.DataFrame], features: Any, customers: Any, cutoffs: Any, threads: int = 2
) -> pl.DataFrame:
    """An engine that looks a day ahead."""
    ahead = build(tables, features, customers, [cutoff + timedelta(days=1) for cutoff in cutoffs], threads)
    return ahead.with_columns(pl.col("cutoff") - pl.duration(days=1))


@pytest.mark.parametrize("engine", [forgetting_known_at, peeking])
@pytest.mark.parametrize(
    ("check", "leak"),
    [(future.without_future, Leak.FUTURE_ROWS), (future.with_simulated_future, Leak.SIMULATED_FUTURE)],
)
def test_an_engine_that_looks_ahead_is_found(
    tables: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch, engine: Any, check: Any, leak: Leak
) -> None:
    told = evidence(tables)
    monkeypatch.setattr(future, "build", engine)
    found = list(check(told))
    assert found
    assert {one.leak for one in found} == {leak}
    assert any(one.where.startswith("orders") and one.examples for one in found)


def test_rows_to_learn_from_whose_label_windows_reach_into_the_test_are_found(tables: dict[str, pl.DataFrame]) -> None:
    told = evidence(tables)
    assert list(order.sides_in_order(told)) == []
    late = told.sides.with_columns(
        pl.when(side="train").then(pl.col("cutoff") + timedelta(days=20)).otherwise("cutoff").alias("cutoff")
    )
    found = list(order.sides_in_order(evidence(tables, sides=late)))
    assert [one.leak for one in found] == [Leak.TIME_ORDER]
    assert "have label windows that end after" in found[0].says


def test_customers_on_both_sides_of_a_snapshot_are_found(tables: dict[str, pl.DataFrame]) -> None:
    sides = pl.DataFrame(
        {"customer_id": ["a", "a", "b"], "cutoff": [None, None, None], "side": ["train", "test", "val"]},
        schema_overrides={"cutoff": TIME},
    )
    found = [one.says for one in order.sides_in_order(evidence(tables, sides=sides, schedule=None))]
    assert any("1 customer on several sides" in says for says in found)


def test_limits_fitted_to_test_rows_are_found(tables: dict[str, pl.DataFrame]) -> None:
    told = evidence(tables, caps={"spend_90d": (0.0, 400.0)}, caps_of_train={"spend_90d": (0.0, 390.0)})
    assert [one.where for one in order.limits_of_train(told)] == ["splits/caps.json"]


# chance


def test_the_interval_of_a_perfect_column_is_wide_where_few_left() -> None:
    few, many = interval(1.0, 20, 200), interval(1.0, 500, 5000)
    assert few.low < 0.95
    assert many.low > 0.99
    assert few.high == pytest.approx(1.0)
    assert interval(0.7, 100, 900, tests=200).low < interval(0.7, 100, 900).low < 0.7


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # Two normals a distance of 1.8 apart have an area of Phi(1.8 / sqrt(2)) = 0.8985.
    dice, held = np.random.default_rng(4), 0
    left = np.arange(330) < 30
    for _ in range(400):
        values = pl.Series(dice.normal(1.8 * left))
        bounds = interval(separation(values, left), 30, 300)
        held += bounds.low <= 0.8985 <= bounds.high
    assert held >= 0.93 * 400


def test_an_honest_sign_is_not_taken_for_a_leak() -> None:
    # Of 7,043 customers 27 % left; month-to-month contracts leave with 43 %, two-year ones with 3 %.
    assert not Incidence(1_655, 2_220, 1_869, 5_174).is_of_leavers_only(tests=100)
    assert not Incidence(19, 0, 200, 1_800).is_of_leavers_only(tests=1)
    assert Incidence(60, 0, 200, 1_800).is_of_leavers_only(tests=500)


def test_no_column_of_noise_is_flagged_among_thousands() -> None:
    dice = np.random.default_rng(8)
    left = dice.random(900) < 0.1
    flags = dice.random((5_000, 900)) < dice.uniform(0.01, 0.5, (5_000, 1))
    assert not any(Incidence.of(each, left).is_of_leavers_only(5_000) for each in flags)


# twins


def at_once(rows: list[tuple[str, datetime, float]]) -> pl.DataFrame:
    """Orders that are known when they happen."""
    frame = pl.DataFrame(
        rows, schema={"customer_id": pl.String, "happened_at": TIME, "amount": pl.Float64}, orient="row"
    )
    return frame.with_columns(pl.col("happened_at").alias("known_at"))


def test_customers_billed_on_the_same_days_are_not_twins(tables: dict[str, pl.DataFrame]) -> None:
    bills = [
        (f"c{one}", START + timedelta(days=one // 2 % 28 + 30 * month), 9.9) for one in range(100) for month in range(9)
    ]
    told = replace(evidence(tables), tables={"customers": tables["customers"], "orders": at_once(bills)})
    assert list(twins.same_history(told)) == []


def test_customers_who_got_the_same_mailings_are_not_twins(tables: dict[str, pl.DataFrame]) -> None:
    dice = np.random.default_rng(9)
    days = np.sort(dice.choice(280, 16, replace=False))
    # Each two customers were left out of other mailings of the first eight.
    sent = [
        (f"c{one}", START + timedelta(days=int(day)), 0.0)
        for one in range(400)
        for place, day in enumerate(days)
        if place >= 8 or one // 2 >> place & 1
    ]
    told = replace(evidence(tables), tables={"customers": tables["customers"], "orders": at_once(sent)})
    assert list(twins.same_history(told)) == []


@pytest.mark.parametrize("column", ["postcode", "birth_date", "full_name", "motto"])
def test_what_two_people_may_share_is_no_person(tables: dict[str, pl.DataFrame], column: str) -> None:
    shared = [f"value {place // 2 if place < 20 else place}" for place in range(400)]
    people = tables["customers"].with_columns(pl.Series(column, shared))
    assert list(twins.same_identity(replace(evidence(tables), tables={**tables, "customers": people}))) == []


def test_a_shared_placeholder_is_no_person(tables: dict[str, pl.DataFrame]) -> None:
    people = tables["customers"].with_row_index("n")
    mails = people.with_columns(
        pl.when(pl.col("n") % 4 == 0)
        .then(pl.lit("none@example.org"))
        .otherwise(pl.format("p{}@example.org", "n"))
        .alias("mail")
    ).drop("n")
    assert list(twins.same_identity(replace(evidence(tables), tables={**tables, "customers": mails}))) == []


def test_features_of_one_leaking_column_are_one_finding(tables: dict[str, pl.DataFrame]) -> None:
    told = evidence(tables)
    known = told.evaluated.select("customer_id", "left")
    peeked = tables["customers"].join(known, on="customer_id", how="left")
    region = pl.when("left").then(pl.lit("gone")).otherwise(pl.lit("here")).alias("region")
    spoilt = {**tables, "customers": peeked.select("customer_id", region)}
    found = list(proxies.proxies(evidence(spoilt)))
    assert [(one.leak, one.where) for one in found] == [(Leak.TARGET_PROXY, "customers.region")]
    assert found[0].fix.startswith("In holdfast.yaml: delete the line tables.people.columns.region")


def test_what_all_customers_get_once_is_not_taken_for_a_sign_of_leaving() -> None:
    tables = shop(2_000)
    # Within half a year before the earlier cutoffs, no longer before the last one.
    sent = pl.lit(SCHEDULE.training[0] - timedelta(days=130), TIME)
    once = tables["customers"].select(
        "customer_id",
        sent.alias("happened_at"),
        sent.alias("known_at"),
        pl.lit(1.0).alias("amount"),
        pl.lit("anniversary").alias("channel"),
    )
    told = evidence({**tables, "orders": pl.concat([tables["orders"], once])})
    assert list(events.of_leavers_only(told)) == []


def test_sorts_of_events_are_reported_each_once_and_weaker_ones_are_hints() -> None:
    tables = shop(2_000)
    told = evidence(tables)
    labelled = told.one_cutoff_each
    dice = np.random.default_rng(7)

    def contacts(channel: str, of_leavers: float, of_stayers: float, days: int) -> pl.DataFrame:
        """Orders of a channel, some days before the cutoff at which each customer is asked about."""
        share = np.where(labelled["left"].to_numpy(), of_leavers, of_stayers)
        some = labelled.filter(pl.Series(dice.random(labelled.height) < share))
        moment = (pl.col("cutoff") - pl.duration(days=days)).alias("happened_at")
        return some.select(
            "customer_id",
            moment,
            moment.alias("known_at"),
            pl.lit(1.0).alias("amount"),
            pl.lit(channel).alias("channel"),
        )

    planted = [contacts("closing", 0.5, 0, 5), contacts("survey", 0.4, 0, 9), contacts("complaint", 0.6, 0.04, 12)]
    tables["orders"] = pl.concat([tables["orders"], *planted])
    spoilt = replace(told, tables=tables, features=features_for(describe_tables(tables, PROJECT, None), PROJECT))
    assert [(one.where.removeprefix("orders.channel="), one.grade.value) for one in events.of_leavers_only(spoilt)] == [
        ("closing", "severe"),
        ("survey", "severe"),
        ("complaint", "hint"),
    ]


def test_a_kind_by_its_old_name_is_still_accepted_and_the_report_says_the_new_one() -> None:
    finding = Finding(Leak.SIMULATED_FUTURE, "orders.total", Grade.SEVERE, "It moved.", "Look.")
    entry = AcceptedLeak(kind="made_up_future", where="orders.total", why="The export rewrites totals.")
    audit = accept(Audit((finding,), {}, ()), [entry])
    assert (audit.findings, audit.not_found) == ((), ())
    (accepted,) = audit.record()["accepted"]
    assert accepted["kind"] == "simulated_future"
    assert accepted["why"] == "The export rewrites totals. (The kind made_up_future is called simulated_future now.)"
