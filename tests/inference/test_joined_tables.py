"""Several tables: whose the rows are, what they refer to, what was learnt too late."""

import random
from datetime import datetime, timedelta

import polars as pl

from holdfast.inference.guesses import ProjectGuess, Sample, TableGuess
from holdfast.inference.infer import infer
from holdfast.table_settings import ThroughSettings

DICE = random.Random(11)
START = datetime.fromisoformat("2023-01-01")
PEOPLE = [f"A-{number:04x}" for number in range(120)]


def sample(name: str, columns: dict[str, list[object]]) -> Sample:
    frame = pl.DataFrame(
        {key: ["" if value is None else str(value) for value in values] for key, values in columns.items()}
    )
    return Sample(name, frame, frame.height)


def day(plus: int) -> str:
    return (START + timedelta(days=plus)).strftime("%Y-%m-%d")


def found(guess: ProjectGuess, name: str) -> TableGuess:
    return next(table for table in guess.tables if table.name == name)


def subscriptions() -> Sample:
    rows = [(f"S-{row:05x}", DICE.choice(PEOPLE), DICE.randrange(500), DICE.random() < 0.3) for row in range(400)]
    return sample(
        "subscriptions",
        {
            "subscription_id": [row[0] for row in rows],
            "account_id": [row[1] for row in rows],
            "start_date": [day(row[2]) for row in rows],
            "end_date": [day(row[2] + 90) if row[3] else None for row in rows],
            "plan": [DICE.choice(["basic", "pro"]) for _ in rows],
            "churn_flag": [row[3] for row in rows],
            "upgrade_flag": [DICE.random() < 0.1 for _ in rows],
        },
    )


def usage(of: Sample) -> Sample:
    ids = of.frame["subscription_id"].to_list()
    return sample(
        "feature_usage",
        {
            "usage_id": [f"U-{row:06x}" for row in range(900)],
            "subscription_id": [DICE.choice(ids) for _ in range(900)],
            "usage_date": [day(DICE.randrange(590)) for _ in range(900)],
            "feature_name": [DICE.choice(["export", "share"]) for _ in range(900)],
            "error_count": [DICE.randrange(4) for _ in range(900)],
        },
    )


def accounts() -> Sample:
    return sample(
        "accounts",
        {
            "account_id": list(PEOPLE),
            "signup_date": [day(DICE.randrange(300)) for _ in PEOPLE],
            "plan_name": [DICE.choice(["surf", "ultimate"]) for _ in PEOPLE],
        },
    )


def test_customers_are_found_through_another_table() -> None:
    contracts = subscriptions()
    guess = infer([accounts(), contracts, usage(contracts)])
    assert found(guess, "feature_usage").through == ThroughSettings(table="subscriptions", on="subscription_id")
    assert found(guess, "feature_usage").holds.value == "usage"
    assert found(guess, "subscriptions").column("subscription_id") is not None
    assert guess.rule.written == "inactivity"
    assert guess.activity == ("feature_usage",)
    assert not guess.questions()


def test_what_a_subscription_learns_at_its_end_is_left_out() -> None:
    guess = infer([accounts(), subscriptions()])
    ignored = found(guess, "subscriptions").ignore
    assert {"end_date", "churn_flag", "upgrade_flag"} <= set(ignored)
    assert "end_date" in ignored["churn_flag"]
    assert found(guess, "subscriptions").column("plan") is not None


def test_a_ticket_is_used_once_it_is_closed() -> None:
    opened = [DICE.randrange(500) for _ in range(300)]
    tickets = sample(
        "support_tickets",
        {
            "account_id": [DICE.choice(PEOPLE) for _ in opened],
            "submitted_at": [day(start) for start in opened],
            "closed_at": [day(start + DICE.randrange(4)) for start in opened],
            "resolution_time_hours": [DICE.randrange(1, 90) for _ in opened],
        },
    )
    table = found(infer([accounts(), tickets]), "support_tickets")
    assert {column.role: column.source for column in table.columns if column.role} == {
        "customer_id": "account_id",
        "happened_at": "submitted_at",
        "known_at": "closed_at",
        "resolution_hours": "resolution_time_hours",
    }


def test_how_long_an_open_ticket_took_is_left_out() -> None:
    opened = [DICE.randrange(500) for _ in range(300)]
    tickets = sample(
        "support_tickets",
        {
            "account_id": [DICE.choice(PEOPLE) for _ in opened],
            "submitted_at": [day(start) for start in opened],
            "closed_at": [day(start + 60) if DICE.random() < 0.6 else None for start in opened],
            "satisfaction_score": [DICE.randrange(1, 6) for _ in opened],
        },
    )
    table = found(infer([accounts(), tickets]), "support_tickets")
    assert {"closed_at", "satisfaction_score"} <= set(table.ignore)
    assert table.column("known_at") is None


def test_when_a_row_was_loaded_is_when_it_was_known() -> None:
    happened = [DICE.randrange(500) for _ in range(300)]
    orders = sample(
        "orders",
        {
            "customer_id": [DICE.choice(PEOPLE) for _ in happened],
            "order_date": [day(start) for start in happened],
            "loaded_at": [day(start + DICE.randrange(20)) for start in happened],
            "amount": [f"{DICE.uniform(1, 50):.2f}" for _ in happened],
        },
    )
    table = infer([orders]).tables[0]
    assert table.column("known_at") is not None
    assert table.column("happened_at").source == "order_date"  # type: ignore[union-attr]


def test_a_table_of_plans_is_looked_up_under_one_name() -> None:
    plans = sample(
        "plans", {"tariff": ["surf", "ultimate"], "minutes_included": [500, 3000], "usd_monthly_pay": [20, 70]}
    )
    calls = sample(
        "calls",
        {
            "account_id": [DICE.choice(PEOPLE) for _ in range(300)],
            "call_date": [day(DICE.randrange(500)) for _ in range(300)],
            "duration": [f"{DICE.uniform(0, 9):.2f}" for _ in range(300)],
        },
    )
    guess = infer([accounts(), calls, plans])
    looked_up = found(guess, "plans")
    assert looked_up.holds.value == "lookup"
    shared = next(column.name for column in looked_up.columns if column.source == "tariff")
    assert found(guess, "customers").column(shared) is not None
    own = {column.name for column in looked_up.columns} - {shared}
    assert not own & {column.name for table in guess.tables if table is not looked_up for column in table.columns}
    assert guess.currency.value == "USD"


def test_receipts_of_a_campaign_are_dated_by_the_campaign() -> None:
    campaigns = sample(
        "campaign_descriptions",
        {
            "campaign_id": list(range(1, 9)),
            "start_date": [day(40 * n) for n in range(8)],
            "end_date": [day(40 * n + 30) for n in range(8)],
        },
    )
    sent = sample(
        "campaigns",
        {
            "campaign_id": [DICE.randrange(1, 9) for _ in range(400)],
            "household_id": [DICE.choice(PEOPLE) for _ in range(400)],
        },
    )
    buys = sample(
        "transactions",
        {
            "household_id": [DICE.choice(PEOPLE) for _ in range(400)],
            "date": [day(DICE.randrange(400)) for _ in range(400)],
            "sales_value": [f"{DICE.uniform(1, 50):.2f}" for _ in range(400)],
        },
    )
    guess = infer([campaigns, sent, buys])
    assert found(guess, "campaigns").holds.value == "marketing"
    when = found(guess, "campaign_descriptions").column("happened_at")
    assert when is not None
    assert when.source == "start_date"


def test_a_table_that_belongs_to_nobody_is_left_out_with_the_reason() -> None:
    stores = sample("promotions", {"store": list(range(60)), "week": [number % 9 for number in range(60)]})
    guess = infer([accounts(), subscriptions(), stores])
    assert "no column names a customer" in found(guess, "promotions").left_out


def test_an_end_date_of_customers_is_the_rule() -> None:
    people = sample(
        "users",
        {
            "user_id": list(range(200)),
            "reg_date": [day(DICE.randrange(200)) for _ in range(200)],
            "churn_date": [day(300 + DICE.randrange(200)) if DICE.random() < 0.2 else None for _ in range(200)],
        },
    )
    visits = sample(
        "logins",
        {
            "user_id": [DICE.randrange(200) for _ in range(900)],
            "login_at": [day(DICE.randrange(500)) for _ in range(900)],
        },
    )
    guess = infer([people, visits])
    assert guess.rule.written == "end_date"
    assert found(guess, "customers").column("ended_at").source == "churn_date"  # type: ignore[union-attr]


def test_departures_recorded_twice_are_asked_about() -> None:
    contracts = subscriptions()
    flagged = sample("accounts", {"account_id": list(PEOPLE), "churn_flag": [DICE.random() < 0.3 for _ in PEOPLE]})
    gone = sample(
        "churn_events",
        {
            "account_id": [DICE.choice(PEOPLE) for _ in range(60)],
            "churn_date": [day(DICE.randrange(500)) for _ in range(60)],
        },
    )
    guess = infer([flagged, contracts, usage(contracts), gone])
    assert guess.rule.is_question
    assert "churn_events" in guess.rule.evidence
    assert "churn_flag" in guess.rule.evidence
    assert "churn_events" not in guess.activity


def test_the_share_of_ids_that_two_tables_have_in_common_is_said_of_the_right_table() -> None:
    of_few = sample(
        "demographics", {"account_id": PEOPLE[:40], "age": [DICE.choice(["20s", "30s"]) for _ in range(40)]}
    )
    orders = sample(
        "orders",
        {
            "account_id": [PEOPLE[row % len(PEOPLE)] for row in range(400)],
            "ordered_at": [day(DICE.randrange(500)) for _ in range(400)],
            "amount": [DICE.randrange(5, 90) for _ in range(400)],
        },
    )
    guess = infer([of_few, orders])
    evidence = {
        table.name: [each.evidence for each in table.columns if each.role == "customer_id"] for table in guess.tables
    }
    # Of the customers with orders a third have a row of demographics.
    assert evidence["orders"][0].endswith("100 % of the values of demographics.account_id stand here too")
    assert evidence["customers"][0].endswith("100 % of the values stand in orders.account_id too")
