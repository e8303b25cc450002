"""Recurly's subscriptions export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import BUSINESS, IN_TOTAL, LATER, NAME, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_SUBSCRIPTIONS = Recipe(
    key="recurly/subscriptions",
    title="Recurly subscriptions export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=(
        "https://docs.recurly.com/docs/subscriptions-exports",
        "https://recurly.com/developers/api/v2021-02-25/index.html",
    ),
    fields=(
        Field(("uuid", "subscription_id"), "subscription_id", needed=True),
        Field(("account_code", "account"), "customer_key", needed=True, rare=True),
        Field(("email",)),
        Field(("plan_code",), "plan", needed=True, rare=True),
        Field(("subtotal", "total_recurring_amount"), "price"),
        Field(("quantity",), "seats", kind=Kind.NUMBER),
        Field(("currency",), "currency"),
        Field(("plan_interval_length",), "interval_count", rare=True),
        Field(("plan_interval_unit",), "interval", rare=True),
        Field(("state",), "status", needed=True),
        Field(("activated_at",), "happened_at", needed=True),
        Field(("canceled_at",), "notice_at"),
        Field(("expires_at",), "ended_at", needed=True),
        Field(("trial_ends_at",), "trial_until", rare=True),
        Field(("current_period_ends_at",), "paid_until", rare=True),
        Field(("paused_at",), "paused_at"),
        Field(("auto_renew",), kind=Kind.FLAG),
        Field(("collection_method",)),
        *left_out("the same as plan_code", "plan_name"),
        *left_out(IN_TOTAL, "unit_amount", "add_ons_total"),
        Field(("expiration_reason",), "end_reason", kind=Kind.CATEGORY, rare=True),
        *left_out(LATER, "trial_started_at", "current_period_started_at", rare=True),
        *left_out(LATER, "created_at", "modified_at"),
        *left_out(BUSINESS, "pricing_model", "current_ramp_id"),
        *left_out(NAME, "first_name", "last_name"),
    ),
    customer=("customer_key", "email"),
    statuses={
        "status": {
            Meaning.RUNNING: ("active", "live", "in_trial"),
            Meaning.NOTICE: ("canceled",),
            Meaning.PAST_DUE: ("past_due",),
            Meaning.PAUSED: ("paused",),
            Meaning.ENDED: ("expired",),
            Meaning.NEVER_STARTED: ("future", "failed", "pending"),
        },
        "end_reason": {Meaning.PAYMENT_FAILED: ("nonpayment", "non_payment"), Meaning.NEUTRAL: ("*",)},
    },
    money=MoneySettings(currency="currency"),
    subscriptions=SubscriptionSettings(rows="periods", interval="interval"),
    row_id=("subscription_id",),
    time_zone="UTC",
    notes=(
        "Prices, not payments: revenue needs invoices or transactions as well.",
        "Subscriptions that ended may be in an export of their own: bring both files.",
    ),
)

RECIPES = (_SUBSCRIPTIONS,)
