"""Subscriptions whose price stands in a table of plans: looked up by the plan of each, whatever it is called."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_PLANS = (("1", "Free", 0.0, "month"), ("2", "Starter", 15.0, "month"), ("3", "Pro", 490.0, "year"))


def subscriptions(customer: str, plan: str, begins: str, ends: str, seats: str, *, by_name: bool) -> pl.DataFrame:
    rows = []
    for number in range(240):
        begin = date(2023, 1, 5) + timedelta(days=3 * number)
        end = begin + timedelta(days=40 + 10 * (number % 7)) if number % 4 == 0 and number < 200 else None
        row = {customer: f"C{number:04}", plan: _PLANS[number % 3][1 if by_name else 0], begins: begin, ends: end}
        rows.append(row | ({seats: 1 + number % 5} if seats else {}))
    return pl.DataFrame(rows, infer_schema_length=None)


def revenue_of(table: pl.DataFrame, plan: str, ends: str, seats: str, *, by_name: bool) -> float:
    monthly = {each[1 if by_name else 0]: each[2] / (12 if each[3] == "year" else 1) for each in _PLANS}
    running = table.filter(pl.col(ends).is_null())
    units = running[seats] if seats else pl.repeat(1, running.height, eager=True)
    return float((running[plan].replace_strict(monthly, return_dtype=pl.Float64) * units).sum())


@pytest.mark.parametrize(
    ("names", "columns", "by_name"),
    [
        (("customer_id", "plan_id", "started_at", "ended_at", ""), ("id", "name", "price", "interval"), False),
        (("customer_id", "plan_id", "started_at", "ended_at", "seats"), ("id", "name", "price", "interval"), False),
        (("klant", "pakket_id", "startdatum", "einddatum", ""), ("pakket_id", "naam", "prijs", "frequentie"), False),
        (("Client", "Forfait", "Début", "Fin", ""), ("Code", "Nom", "Tarif", "Périodicité"), True),
    ],
)
def test_the_price_of_each_subscription_is_that_of_its_plan(
    begin: Begin, names: tuple[str, str, str, str, str], columns: tuple[str, str, str, str], by_name: bool
) -> None:
    table = subscriptions(*names, by_name=by_name)
    plans = pl.DataFrame([dict(zip(columns, plan, strict=True)) for plan in _PLANS])
    begun = begin(subscriptions=table, plans=plans).with_first_answers()
    settings = begun.settings.tables
    assert settings["plans"].columns["price"].source == columns[2]
    assert "price" not in settings["subscriptions"].columns
    _, plan, _, ends, seats = names
    assert begun.stood()[1] == pytest.approx(revenue_of(table, plan, ends, seats, by_name=by_name), rel=0.001)


def test_a_price_that_stands_with_the_subscription_counts_and_not_that_of_the_plan(begin: Begin) -> None:
    table = subscriptions("customer_id", "plan_id", "started_at", "ended_at", "", by_name=False)
    table = table.with_columns(price=pl.lit(8.0), interval=pl.lit("month"))
    plans = pl.DataFrame([dict(zip(("id", "name", "list_price", "interval"), each, strict=True)) for each in _PLANS])
    begun = begin(subscriptions=table, plans=plans).with_first_answers()
    assert begun.settings.tables["subscriptions"].columns["price"].source == "price"
    assert begun.stood()[1] == pytest.approx(8.0 * table["ended_at"].is_null().sum(), abs=0.01)


@pytest.mark.parametrize("in_plans", [True, False])
@pytest.mark.parametrize(
    ("names", "cycles"),
    [
        (
            ("customer_id", "plan", "billing_cycle", "started_at", "ended_at", "price", "annual_price"),
            ("monthly", "annual"),
        ),
        (
            ("Kundennr", "Tarif", "Zahlweise", "Vertragsbeginn", "Vertragsende", "Preis monatlich", "Preis jährlich"),
            ("Monat", "Jahr"),
        ),
        (
            ("klant", "abonnement", "facturatie", "startdatum", "einddatum", "prijs per maand", "prijs per jaar"),
            ("maand", "jaar"),
        ),
    ],
)
def test_of_a_price_for_each_interval_a_subscription_costs_that_of_its_own(
    begin: Begin, names: tuple[str, ...], cycles: tuple[str, str], in_plans: bool
) -> None:
    customer, plan, cycle, begins, ends, monthly, yearly = names
    prices = {"Basic": (9.0, 90.0), "Team": (29.0, 300.0), "Business": (99.0, 1000.0)}
    rows, revenue = [], 0.0
    for number in range(240):
        own = list(prices)[number % 3]
        of_a_year, runs = number % 5 < 2, number % 4 > 0 or number >= 200
        start = date(2023, 1, 5) + timedelta(days=3 * number)
        row = {customer: f"C{number:04}", plan: own, cycle: cycles[of_a_year], begins: start}
        row[ends] = None if runs else start + timedelta(days=40 + 10 * (number % 7))
        rows.append(row if in_plans else row | {monthly: prices[own][0], yearly: prices[own][1]})
        revenue += (prices[own][1] / 12 if of_a_year else prices[own][0]) if runs else 0.0
    tables = {"subscriptions": pl.DataFrame(rows, infer_schema_length=None)}
    if in_plans:
        tables["plans"] = pl.DataFrame(
            [{plan: each, monthly: low, yearly: high} for each, (low, high) in prices.items()]
        )
    begun = begin(**tables).with_first_answers()
    assert begun.settings.tables["subscriptions"].subscriptions.prices == {"month": "price", "year": "price_of_a_year"}
    assert begun.stood()[1] == pytest.approx(revenue, abs=0.01)


def test_subscriptions_that_cost_nothing_and_prices_that_are_not_used_are_named(begin: Begin) -> None:
    table = subscriptions("customer_id", "plan_id", "started_at", "ended_at", "", by_name=False)
    plans = pl.DataFrame([{"id": each[0], "price_monthly": each[2], "price_yearly": 10 * each[2]} for each in _PLANS])
    notes = begin(subscriptions=table, plans=plans).draft.notes
    assert any("plans: price_yearly is not used" in note for note in notes)
    assert any("80 of 240 subscriptions cost nothing by price_monthly" in note for note in notes)


@pytest.mark.parametrize(
    ("customer", "price", "factor"),
    [
        ("customer_id", "price_cents", 100),
        ("Kundnummer", "PrisOre", 100),
        ("e_mail", "abonament", 1),
        ("id_kd_nr", "tarief", 1),
    ],
)
def test_a_list_of_prices_holds_no_customers_and_says_the_price_in_any_words(
    begin: Begin, customer: str, price: str, factor: int
) -> None:
    prices = {"P0M": (12.5, "monthly"), "P0Y": (125.0, "yearly"), "P1M": (31.9, "monthly"), "P1Y": (319.0, "yearly")}
    plans = [
        {"code": code, "article": code[:2], price: each[0] * factor, "billing": each[1]}
        for code, each in prices.items()
    ]
    lists = pl.DataFrame(plans)
    rows = []
    for number in range(240):
        begun = date(2023, 1, 5) + timedelta(days=3 * number)
        end = begun + timedelta(days=40 + 10 * (number % 7)) if number % 4 == 0 and number < 200 else None
        name = f"name{number % 230}@web.example" if customer == "e_mail" else f"{1000 + number % 230}"
        rows.append(
            {
                "contract_no": 30_000 + number,
                customer: name,
                "code": list(prices)[number % 4],
                "start": begun,
                "end": end,
            }
        )
    table = pl.DataFrame(rows, infer_schema_length=None)
    lists = lists.with_columns(pl.col(price).cast(pl.Int64)) if factor > 1 else lists
    begun_project = begin(subscriptions=table, prices=lists).with_first_answers()
    running = table.filter(pl.col("end").is_null())["code"].to_list()
    revenue = sum(prices[code][0] / (12 if prices[code][1] == "yearly" else 1) for code in running)
    assert begun_project.stood()[1] == pytest.approx(revenue, rel=0.001)
