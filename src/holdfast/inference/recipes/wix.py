"""Wix's orders export."""

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
    key="wix/orders",
    title="Wix orders export",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://support.wix.com/en/article/exporting-orders-3126323",
        "https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-object",
    ),
    fields=(
        Field(("Order number",), "order_id", needed=True),
        Field(("Date created",), "happened_at", needed=True, joined_with=("time",)),
        Field(("Time",), needed=True, out="contained in happened_at"),
        Field(("Contact email",), needed=True, rare=True),
        Field(("Payment status",), "status", needed=True),
        Field(("Total",), "amount", needed=True),
        Field(("Refunded amount",), "refunded_amount"),
        Field(("Currency",), "currency"),
        Field(("Fulfillment status",)),
        Field(("Item",), "product"),
        Field(("Qty",), "quantity"),
        Field(("Price",), "unit_price"),
        Field(("Variant",)),
        Field(("Payment method",), "payment_method"),
        Field(("Coupon code",)),
        Field(("Delivery method",)),
        Field(("Delivery country",), kind=Kind.CATEGORY),
        Field(("Delivery city",), kind=Kind.TEXT),
        *left_out(IN_TOTAL, "Shipping rate", "Total tax", "Additional fees"),
        *left_out("a gift card was paid for when it was bought", "Gift card amount", rare=True),
        *left_out("paid of the total, as a deposit", "Deposit amount", rare=True),
        *left_out("of the whole order, repeated on its lines", "Total order quantity", rare=True),
        *left_out("what remains of the total after refunds", "Net amount"),
        *left_out(LATER, "Quantity refunded", "Fulfillment service", "Shipping label", rare=True),
        *left_out(LATER, "Fulfill by", "Delivery time", "Tracking number"),
        *left_out(NUMBER, "SKU", "Weight"),
        *left_out(FREE_TEXT, "Note from customer", "Additional checkout info", rare=True),
        *left_out(FREE_TEXT, "Custom text"),
        *left_out(
            ADDRESS,
            *("Recipient name", "Recipient phone", "Recipient company name"),
            *("Delivery state", "Delivery state name", "Delivery address", "Delivery zip/postal code"),
            *("Billing name", "Billing phone", "Billing company name", "Billing country", "Billing state"),
            *("Billing state name", "Billing city", "Billing address", "Billing zip/postal code"),
        ),
    ),
    customer=("contact_email",),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("paid", "partially refunded"),
            Meaning.PENDING: ("unpaid", "not paid", "pending", "partially paid"),
            Meaning.OPEN: ("authorized",),
            Meaning.VOID: ("canceled", "cancelled", "voided"),
            Meaning.FAILED: ("declined", "failed"),
        },
        "fulfillment_status": {Meaning.VOID: ("canceled", "cancelled"), Meaning.NEUTRAL: ("*",)},
    },
    refunded={"status": ("refunded", "fully refunded")},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency", once_per="order_id"),
    carry_down="order_id",
    row_id=("order_id",),
    repeats_are_real=True,
    time_zone="UTC",
    notes=("Refunds carry no date: they are counted at the sale's.",),
)

RECIPES = (_ORDERS,)
