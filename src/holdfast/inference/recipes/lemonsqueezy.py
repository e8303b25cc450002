"""Lemon Squeezy's orders, subscriptions and invoices of subscriptions, as its interface spells them."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    BUSINESS,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Invoiced,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_DOLLARS = "the same in dollars"
_YES = ("true", "1", "yes")
_SHARED = (
    Field(("user_email",), needed=True, rare=True),
    Field(("customer_id",), "customer_key", kind=Kind.TEXT),
    Field(("created_at",), "happened_at", needed=True),
    Field(("test_mode",), "test_mode", kind=Kind.CATEGORY),
    *left_out("says the same as the status", "status_formatted", rare=True),
    *left_out(NAME, "user_name", rare=True),
    *left_out(LATER, "updated_at"),
    *left_out(BUSINESS, "store_id", "urls*"),
)
_PAID = (
    Field(("total",), "amount", needed=True),
    Field(("refunded_amount",), "refunded_amount"),
    Field(("currency",), "currency"),
    *left_out(IN_TOTAL, "subtotal", "setup_fee", "discount_total", "tax"),
    *left_out(_DOLLARS, "subtotal_usd", "setup_fee_usd", "discount_total_usd", "tax_usd", rare=True),
    *left_out(_DOLLARS, "total_usd", "refunded_amount_usd", rare=True),
    *left_out(BUSINESS, "currency_rate", "tax_name", "tax_rate", "tax_inclusive"),
    *left_out("says again what the refund says", "refunded"),
    *left_out(LATER, "refunded_at"),
)
_TESTS = {Meaning.TEST: _YES, Meaning.NEUTRAL: ("*",)}
_CENTS = "Amounts are cents. Refunds are counted at the order's day."

_ORDERS = Recipe(
    key="lemonsqueezy/orders",
    title="Lemon Squeezy orders export",
    row=Row.ORDER,
    holds="transactions",
    sources=("https://docs.lemonsqueezy.com/api/orders/the-order-object",),
    fields=(
        *_SHARED,
        *_PAID,
        Field(("order_number",), "order_id", needed=True, rare=True),
        Field(("status",), "status", needed=True),
        Field(("first_order_item.product_name", "product_name"), "product"),
        Field(("first_order_item.variant_name", "variant_name"), "variant", kind=Kind.CATEGORY),
        *left_out(NUMBER, "id", "identifier", "first_order_item*"),
    ),
    customer=("user_email", "customer_key"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("paid", "partial_refund"),
            Meaning.OPEN: ("pending",),
            Meaning.FAILED: ("failed",),
            Meaning.REVERSED: ("fraudulent",),
        },
        "test_mode": _TESTS,
    },
    refunded={"status": ("refunded",)},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency", scale=0.01),
    row_id=("order_id",),
    time_zone="UTC",
    notes=(
        _CENTS,
        "The order that begins a subscription stands here; its renewals are in the invoices of subscriptions.",
    ),
)

_INVOICES = Recipe(
    key="lemonsqueezy/subscription_invoices",
    title="Lemon Squeezy subscription invoices export",
    row=Row.INVOICE,
    holds="transactions",
    sources=("https://docs.lemonsqueezy.com/api/subscription-invoices/the-subscription-invoice-object",),
    fields=(
        *_SHARED,
        *_PAID,
        Field(("subscription_id",), needed=True, kind=Kind.TEXT),
        Field(("billing_reason",), needed=True, rare=True, kind=Kind.CATEGORY),
        Field(("id",), "order_id"),
        Field(("status",), "status", needed=True),
        *left_out(BUSINESS, "card_brand", "card_last_four"),
    ),
    customer=("user_email", "customer_key"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("paid", "partial_refund"),
            Meaning.OPEN: ("pending",),
            Meaning.VOID: ("void",),
        },
        "test_mode": _TESTS,
    },
    refunded={"status": ("refunded",)},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency", scale=0.01),
    row_id=("order_id",),
    invoiced=Invoiced("subscription_id"),
    time_zone="UTC",
    notes=(_CENTS,),
)

_SUBSCRIPTIONS = Recipe(
    key="lemonsqueezy/subscriptions",
    title="Lemon Squeezy subscriptions export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=("https://docs.lemonsqueezy.com/api/subscriptions/the-subscription-object",),
    fields=(
        *_SHARED,
        Field(("id",), "subscription_id"),
        Field(("status",), "status", needed=True),
        Field(("ends_at",), "ended_at", needed=True),
        Field(("renews_at",), "paid_until", needed=True, rare=True),
        Field(("trial_ends_at",), "trial_until", rare=True),
        Field(("product_name",), "plan"),
        Field(("variant_name",), "variant", kind=Kind.CATEGORY),
        *left_out("says again what the status says", "cancelled"),
        *left_out(NUMBER, "order_id", "order_item_id", "product_id", "variant_id", "first_subscription_item*"),
        *left_out(BUSINESS, "card_brand", "card_last_four", "payment_processor", "billing_anchor"),
        *left_out(LATER, "pause*"),
    ),
    customer=("user_email", "customer_key"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.RUNNING: ("active",),
            Meaning.TRIALING: ("on_trial",),
            Meaning.PAUSED: ("paused",),
            Meaning.PAST_DUE: ("past_due", "unpaid"),
            Meaning.NOTICE: ("cancelled",),
            Meaning.ENDED: ("expired",),
        },
        "test_mode": _TESTS,
    },
    subscriptions=SubscriptionSettings(rows="periods"),
    row_id=("subscription_id",),
    time_zone="UTC",
    notes=("The file holds no prices: bring the invoices of subscriptions to see revenue.",),
)

RECIPES = (_ORDERS, _INVOICES, _SUBSCRIPTIONS)
