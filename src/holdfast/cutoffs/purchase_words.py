"""What a purchase is called: a project's kind of records in; an order of a shop or a payment of a subscriber out."""

import re
from dataclasses import dataclass

from holdfast.settings import ChurnRule, Settings

_OF_A_SHOP = re.compile(
    r"order|purchase|sale|shop|basket|cart|bestell|kauf|pedido|compra|commande|achat", re.IGNORECASE
)


@dataclass(frozen=True)
class PurchaseWords:
    """The words for purchases of one kind of business."""

    singular: str  # "order"
    a: str  # "an order"
    many: str
    did: str  # what the customer did, as in "how lately the customer ordered"
    does: str
    sold: str  # as in "what was sold"
    who: str  # those who did so in a period, as a title
    counted: str  # one of them, where a figure counts it


ORDERS = PurchaseWords("order", "an order", "orders", "ordered", "orders", "sold", "Buyers", "purchase")
PAYMENTS = PurchaseWords("payment", "a payment", "payments", "paid", "pays", "charged", "Payers", "payment")


def purchase_words(settings: Settings | None, table: str = "") -> PurchaseWords:
    """The words for the purchases of a project, or of one of its tables.

    Who subscribes pays for terms and orders nothing; a table that its name calls one of a shop beside the
    subscriptions holds orders all the same.

    Args:
        settings: of the project; None: in general.
        table: its name in the project; empty: all tables of purchases.
    """
    if settings is None or settings.churn.rule is not ChurnRule.SUBSCRIPTION_END:
        return ORDERS
    sales = [name for name, each in settings.tables.items() if each.holds == "transactions" and table in {"", name}]
    return ORDERS if sales and all(_OF_A_SHOP.search(name) for name in sales) else PAYMENTS
