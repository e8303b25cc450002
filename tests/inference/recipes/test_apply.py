"""A recognised file becomes guesses that its values verify; what they contradict is a question."""

from collections.abc import Mapping

import polars as pl

from holdfast.column_types import Kind
from holdfast.inference.guesses import Sample, TableGuess
from holdfast.inference.profiles.tables import profile_tables
from holdfast.inference.recipes.apply import from_recipe
from holdfast.inference.recipes.export import Export
from holdfast.inference.recipes.match import recognise
from holdfast.meanings import Meaning
from holdfast.table_settings import ThroughSettings

_ORDERS = {
    "Name": ["#3", "#3", "#2", "#1"],
    "Email": ["A@shop.example", "A@shop.example", "b@shop.example", ""],
    "Financial Status": ["paid", "", "refunded", "voided"],
    "Currency": ["USD", "", "USD", "USD"],
    "Subtotal": ["10.00", "", "20.00", "5.00"],
    "Shipping": ["2.00", "", "0.00", "0.00"],
    "Taxes": ["1.00", "", "0.00", "0.00"],
    "Total": ["13.00", "", "20.00", "5.00"],
    "Created at": ["2025-06-03 10:00:00 -0400", "2025-06-03 10:00:00 -0400"] + ["2025-05-03 10:00:00 -0400"] * 2,
    "Lineitem quantity": ["1", "2", "1", "1"],
    "Lineitem name": ["Tea", "Mug", "Tea", "Pot"],
    "Lineitem price": ["4.00", "3.00", "20.00", "5.00"],
    "Refunded Amount": ["0.00", "", "20.00", "0.00"],
    "Our own tag": ["x", "y", "x", "y"],
}


def _guess(**tables: Mapping[str, list[str]]) -> dict[str, TableGuess]:
    samples = [
        Sample(name, pl.DataFrame(columns), len(next(iter(columns.values())))) for name, columns in tables.items()
    ]
    matches = recognise({sample.name: sample.frame.columns for sample in samples})
    others = {match.recipe.key: name for name, match in matches.items()}
    return {
        table.name: from_recipe(Export(table, matches[table.name], table.name, others))
        for table in profile_tables(samples)
    }


def _changed(**columns: list[str]) -> dict[str, list[str]]:
    names = {name.replace("_", " "): values for name, values in columns.items()}
    return {**_ORDERS, **{name: names.pop(name.replace("_", " "), values) for name, values in _ORDERS.items()}, **names}


def test_an_orders_export_is_mapped_without_a_question() -> None:
    orders = _guess(orders=_ORDERS)["orders"]
    sources = {column.name: column.source for column in orders.columns}
    assert sources["amount"] == "Total"
    assert sources["happened_at"] == "Created at"
    assert sources["refunded_amount"] == "Refunded Amount"
    assert all(column.confidence > 0.9 for column in orders.columns)
    assert orders.holds.evidence == "looks like a Shopify orders export: 13 of 14 columns"
    assert "Our own tag" in orders.ignore


def test_fields_of_the_first_line_are_carried_and_amounts_count_once_an_order() -> None:
    orders = _guess(orders=_ORDERS)["orders"]
    assert orders.carry_down is not None
    assert orders.carry_down.by == "Name"
    assert {"Financial Status", "Total", "Refunded Amount"} <= set(orders.carry_down.columns)
    assert not {"Email", "Created at", "Lineitem name"} & set(orders.carry_down.columns)
    assert orders.money is not None
    assert orders.money.once_per == "order_id"
    assert orders.sale_lines


def test_the_customer_is_the_address_and_rows_without_one_name_nobody() -> None:
    customer = _guess(orders=_ORDERS)["orders"].column("customer_id")
    assert customer is not None
    assert (customer.source, customer.fold_case, customer.nobody) == ("Email", True, ("",))
    named = _guess(orders=_changed(Email=["a@x.example"] * 4))["orders"].column("customer_id")
    assert named is not None
    assert named.nobody == ()


def test_a_refunded_order_is_a_sale_only_beside_its_refund() -> None:
    beside = _guess(orders=_ORDERS)["orders"].statuses[0]
    assert "refunded" in beside.means[Meaning.SALE]
    alone = _guess(orders={name: values for name, values in _ORDERS.items() if name != "Refunded Amount"})["orders"]
    assert "refunded" in alone.statuses[0].means[Meaning.REVERSED]
    assert alone.money is not None
    assert alone.money.refunds == ()


def test_a_status_that_the_recipe_does_not_know_is_a_question() -> None:
    status = _guess(orders=_changed(Financial_Status=["paid", "", "on hold", "voided"]))["orders"].statuses[0]
    assert status.unknown == {"on hold": 1}
    assert status.question("orders").is_question
    assert "on hold (1 row, 20.00 in all: likeliest pending)" in status.question("orders").evidence


def test_an_amount_that_is_not_the_sum_of_its_pieces_is_a_question() -> None:
    amount = _guess(orders=_changed(Total=["99.00", "", "98.00", "97.00"]))["orders"].column("amount")
    assert amount is not None
    assert amount.confidence < 0.7
    assert "Subtotal + Shipping + Taxes" in amount.evidence
    assert amount.choices[0] == "Total"


def test_prices_that_contain_their_tax_add_up_without_it() -> None:
    """As in shops of the European Union, and where some markets of a shop have taxes in their prices."""
    amount = _guess(orders=_changed(Total=["12.00", "", "20.00", "5.00"]))["orders"].column("amount")
    assert amount is not None
    assert amount.confidence > 0.9
    assert "Subtotal + Shipping = Total in 100 % of the orders" in amount.evidence
    mixed = {"Taxes": ["1.00", "", "3.00", "0.00"], "Total": ["13.00", "", "20.00", "5.00"]}
    both = _guess(orders=_changed(**mixed))["orders"].column("amount")
    assert both is not None
    assert both.confidence > 0.9


def test_values_that_are_no_numbers_or_times_are_questions_with_examples() -> None:
    orders = _guess(
        orders=_changed(Total=["thirteen", "", "twenty", "five"], Created_at=["soon", "later", "now", "ever"])
    )["orders"]
    amount, when = orders.column("amount"), orders.column("happened_at")
    assert amount is not None
    assert when is not None
    assert amount.confidence < 0.7
    assert "thirteen" in amount.evidence
    assert when.confidence < 0.7
    assert "ever, later, now" in when.evidence


def test_an_export_without_its_customer_column_is_left_out_with_the_column_to_bring() -> None:
    columns = {name: values for name, values in _ORDERS.items() if name != "Email"}
    orders = _guess(orders=columns)["orders"]
    assert 'export it with "Email"' in orders.left_out


def test_day_and_clock_in_two_columns_are_read_as_one_time() -> None:
    rows = {
        "Date": ["2025-12-31", "2025-12-30"],
        "Time": ["09:25:46", "17:09:33"],
        "Time Zone": ["Eastern Time (US & Canada)"] * 2,
        "Total Collected": ["$83.46", "-$12.00"],
        "Event Type": ["Payment", "Refund"],
        "Transaction ID": ["T2", "T1"],
        "Customer ID": ["C1", "C2"],
        "Partial Refunds": ["$0.00", "$0.00"],
    }
    when = _guess(sales=rows)["sales"].column("happened_at")
    assert when is not None
    assert when.kind is Kind.TIME
    assert when.joined_with[:1] == ("Time",)


def test_items_are_pieces_of_orders_that_are_there_and_sales_of_their_own_where_not() -> None:
    orders = {
        "order_id": ["o1", "o2"],
        "customer_id": ["k1", "k2"],
        "order_status": ["delivered", "canceled"],
        "order_purchase_timestamp": ["2018-01-01 10:00:00", "2018-01-02 10:00:00"],
        "order_approved_at": ["2018-01-01 11:00:00", ""],
    }
    people = {
        "customer_id": ["k1", "k2"],
        "customer_unique_id": ["u1", "u1"],
        "customer_zip_code_prefix": ["01", "02"],
        "customer_city": ["a", "b"],
        "customer_state": ["SP", "RJ"],
    }
    payments = {
        "order_id": ["o1", "o1", "o2"],
        "payment_sequential": ["1", "2", "1"],
        "payment_type": ["credit_card", "voucher", "boleto"],
        "payment_installments": ["1", "1", "1"],
        "payment_value": ["10.50", "4.00", "7.25"],
    }
    tables = _guess(orders=orders, people=people, payments=payments)
    assert tables["orders"].through == ThroughSettings(table="people", on="customer_of_order")
    part = tables["payments"].parts_of
    assert part is not None
    assert (part.table, part.on) == ("orders", "order_id")
    assert tables["payments"].holds.value == "parts"
    assert "bring the Olist customers file" in _guess(orders=orders)["orders"].left_out
    assert "bring the Olist orders file" in _guess(payments=payments)["payments"].left_out
