"""Paddle Billing's subscriptions and transactions, flattened from its interface."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import IN_TOTAL, LATER, NUMBER, Field, Invoiced, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_TERM = "the term of a subscription that was invoiced"

_SUBSCRIPTIONS = Recipe(
    key="paddle/subscriptions",
    title="Paddle subscriptions export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=("https://developer.paddle.com/api-reference/subscriptions/overview",),
    fields=(
        Field(("id",), "subscription_id", needed=True),
        Field(("customer_id",), "customer_key", needed=True),
        Field(("status",), "status", needed=True),
        Field(("started_at",), "happened_at", needed=True),
        Field(("canceled_at",), "ended_at", needed=True),
        Field(("paused_at",), "paused_at"),
        Field(("current_billing_period.ends_at",), "paid_until", rare=True),
        Field(("items.0.trial_dates.ends_at",), "trial_until", rare=True),
        Field(("items.0.price.unit_price.amount",), "price", rare=True),
        Field(("items.0.quantity",), "quantity", rare=True),
        Field(("items.0.price.name",), "plan", rare=True),
        Field(("billing_cycle.interval",), "interval", needed=True, rare=True),
        Field(("billing_cycle.frequency",), "interval_count", rare=True),
        Field(("currency_code",), "currency"),
        Field(("scheduled_change.action",), "change", kind=Kind.CATEGORY, rare=True),
        Field(("collection_mode",)),
        Field(("next_billed_at",), needed=True, rare=True, out="the end of the term says it"),
        *left_out("the same as the end of the term", "scheduled_change.effective_at", rare=True),
        *left_out("the first paid day: follows from the trial", "first_billed_at", rare=True),
        *left_out(LATER, "current_billing_period.starts_at", "items.0.trial_dates.starts_at", rare=True),
        *left_out(LATER, "created_at", "updated_at"),
        *left_out(NUMBER, "address_id", "business_id"),
        *left_out(NUMBER, "items.0.price.id", rare=True),
    ),
    customer=("customer_key",),
    statuses={
        "status": {
            Meaning.RUNNING: ("active",),
            Meaning.TRIALING: ("trialing",),
            Meaning.PAST_DUE: ("past_due",),
            Meaning.PAUSED: ("paused",),
            Meaning.ENDED: ("canceled",),
        },
        "change": {Meaning.NOTICE: ("cancel",), Meaning.NEUTRAL: ("pause", "resume")},
    },
    money=MoneySettings(currency="currency", scale=0.01),
    subscriptions=SubscriptionSettings(rows="periods", interval="interval"),
    row_id=("subscription_id",),
    time_zone="UTC",
    notes=(
        "Prices, not payments: revenue needs the transactions as well.",
        "The first item of each subscription is counted.",
        "Amounts are in cents; in whole units of currencies that have none (JPY, KRW).",
    ),
)

_TRANSACTIONS = Recipe(
    key="paddle/transactions",
    title="Paddle transactions export",
    row=Row.CHARGE,
    holds="transactions",
    sources=("https://developer.paddle.com/api-reference/transactions/overview",),
    fields=(
        Field(("id",), "order_id", needed=True),
        Field(("customer_id",), "customer_key", needed=True),
        Field(("created_at",), "happened_at", needed=True),
        Field(("details.totals.grand_total",), "amount", needed=True, rare=True),
        Field(("status",), "status", needed=True),
        Field(("currency_code",), "currency"),
        Field(("origin",), needed=True, rare=True, kind=Kind.CATEGORY),
        Field(("collection_mode",)),
        Field(("details.totals.discount",), "discount", rare=True),
        Field(("subscription_id",), needed=True, out=NUMBER),
        Field(("billing_period.starts_at",), "period_start", rare=True, out=_TERM),
        Field(("billing_period.ends_at",), "period_end", rare=True, out=_TERM),
        *left_out(NUMBER, "invoice_number"),
        *left_out(LATER, "billed_at"),
        *left_out(IN_TOTAL, "details.totals.subtotal", "details.totals.tax", "details.totals.total", rare=True),
        *left_out("after Paddle's fee", "details.totals.fee", "details.totals.earnings", rare=True),
    ),
    customer=("customer_key",),
    statuses={
        "status": {
            Meaning.SALE: ("completed", "paid"),
            Meaning.OPEN: ("billed",),
            Meaning.DRAFT: ("draft", "ready"),
            Meaning.FAILED: ("past_due",),
            Meaning.VOID: ("canceled",),
        },
        "origin": {Meaning.TRANSFER: ("subscription_payment_method_change",), Meaning.NEUTRAL: ("*",)},
    },
    money=MoneySettings(currency="currency", scale=0.01),
    row_id=("order_id",),
    invoiced=Invoiced("subscription_id", begin="period_start", end="period_end"),
    time_zone="UTC",
    notes=("Refunds are adjustments, in a table of their own, and are not taken off.",),
)

RECIPES = (_SUBSCRIPTIONS, _TRANSACTIONS)
