"""Squarespace's orders export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_ORDERS = Recipe(
    key="squarespace/orders",
    title="Squarespace orders export",
    row=Row.LINE,
    holds="transactions",
    sources=("https://support.squarespace.com/hc/en-us/articles/360022852352-Managing-your-accounting-data",),
    fields=(
        Field(("Order ID",), "order_id", needed=True),
        Field(("Email",)),
        Field(("Financial Status",), "status", needed=True),
        Field(("Created at",), "happened_at", needed=True),
        Field(("Total",), "amount", needed=True),
        Field(("Amount Refunded",), "refunded_amount", needed=True, rare=True),
        Field(("Currency",), "currency"),
        Field(("Lineitem name",), "product", needed=True, rare=True),
        Field(("Lineitem quantity",), "quantity", needed=True, rare=True),
        Field(("Lineitem price",), "unit_price", rare=True),
        Field(("Lineitem variant",), rare=True),
        Field(("Channel Name",), "channel"),
        Field(("Payment Method",), "payment_method"),
        Field(("Discount Code",)),
        Field(("Discount Amount",), kind=Kind.MONEY),
        Field(("Shipping Method",)),
        Field(("Billing City",), kind=Kind.TEXT),
        Field(("Billing Country",), kind=Kind.CATEGORY),
        *left_out(IN_TOTAL, "Subtotal", "Shipping", "Taxes"),
        *left_out(LATER, "Paid at", "Fulfillment Status", "Fulfilled at", "Cancelled at"),
        *left_out(LATER, "Lineitem fulfillment status", rare=True),
        *left_out("says the same as the product", "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable"),
        *left_out(
            ADDRESS,
            *(
                f"{side} {word}"
                for side in ("Billing", "Shipping")
                for word in ("Name", "Address1", "Address2", "Zip", "Province", "Phone")
            ),
            "Shipping City",
            "Shipping Country",
        ),
        *left_out(FREE_TEXT, "Private Notes"),
        *left_out(NUMBER, "Payment Reference", "Channel Order Number"),
        *left_out("says the same as the channel", "Channel Type"),
    ),
    customer=("email",),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("paid", "partially_refunded", "partially refunded"),
            Meaning.PENDING: ("pending",),
            Meaning.VOID: ("canceled", "cancelled", "voided"),
        }
    },
    refunded={"status": ("refunded",)},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency", once_per="order_id"),
    carry_down="order_id",
    row_id=("order_id",),
    repeats_are_real=True,
    notes=("Refunds carry no date: they are counted at the sale's.",),
)

RECIPES = (_ORDERS,)
