"""What a purchase is called follows from the kind of records."""

import pytest

from holdfast.cutoffs.purchase_words import ORDERS, PAYMENTS, PurchaseWords, purchase_words
from holdfast.settings import Settings


def project(rule: str, *tables: str) -> Settings:
    sales = {
        name: {
            "files": [f"{name}.csv"],
            "holds": "transactions",
            "columns": {"customer_id": {"from": "id", "kind": "text"}},
        }
        for name in tables
    }
    return Settings.model_validate(
        {"name": "any", "shape": "events", "currency": "EUR", "churn": {"rule": rule}, "tables": sales}
    )


@pytest.mark.parametrize(
    ("rule", "tables", "table", "words"),
    [
        ("inactivity", ("invoices",), "", ORDERS),
        ("subscription_end", ("invoices",), "", PAYMENTS),
        ("subscription_end", (), "", PAYMENTS),
        ("subscription_end", ("shop_orders",), "shop_orders", ORDERS),
        ("subscription_end", ("receipts", "shop_orders"), "receipts", PAYMENTS),
        ("subscription_end", ("receipts", "shop_orders"), "", PAYMENTS),
    ],
)
def test_who_subscribes_pays_and_who_buys_in_a_shop_orders(
    rule: str, tables: tuple[str, ...], table: str, words: PurchaseWords
) -> None:
    assert purchase_words(project(rule, *tables), table) is words


def test_without_a_project_the_words_are_those_of_a_shop() -> None:
    assert purchase_words(None) is ORDERS
