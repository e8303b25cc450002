"""Mollie's export of payments and of what was settled."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import LATER, NAME, NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_BACK = ("refund", "Refund", "chargeback", "Chargeback")

_PAYMENTS = Recipe(
    key="mollie/payments",
    title="Mollie payments export",
    row=Row.CHARGE,
    holds="transactions",
    sources=("https://docs.mollie.com/docs/settlement-report", "https://docs.mollie.com/docs/status-change"),
    fields=(
        Field(("ID",), "order_id", needed=True),
        Field(("Date",), "happened_at", needed=True),
        Field(("Payment method",), "kind", kind=Kind.CATEGORY, needed=True),
        Field(("Currency",), "currency", needed=True),
        Field(("Amount",), "amount", needed=True),
        Field(("Status",), "status", needed=True),
        Field(("Description",), kind=Kind.TEXT),
        Field(("Consumer bank account",), "account", rare=True),
        Field(("Consumer name",), rare=True),
        Field(("Customer ID",), "customer_key"),
        *left_out(NAME, "Consumer BIC", rare=True),
        *left_out("what was paid out for it", "Settlement currency", "Settlement amount", rare=True),
        *left_out(NUMBER, "Settlement reference", rare=True),
        Field(("Amount refunded",), "refunded_amount", rare=True, unless_rows=("kind", _BACK)),
        *left_out(LATER, "Date paid", "Date failed", "Date expired"),
    ),
    any_of=(("account", "consumer_name", "customer_key"),),
    customer=("customer_key", "account", "consumer_name"),
    statuses={
        "kind": {
            Meaning.REFUND: _BACK,
            Meaning.NEUTRAL: ("*",),
        },
        "status": {
            Meaning.SALE: ("paid", "paidout", "paid out"),
            Meaning.OPEN: ("open", "pending", "authorized"),
            Meaning.FAILED: ("failed", "expired"),
            Meaning.VOID: ("canceled", "cancelled"),
            # Of a refund's own row, which the method names; of a payment that it was given back in another row.
            Meaning.NEUTRAL: ("refunded", "charged_back", "chargeback", "queued", "processing"),
        },
    },
    money=MoneySettings(refunds=("refunded_amount",), currency="currency"),
    row_id=("order_id",),
    notes=(
        "The customer is the account that paid, else the name; card payments may name nobody: bring the shop's orders.",
        "Refunds and chargebacks are rows of their own, on their own day; fees that Mollie keeps are nobody's.",
        "A file without such rows says what was given back in Amount refunded: it is taken off at the payment's day.",
    ),
)

RECIPES = (_PAYMENTS,)
