"""Which other reading gives a known total: the right one for each wrong setting, and none by accident."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.notation.time_zones import zones_to_try
from holdfast.quality.clean import clean
from holdfast.quality.known_totals.compare import compared_totals
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.known_totals.search import Search, readings_that_agree, with_readings
from holdfast.settings import Settings

Build = Callable[..., Any]
MAY = {"in": "2024-05"}
RIGHT: dict[str, Any] = {
    "columns": {
        "customer_id": {"from": "customer"},
        "happened_at": {"from": "day", "kind": "time"},
        "order_id": {"from": "order"},
        "amount": {"from": "total", "kind": "money", "minus": ["tax"]},
        "refunded": {"from": "returned", "kind": "money"},
        "status": {"from": "State", "kind": "category"},
    },
    "statuses": [
        {"column": "status", "sale": ["done"], "pending": ["waiting"], "void": ["stopped"], "refund": ["back"]}
    ],
    "money": {"refunds": ["refunded"], "once_per": "order_id"},
}


def orders(seed: int = 1, count: int = 900) -> pl.DataFrame:
    """Orders of two lines each, whose fields stand on both."""
    rng = np.random.default_rng(seed)
    totals = np.round(rng.uniform(10, 200, count), 2)
    state = rng.choice(["done", "waiting", "stopped", "back"], count, p=[0.8, 0.08, 0.07, 0.05])
    returned = np.where(rng.random(count) < 0.08, np.round(totals * rng.uniform(0.1, 0.5, count), 2), 0.0)
    frame = pl.DataFrame(
        {
            "customer": [f"c{number}" for number in rng.integers(0, 150, count)],
            "day": [
                f"{datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=5 * n):%Y-%m-%dT%H:%M:%S}" for n in range(count)
            ],
            "order": [f"o{number}" for number in range(count)],
            "total": totals,
            "tax": np.round(totals * 0.07, 2),
            "returned": returned,
            "State": state,
            "channel": rng.choice(["web", "store", "phone"], count, p=[0.7, 0.2, 0.1]),
        }
    )
    lines = frame.with_columns(line=pl.lit([1, 2])).explode("line")
    return lines.with_columns(pl.col("total", "tax", "returned").cast(pl.String)).with_row_index("_row", offset=1)


def of_table(table: dict[str, Any], known: list[dict[str, Any]], **more: Any) -> Settings:
    tables = {"sales": {"files": ["x.csv"], "holds": "transactions", **table}, **more.pop("tables", {})}
    return Settings.model_validate(
        {
            "name": "test",
            "shape": "purchases",
            "churn": {"rule": "inactivity"},
            "tables": tables,
            "known_totals": known,
            **more,
        }
    )


def revenue(raw: dict[str, pl.DataFrame], settings: Settings) -> tuple[float, float]:
    """The revenue of May, and of all days."""
    figures = Figures(clean(raw, settings, rules=()).records, settings)
    assert figures.days is not None
    may = figures.of_period(date(2024, 5, 1), date(2024, 5, 31))
    return may["revenue"], figures.of_period(*figures.days)["revenue"]


def search(raw: dict[str, pl.DataFrame], settings: Settings) -> Search:
    return readings_that_agree(raw, settings, compared_totals(clean(raw, settings, rules=()).records, settings))


def with_statuses(**meanings: list[str]) -> dict[str, Any]:
    return RIGHT | {"statuses": [{"column": "status", **meanings}]}


WRONG = {
    "waiting orders do not count": (
        with_statuses(sale=["done"], open=["waiting"], void=["stopped"], refund=["back"]),
        'with the rows of State = "waiting"',
    ),
    "stopped orders count": (
        with_statuses(sale=["done", "stopped"], pending=["waiting"], refund=["back"]),
        'without the rows of State = "stopped"',
    ),
    "what comes back counts as sold": (
        with_statuses(sale=["done", "back"], pending=["waiting"], void=["stopped"]),
        'with the rows of State = "back" given back',
    ),
    "no refunds are taken off": (RIGHT | {"money": {"once_per": "order_id"}}, "total less returned"),
    "every line counts": (RIGHT | {"money": {"refunds": ["refunded"]}}, "total once an order"),
    "hundredths": (RIGHT | {"money": {**RIGHT["money"], "scale": 0.01}}, "total in whole units"),
    "tax counts": (
        RIGHT | {"columns": {**RIGHT["columns"], "amount": {"from": "total", "kind": "money"}}},
        "total less tax",
    ),
    "two things at once": (
        with_statuses(sale=["done", "stopped", "waiting"], refund=["back"]) | {"money": {"once_per": "order_id"}},
        'total, without the rows of State = "stopped" less returned',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_setting_is_named_with_the_reading_that_gives_the_total(name: str) -> None:
    raw = {"sales": orders()}
    may, whole = revenue(raw, of_table(RIGHT, []))
    wrong, words = WRONG[name]
    result = search(raw, of_table(wrong, [{**MAY, "revenue": may}]))
    (reading,) = result.readings
    assert words in reading.words
    # One month was known; all days come out right.
    assert revenue(raw, reading.settings) == (may, whole)


def test_what_should_not_be_taken_off_stays_in_the_amount() -> None:
    raw = {"sales": orders()}
    whole_amount = RIGHT | {"columns": {**RIGHT["columns"], "amount": {"from": "total", "kind": "money"}}}
    may, whole = revenue(raw, of_table(whole_amount, []))
    (reading,) = search(raw, of_table(RIGHT, [{**MAY, "revenue": may}])).readings
    assert reading.words == "total, without taking off tax"
    assert reading.instruction == "tables.sales.columns.amount.minus: []"
    assert revenue(raw, reading.settings) == (may, whole)


def test_another_amount_and_what_is_taken_off_it_stand_together() -> None:
    rows = orders().with_columns(paid=pl.lit("1.5"))
    rows = rows.with_columns(paid=pl.when(pl.col("_row") % 2 == 0).then(pl.lit("2.5")).otherwise("paid"))
    raw = {"sales": rows.select("_row", "tax", "paid", pl.exclude("_row", "tax", "paid"))}  # the tax before the total
    may, whole = revenue(raw, of_table(RIGHT, []))
    wrong = RIGHT | {"columns": {**RIGHT["columns"], "amount": {"from": "paid", "kind": "money"}}}
    readings = search(raw, of_table(wrong, [{**MAY, "revenue": may}])).readings
    assert [revenue(raw, each.settings) for each in readings] == [(may, whole)] * len(readings)


def test_the_finding_says_what_to_set_and_how_many_readings_were_tried() -> None:
    raw = {"sales": orders()}
    may, _ = revenue(raw, of_table(RIGHT, []))
    wrong, _ = WRONG["stopped orders count"]
    settings = of_table(wrong, [{**MAY, "revenue": may}])
    (finding,) = [
        each for each in with_readings(clean(raw, settings), raw, settings).findings if each.slug == "known-total"
    ]
    assert (
        'total, without the rows of State = "stopped" gives it: in holdfast.yaml set tables.sales.statuses'
        in finding.fix
    )
    assert 'column status: "stopped" under open. (' in finding.fix
    assert "readings were tried.)" in finding.fix


def test_where_nothing_gives_the_total_it_is_said() -> None:
    raw = {"sales": orders()}
    may, _ = revenue(raw, of_table(RIGHT, []))
    result = search(raw, of_table(RIGHT, [{**MAY, "revenue": round(may * 1.0371 + 0.37, 2)}]))
    assert result.readings == ()
    assert result.words == f"None of the {result.tried:,} readings tried gives it."
    assert result.tried > 500


@pytest.mark.parametrize("seed", range(4))
def test_totals_that_nothing_gives_are_matched_by_no_accident(seed: int) -> None:
    raw = {"sales": orders(seed)}
    may, _ = revenue(raw, of_table(RIGHT, []))
    factors = np.random.default_rng(seed).uniform(0.8, 1.2, 5)
    known = [round(may * float(factor), 2) for factor in factors]
    several = [search(raw, of_table(RIGHT, [{**MAY, "revenue": each, "within": 0.0}])) for each in known]
    assert [each.readings for each in several] == [()] * len(known)


def test_whole_prices_that_many_readings_hit_prove_nothing() -> None:
    """With prices of 10, 20 and 30 each total is a multiple of 10, and most multiples are hit by some reading."""
    rows = orders(3).with_columns(
        total=pl.lit("10"),
        tax=pl.lit("0"),
        returned=pl.when(pl.col("returned") != "0.0").then(pl.lit("10")).otherwise(pl.lit("0")),
    )
    raw = {"sales": rows.with_columns(State=pl.concat_str("State", pl.col("_row").cast(pl.Int64) % 3))}
    states = raw["sales"]["State"].unique().sort().to_list()
    table = with_statuses(
        sale=[each for each in states if each[:-1] != "stopped"], void=[e for e in states if "stopped" in e]
    )
    may, _ = revenue(raw, of_table(table, []))
    for known in (may + 30, may - 70, may + 110):
        assert search(raw, of_table(table, [{**MAY, "revenue": known, "within": 0.0}])).readings == ()


def test_a_reading_must_give_all_known_totals() -> None:
    raw = {"sales": orders()}
    may, _ = revenue(raw, of_table(RIGHT, []))
    wrong, _ = WRONG["stopped orders count"]
    known = [{**MAY, "revenue": may}, {"in": "2024-06", "revenue": 1.23}]
    assert search(raw, of_table(wrong, known)).readings == ()
    known = [{**MAY, "revenue": may, "orders": 3}]
    assert search(raw, of_table(wrong, known)).readings == ()


def test_a_column_that_no_setting_names_may_be_what_divides_the_money() -> None:
    raw = {"sales": orders()}
    without_store = raw["sales"].filter(pl.col("channel") != "store")
    may, whole = revenue({"sales": without_store}, of_table(RIGHT, []))
    (reading,) = search(raw, of_table(RIGHT, [{**MAY, "revenue": may}])).readings
    assert reading.words == 'total, without the rows of channel = "store"'
    assert revenue(raw, reading.settings) == (may, whole)


def test_two_systems_with_the_same_sales_count_once() -> None:
    raw = {"sales": orders(), "till": orders().with_columns(order=pl.concat_str(pl.lit("t"), "order"))}
    may, whole = revenue({"sales": raw["sales"]}, of_table(RIGHT, []))
    till = {"files": ["till.csv"], "holds": "transactions", **RIGHT}
    readings = search(raw, of_table(RIGHT, [{**MAY, "revenue": may}], tables={"till": till})).readings
    assert {each.words for each in readings} == {"total, without the table sales", "total, without the table till"}
    assert revenue(raw, readings[0].settings) == (may, whole)


def test_days_that_begin_in_another_time_zone_are_tried_where_times_say_their_offset() -> None:
    hours = pl.col("day").str.to_datetime("%Y-%m-%dT%H:%M:%S", time_zone="UTC").dt.convert_time_zone("America/New_York")
    rows = orders().with_columns(day=hours.dt.to_string("%Y-%m-%d %H:%M:%S%z"))
    raw = {"sales": rows}
    may, whole = revenue(raw, of_table(RIGHT, [], time_zone="America/New_York"))
    result = search(raw, of_table(RIGHT, [{**MAY, "revenue": may, "within": 0.0}]))
    (reading,) = result.readings
    assert reading.instruction == 'time_zone: "America/New_York"'
    assert revenue(raw, reading.settings) == (may, whole)


@pytest.mark.parametrize(
    ("times", "zones"),
    [
        (["2024-01-01 10:00:00"], ("UTC",)),
        (["05-01-2024"], ("UTC",)),
        (["2024-01-01T10:00:00+01:00", "2024-07-01T10:00:00+02:00"], ("UTC", "Europe/Berlin")),
        (["2024-01-01T10:00:00+05:45"], ("UTC", "Asia/Kathmandu")),
        (["2024-01-01T10:00:00+05:17"], ("UTC",)),
    ],
)
def test_other_time_zones_are_those_with_the_offsets_of_the_file(times: list[str], zones: tuple[str, ...]) -> None:
    assert zones_to_try([pl.Series(times)], "UTC") == zones


def subscriptions(states: list[str]) -> pl.DataFrame:
    """One subscription a customer, begun a day apart."""
    first = datetime(2024, 1, 1, tzinfo=UTC)
    rows = {
        "customer": [f"c{number}" for number in range(len(states))],
        "begin": [f"{first + timedelta(hours=8 * number):%Y-%m-%d}" for number in range(len(states))],
        "price": ["10"] * len(states),
        "state": states,
    }
    return pl.DataFrame(rows).with_row_index("_row", offset=1)


def of_subscriptions(known: list[dict[str, Any]], **meanings: list[str]) -> Settings:
    columns = {
        "customer_id": {"from": "customer"},
        "happened_at": {"from": "begin", "kind": "time"},
        "price": {"from": "price", "kind": "money"},
        "status": {"from": "state", "kind": "category"},
    }
    table = {
        "files": ["x.csv"],
        "holds": "subscriptions",
        "columns": columns,
        "subscriptions": {"rows": "periods", "interval": "month"},
        "statuses": [{"column": "status", **meanings}],
    }
    return Settings.model_validate(
        {
            "name": "test",
            "shape": "subscriptions",
            "churn": {"rule": "subscription_end"},
            "exported_on": "2024-11-01",
            "tables": {"periods": table},
            "known_totals": known,
        }
    )


def test_a_state_that_counts_as_running_and_is_none_is_named() -> None:
    states = np.random.default_rng(5).choice(["on", "probe", "rest", "off"], 900, p=[0.6, 0.15, 0.1, 0.15]).tolist()
    raw = {"periods": subscriptions(states)}
    running = states.count("on") + states.count("rest")
    known = [{"on": "2024-10-31", "running": running}]
    settings = of_subscriptions(known, running=["on", "probe", "rest"], ended=["off"])
    result = search(raw, settings)
    (reading,) = result.readings
    assert reading.words == 'with state = "probe" not running'
    assert 'tables.periods.statuses, column status: "probe" under trialing, paused or ended' in reading.instruction
    assert not reading.is_settled  # a trial, a pause and an end are the same to this figure
    settings = of_subscriptions(known, running=["on"], trialing=["probe"], paused=["rest"], ended=["off"])
    (reading,) = search(raw, settings).readings
    assert reading.words == 'with state = "rest" running'
    assert reading.is_settled
