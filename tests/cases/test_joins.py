"""Cases of joins: running numbers, payments of orders, deleted customers, keys that nothing but values proves."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Begin = Callable[..., Any]
Folder = Callable[[str], Path]


@pytest.fixture
def shop() -> dict[str, pl.DataFrame]:
    """Three tables whose ids all run from 1: customers, their orders, the payments of these."""
    dice = random.Random(7)
    days = sorted(dice.randrange(700) for _ in range(600))
    orders = [(n + 1, dice.randint(1, 150), date(2024, 1, 1) + timedelta(days=day)) for n, day in enumerate(days)]
    payments = [(order, dice.randint(500, 9000) / 100) for order, *_ in orders for _ in range(dice.randint(1, 2))]
    return {
        "customers": pl.DataFrame({"id": range(1, 151), "city": [dice.choice("ABC") for _ in range(150)]}),
        "orders": pl.DataFrame(orders, schema=["id", "customer_id", "order_date"], orient="row"),
        "payments": pl.DataFrame(payments, schema=["order_id", "amount"], orient="row").with_row_index("id", 1),
    }


def paid(begun: Any, table: str = "orders") -> float:
    return round(float(begun.cleaned().tables[table]["amount"].sum()), 2)


def test_payments_belong_to_orders_and_not_to_customers_of_the_same_number(case_folder: Folder, begin: Begin) -> None:
    begun = begin(*sorted(case_folder("07").glob("*.csv")))
    assert not begun.draft.questions
    tables = begun.settings.tables
    assert (tables["payments"].holds, tables["payments"].parts_of.table) == ("parts", "orders")
    assert (tables["orders"].columns["order_id"].source, tables["customers"].columns["customer_id"].source) == (
        "id",
        "id",
    )
    lines = {line.line: (line.rows, line.amount) for line in begun.cleaned().money}
    # 10,422,500 in 3,408 payments of 2,716 orders; 248 orders of 1,006,500 came back.
    assert lines["gross"] == (2_716, 10_422_500.0)
    assert lines["net"] == (2_468, 9_416_000.0)


def test_a_deleted_at_with_zero_dates_is_an_end_and_loses_no_table(case_folder: Folder, begin: Begin) -> None:
    begun = begin(*sorted(case_folder("21").glob("*.csv")))
    assert not begun.draft.questions
    assert begun.settings.churn.rule == "end_date"
    people = begun.cleaned().tables["customers"]
    # 427 of 600 customers were deleted, 173 have the date 0000-00-00.
    assert (people.height, people["ended_at"].null_count()) == (600, 173)
    assert set(people["channel"].drop_nulls()) == {"web", "shop"}


def test_an_amount_is_the_sum_of_its_payments_without_those_that_failed(begin: Begin, shop: dict[str, Any]) -> None:
    states = ["paid", "paid", "failed", "refund"]
    payments = shop["payments"].with_columns(
        status=pl.Series([states[number % 4] for number in range(shop["payments"].height)])
    )
    begun = begin(**shop | {"payments": payments})
    by_state = dict(payments.group_by("status").agg(pl.col("amount").sum()).iter_rows())
    assert paid(begun) == round(by_state["paid"] - by_state["refund"], 2)


def test_invoice_numbers_join_under_any_spelling(begin: Begin, shop: dict[str, Any]) -> None:
    numbered = {
        "customers": shop["customers"],
        "invoices": shop["orders"].rename({"id": "Invoice No"}).with_columns(pl.col("Invoice No") + 7000),
        "payments": shop["payments"]
        .rename({"order_id": "invoice_number"})
        .with_columns(pl.col("invoice_number") + 7000),
    }
    begun = begin(**numbered)
    assert begun.settings.tables["payments"].parts_of.table == "invoices"
    assert paid(begun, "invoices") == round(shop["payments"]["amount"].sum(), 2)


def test_dated_payments_are_led_to_the_customer_by_two_tables(begin: Begin, shop: dict[str, Any]) -> None:
    orders = (
        shop["orders"]
        .with_columns(account_ref=pl.col("customer_id") + 500, total=shop["orders"]["id"] * 1.5)
        .drop("customer_id")
    )
    payments = shop["payments"].with_columns(paid_at=pl.lit(date(2025, 12, 1)))
    links = pl.DataFrame(
        {"account_ref": range(501, 651), "customer_id": range(1, 151), "since": [date(2024, 1, 1)] * 150}
    )
    begun = begin(customers=shop["customers"], contracts=links, orders=orders, payments=payments)
    assert begun.settings.tables["orders"].through.table == "contracts"
    assert begun.settings.tables["payments"].through.table == "orders"
    found = begun.cleaned().tables
    assert found["payments"]["customer_id"].null_count() == 0
    truth = shop["payments"].join(shop["orders"], left_on="order_id", right_on="id")
    assert dict(found["payments"]["customer_id"].value_counts().iter_rows()) == {
        str(who): rows for who, rows in truth["customer_id"].value_counts().iter_rows()
    }


def test_a_table_that_only_values_join_is_asked_about(begin: Begin, shop: dict[str, Any]) -> None:
    dice = random.Random(3)
    calls = pl.DataFrame(
        {"owner_id": [dice.randint(1, 150) for _ in range(300)], "called_at": [date(2025, 3, 1)] * 300}
    )
    begun = begin(**shop, calls=calls)
    assert begun.draft.questions == ("calls.customer_id",)
    question = begun.draft.open_questions[0]
    assert question.choices == ("owner_id",)
    begun.answer('customer_id: {from: "?"', 'customer_id: {from: "owner_id"')
    assert begun.cleaned().tables["calls"]["customer_id"].n_unique() == calls["owner_id"].n_unique()


def test_staff_with_the_numbers_of_customers_are_no_customers(begin: Begin, shop: dict[str, Any]) -> None:
    staff = pl.DataFrame({"id": range(1, 61), "role": [f"r{n % 4}" for n in range(60)]})
    begun = begin(**shop, users=staff)
    assert "users" not in begun.settings.tables
    assert begun.cleaned().tables["customers"].height == 150


def test_orders_that_say_their_amount_keep_it_beside_their_items(begin: Begin, shop: dict[str, Any]) -> None:
    totals = shop["payments"].group_by("order_id").agg(pl.col("amount").sum().round(2).alias("total"))
    orders = shop["orders"].join(totals, left_on="id", right_on="order_id")
    items = shop["payments"].rename({"amount": "price"}).with_columns(sku=pl.format("S{}", pl.col("id") % 9))
    begun = begin(customers=shop["customers"], orders=orders, order_items=items)
    assert paid(begun) == round(totals["total"].sum(), 2)


def test_of_overlapping_exports_the_later_row_counts(tmp_path: Path, begin: Begin, shop: dict[str, Any]) -> None:
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25, status=pl.lit("paid"))
    orders = orders.rename({"id": "order_id"})
    later = orders[250:].with_columns(
        status=pl.when(pl.col("order_id") % 50 == 0).then(pl.lit("refunded")).otherwise("status")
    )
    orders[:400].write_csv(tmp_path / "orders_2024.csv")
    later.write_csv(tmp_path / "orders_2025.csv")
    begun = begin(tmp_path / "orders_2024.csv", tmp_path / "orders_2025.csv")
    (table,) = begun.settings.tables.values()
    assert table.row_id == ("order_id",)
    refunded = later.filter(status="refunded")["total"].sum()
    lines = {line.line: line.amount for line in begun.cleaned().money}
    assert lines["net"] == pytest.approx(orders["total"].sum() - refunded)


def test_rows_are_known_again_by_any_column_that_names_them(tmp_path: Path, begin: Begin, shop: dict[str, Any]) -> None:
    """Monthly exports that reach back: a receipt stands in two files, in the later one with what became of it."""
    orders = shop["orders"].select(
        pl.format("R-{}", pl.col("id") + 70_000).alias("Beleg"),
        pl.col("order_date").alias("Datum"),
        pl.format("k{}@example.test", "customer_id").alias("E-Mail"),
        (pl.col("id") * 1.25).alias("Summe"),
        pl.lit("bezahlt").alias("Status"),
    )
    later = orders[250:].with_columns(
        Status=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("storniert")).otherwise("Status")
    )
    orders[:400].write_csv(tmp_path / "verkauf_2024.csv")
    later.write_csv(tmp_path / "verkauf_2025.csv")
    begun = begin(tmp_path / "verkauf_2024.csv", tmp_path / "verkauf_2025.csv")
    (table,) = begun.settings.tables.values()
    assert [table.columns[name].source for name in table.row_id] == ["Beleg"]
    undone = later.filter(Status="storniert")["Summe"].sum()
    lines = {line.line: line.amount for line in begun.cleaned().money}
    assert lines["net"] == pytest.approx(orders["Summe"].sum() - undone)
    assert any("bezahlt 550 rows" in line for line in begun.draft.money)  # 600 receipts less 50 cancelled, each once


def test_a_number_that_each_file_counts_from_one_names_no_row(
    tmp_path: Path, begin: Begin, shop: dict[str, Any]
) -> None:
    orders = shop["orders"].select("customer_id", "order_date", (pl.col("id") * 1.25).alias("total"))
    orders[:300].with_row_index("line", 1).write_csv(tmp_path / "orders_2024.csv")
    orders[300:].with_row_index("line", 1).write_csv(tmp_path / "orders_2025.csv")
    begun = begin(tmp_path / "orders_2024.csv", tmp_path / "orders_2025.csv")
    (table,) = begun.settings.tables.values()
    assert not table.row_id
    assert paid(begun, "transactions") == round(orders["total"].sum(), 2)


@pytest.mark.parametrize("name", ["_fivetran_deleted", "is_deleted", "deleted_at", "Gelöscht"])
def test_rows_that_were_deleted_where_they_came_from_are_no_sales(
    begin: Begin, shop: dict[str, Any], name: str
) -> None:
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25)
    is_deleted = pl.col("id") % 9 == 0
    gone = (
        pl.when(is_deleted).then(pl.lit("2025-12-31T10:00:00Z")).otherwise(pl.lit(""))
        if name == "deleted_at"
        else is_deleted
    )
    begun = begin(customers=shop["customers"], orders=orders.with_columns(gone.alias(name)))
    assert not begun.draft.questions
    assert paid(begun) == round(orders.filter(~is_deleted)["total"].sum(), 2)


def test_files_that_follow_each_other_are_no_overlap(tmp_path: Path, begin: Begin, shop: dict[str, Any]) -> None:
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25).rename({"id": "order_id"})
    orders[:400].write_csv(tmp_path / "orders_2024.csv")
    orders[400:].write_csv(tmp_path / "orders_2025.csv")
    begun = begin(tmp_path / "orders_2024.csv", tmp_path / "orders_2025.csv")
    (table,) = begun.settings.tables.values()
    assert not table.row_id
    assert begun.cleaned().tables["transactions"].height == orders.height


@pytest.mark.parametrize(
    ("old", "new"), [("old_customer_id", "new_customer_id"), ("Alte Kundennr", "Neue Kundennr"), ("merged", "into")]
)
def test_a_table_of_old_and_new_ids_makes_one_customer_of_both(
    begin: Begin, shop: dict[str, Any], old: str, new: str
) -> None:
    """Half of 150 customers got another id in the middle of the log."""
    is_moved = pl.col("customer_id") % 2 == 0
    is_late = pl.col("order_date") > date(2025, 1, 1)
    usual = pl.format("K{}", pl.col("customer_id") + 1000)
    orders = shop["orders"].select(
        pl.format("A{}", "id").alias("order_no"),
        "order_date",
        pl.when(is_moved & is_late)
        .then(pl.format("usr_{}", pl.col("customer_id") * 7919))
        .otherwise(usual)
        .alias("customer_id"),
        (pl.col("id") * 1.25).alias("total"),
    )
    numbers = [number for number in range(1, 151) if number % 2 == 0]
    moved = pl.DataFrame(
        {old: [f"K{number + 1000}" for number in numbers], new: [f"usr_{number * 7919}" for number in numbers]}
    )
    begun = begin(orders=orders, id_map=moved)
    assert not begun.draft.questions
    assert (begun.settings.identities.old, begun.settings.identities.new) == (old, new)
    cleaned = begun.cleaned().tables["transactions"]
    assert cleaned["customer_id"].n_unique() == shop["orders"]["customer_id"].n_unique()
    assert cleaned.height == orders.height


def test_a_table_of_old_and_new_goods_or_of_contacts_replaces_no_customer(begin: Begin, shop: dict[str, Any]) -> None:
    orders = shop["orders"].with_columns(
        total=pl.col("id") * 1.25, sku=pl.format("S{}", pl.col("id") % 40), customer_id=pl.format("C{}", "customer_id")
    )
    goods = pl.DataFrame({"old_sku": [f"S{n}" for n in range(20)], "new_sku": [f"S{n + 20}" for n in range(20)]})
    contacts = pl.DataFrame(
        {"contact_id": [f"C{n}" for n in range(1, 151)], "account_id": [f"C{n // 3}" for n in range(1, 151)]}
    )
    assert begin(orders=orders, replaced_goods=goods).settings.identities is None
    begun = begin(orders=orders, contacts=contacts)
    assert "identities" not in begun.draft.file.read_text(encoding="utf-8")


def test_addresses_in_capitals_are_one_customer(begin: Begin, shop: dict[str, Any]) -> None:
    written = pl.format("buyer{}@example.test", "customer_id")
    orders = shop["orders"].with_columns(
        customer_email=pl.when(pl.col("id") % 3 == 0).then(written.str.to_uppercase()).otherwise(written),
        total=pl.col("id") * 1.25,
    )
    begun = begin(orders=orders.select("id", "customer_email", "order_date", "total"))
    if begun.draft.questions:
        assert begun.draft.open_questions[0].choices[0] == "customer_email"
        begun.answer('customer_id: {from: "?"', 'customer_id: {from: "customer_email"')
    assert begun.cleaned().tables["transactions"]["customer_id"].n_unique() == shop["orders"]["customer_id"].n_unique()


def test_an_extract_beside_the_whole_counts_once(begin: Begin, shop: dict[str, Any]) -> None:
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25)
    old = orders[:300].rename({"id": "nr", "customer_id": "kunde", "order_date": "datum", "total": "betrag"})
    begun = begin(orders=orders, ablage=old)
    assert "which would count twice" in begun.draft.left_out["ablage"]
    (name,) = begun.settings.tables
    assert paid(begun, name) == orders["total"].sum()


def test_orders_beside_their_own_lines_count_once(begin: Begin, shop: dict[str, Any]) -> None:
    dice = random.Random(5)
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25).rename({"id": "order_id"})
    half = orders.filter(pl.Series([dice.random() < 0.4 for _ in range(orders.height)]))
    lines = pl.concat(
        [
            orders.join(half, on="order_id", how="anti").with_columns(line_total=pl.col("total")),
            *[half.with_columns(line_total=(pl.col("total") / 2).round(2)) for _ in range(2)],
        ]
    ).with_columns(sku=pl.format("S{}", pl.int_range(pl.len()) % 37), qty=pl.lit(1))
    begun = begin(orders=orders, bestellposten=lines.drop("total"))
    assert "orders" in begun.draft.left_out
    (name,) = begun.settings.tables
    assert paid(begun, name) == pytest.approx(lines["line_total"].sum())


def test_sales_of_two_shops_are_both_kept(begin: Begin, shop: dict[str, Any]) -> None:
    web = shop["orders"].with_columns(total=pl.col("id") * 1.25).rename({"id": "order_id"})
    till = web.with_columns(
        order_id=pl.format("T{}", "order_id"),
        order_date=pl.col("order_date").dt.offset_by("1d"),
        paid=pl.col("total").reverse(),
    ).drop("total")
    begun = begin(web_orders=web, till_receipts=till)
    assert not begun.draft.left_out
    assert not _severe(begun)


def test_exports_that_overlap_in_two_layouts_are_a_severe_finding(begin: Begin, shop: dict[str, Any]) -> None:
    orders = shop["orders"].with_columns(total=pl.col("id") * 1.25)
    new = orders[300:].rename({"id": "nr", "customer_id": "kunde", "order_date": "datum", "total": "betrag"})
    begun = begin(orders=orders[:450], neu=new)
    assert "a-sale-stands-in-one-table:neu.amount" in _severe(begun)
    finding = next(found for found in begun.cleaned().findings if found.slug == "a-sale-stands-in-one-table")
    assert finding.rows_failed == 150


def _severe(begun: Any) -> list[str]:
    return [found.id for found in begun.cleaned().findings if found.severity == "severe"]


def _heads_and_lines() -> tuple[pl.DataFrame, pl.DataFrame]:
    """240 documents with one to four lines each; half of them with 4.90 for the parcel."""
    heads, lines = [], []
    for number in range(240):
        name, freight = f"RE{10_000 + number}", 4.9 * (number % 2)
        several = [(1 + (number + p) % 3, 3.5 + (number * 7 + p * 13) % 57 + 0.25 * p) for p in range(1 + number % 4)]
        lines += [(name, p + 1, f"A{p:03}", count, price) for p, (count, price) in enumerate(several)]
        total = round(sum(count * price for count, price in several) + freight, 2)
        heads.append((name, date(2023, 1, 2) + timedelta(days=2 * number), f"K{number % 40:04}", total, freight))
    names = ["Belegnr", "Belegdatum", "Kundennr", "Bruttobetrag", "Versandkosten"]
    lines_of = pl.DataFrame(lines, schema=["Belegnr", "Pos", "Artikelnr", "Menge", "Einzelpreis"], orient="row")
    return pl.DataFrame(heads, schema=names, orient="row"), lines_of


@pytest.mark.parametrize("kind", ["one name", "running numbers", "no total in the head", "other words"])
def test_heads_and_lines_are_one_table_of_sales(begin: Begin, kind: str) -> None:
    heads, lines = _heads_and_lines()
    right = heads["Bruttobetrag"].sum()
    if kind == "running numbers":  # nothing but the sums of the lines says which head they are of
        heads = heads.with_columns(Belegnr=pl.int_range(1, pl.len() + 1)).rename({"Belegnr": "nr"})
        beleg = pl.col("Belegnr").str.slice(2).cast(pl.Int64) - 9_999
        lines = lines.with_columns(beleg.alias("beleg")).drop("Belegnr").with_row_index("nr", 1)
    if kind == "no total in the head":
        heads, right = heads.drop("Bruttobetrag"), (lines["Menge"] * lines["Einzelpreis"]).sum()
    if kind == "other words":
        heads = heads.rename({"Belegnr": "DocumentNo", "Belegdatum": "DocumentDate", "Kundennr": "SoldToParty"})
        heads = heads.drop("Bruttobetrag", "Versandkosten")
        value = (pl.col("Menge") * pl.col("Einzelpreis")).round(2).alias("NetValue")
        lines = lines.with_columns(value).rename({"Belegnr": "DocumentNo", "Menge": "Qty", "Einzelpreis": "NetPrice"})
        right = lines["NetValue"].sum()
    begun = begin(kopf=heads, positionen=lines)
    assert not begun.draft.open_questions
    sold = begun.cleaned().tables["kopf"]
    assert (sold.height, sold["customer_id"].n_unique()) == (240, 40)
    assert sold["amount"].sum() == pytest.approx(right)


def test_addresses_join_and_come_back_whatever_their_case(begin: Begin) -> None:
    """The usual gap is that of people, not of spellings."""
    spell = (str.lower, str.upper, str.title)
    members = pl.DataFrame(
        {
            "E-mail": [spell[n % 3](f"kim{n}@post.example") for n in range(120)],
            "Country": [("DE", "FR")[n % 2] for n in range(120)],
        }
    )
    sales = pl.DataFrame(
        {
            "E-mail": [spell[n // 120 % 3](f"kim{n % 120}@post.example") for n in range(1200)],
            "Paid on": [date(2023, 1, 1) + timedelta(days=60 * (n // 120) + n % 120 // 3) for n in range(1200)],
            "Amount": [5.5 + n % 37 for n in range(1200)],
        }
    )
    begun = begin(members=members, sales=sales)
    assert not begun.draft.open_questions
    horizon = next(guess for guess in begun.draft.guesses if guess.about == "churn.horizon_days")
    assert horizon.evidence.startswith("120 customers came back, half of them every 60 days")
    assert begun.cleaned().tables["sales"]["customer_id"].n_unique() == 120


_PAYMENTS_DAY = pl.lit(date(2023, 1, 3)) + pl.duration(days=pl.int_range(600))


def _paid_orders() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Orders, their payments without a day, and refunds of payments."""
    orders = pl.DataFrame(
        {
            "order_id": [f"O{n:04}" for n in range(300)],
            "customer_id": [f"C{n % 60:03}" for n in range(300)],
            "ordered_on": [date(2023, 1, 1) + timedelta(days=2 * n) for n in range(300)],
        }
    )
    payments = pl.DataFrame(
        {
            "payment_id": [f"P{n:04}" for n in range(600)],
            "order_id": [f"O{n // 2:04}" for n in range(600)],
            "amount_paid": [20.5 + n % 37 for n in range(600)],
        }
    )
    refunds = pl.DataFrame(
        {
            "refund_id": [f"R{n:03}" for n in range(40)],
            "payment_id": [f"P{15 * n:04}" for n in range(40)],
            "refunded_on": [date(2023, 1, 9) + timedelta(days=15 * n) for n in range(40)],
            "amount": [20.5 + 15 * n % 37 for n in range(40)],
        }
    )
    return orders, payments, refunds


@pytest.mark.parametrize("dated", [True, False])
def test_refunds_that_name_a_payment_of_an_order_are_taken_off(begin: Begin, *, dated: bool) -> None:
    """Payments are parts of orders and name nobody: the customer of a refund stands two tables away."""
    orders, payments, refunds = _paid_orders()
    begun = begin(
        orders=orders, payments=payments.with_columns(paid_on=_PAYMENTS_DAY) if dated else payments, refunds=refunds
    )
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(payments["amount_paid"].sum() - refunds["amount"].sum())
    assert begun.cleaned().tables["refunds"]["customer_id"].null_count() == 0
    assert {kind.taken_for for kind in begun.cleaned().kinds if kind.table == "refunds"} == {"given back"}


def test_refunds_without_a_day_are_taken_off_the_orders_of_their_payments(begin: Begin) -> None:
    orders, payments, refunds = _paid_orders()
    begun = begin(orders=orders, payments=payments, refunds=refunds.drop("refunded_on"))
    assert not begun.draft.open_questions
    net = payments["amount_paid"].sum() - refunds["amount"].sum()
    assert begun.net() == pytest.approx(net)
    assert {line.line: line.amount for line in begun.cleaned().money} == {
        "gross": payments["amount_paid"].sum(),
        "refunds": refunds["amount"].sum(),
        "net": pytest.approx(net),
    }


def _of_orders() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders with their sum, and what was given back of some of them, without a day: half of it in full."""
    orders, payments, _ = _paid_orders()
    sums = payments.group_by("order_id").agg(pl.col("amount_paid").sum().alias("total"))
    orders = orders.join(sums, on="order_id", maintain_order="left")
    some = orders.gather_every(12).with_row_index()
    share = pl.when(pl.col("index") % 2 == 0).then(1.0).otherwise(0.5)
    return orders, some.select("order_id", (pl.col("total") * share).alias("amount"))


def test_credit_notes_without_a_day_are_taken_off_the_orders(begin: Begin) -> None:
    orders, notes = _of_orders()
    begun = begin(bestellungen=orders, gutschriften=notes)
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(orders["total"].sum() - notes["amount"].sum())


def test_parts_of_few_orders_and_often_of_all_their_money_are_asked_about(begin: Begin) -> None:
    orders, notes = _of_orders()
    begun = begin(zamowienia=orders, korekty=notes)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("korekty.money.gives_back", ("true", "false"))
    assert begun.with_first_answers().net() == pytest.approx(orders["total"].sum() - notes["amount"].sum())


def test_discounts_of_orders_are_no_money_given_back(begin: Begin) -> None:
    orders, notes = _of_orders()
    begun = begin(zamowienia=orders, rabaty=notes.with_columns(pl.col("amount") / 9))
    assert not begun.draft.open_questions
    assert begun.cleaned().tables["zamowienia"]["amount"].sum() == pytest.approx(orders["total"].sum())


def test_refunds_under_an_unknown_name_are_asked_about_over_the_payments_that_they_name(begin: Begin) -> None:
    orders, payments, refunds = _paid_orders()
    begun = begin(zamowienia=orders, platnosci=payments, ruchy=refunds.rename({"refund_id": "id"}))
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("ruchy.money.gives_back", ("true", "false"))
    assert begun.with_first_answers().net() == pytest.approx(payments["amount_paid"].sum() - refunds["amount"].sum())


def test_refunds_that_nothing_leads_to_a_customer_are_asked_about(begin: Begin) -> None:
    orders, _ = _of_orders()
    _, _, refunds = _paid_orders()
    begun = begin(orders=orders, refunds=refunds.with_columns(pl.format("X-{}", "payment_id").alias("payment_id")))
    (question,) = begun.draft.open_questions
    assert question.about == "refunds.customer_id"
    assert "these amounts were given back" in question.evidence
