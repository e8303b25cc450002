"""Chargebee's subscriptions, as exported and as its interface spells them."""

from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import LATER, NAME, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_NOTES = (
    "Prices, not payments: revenue needs invoices or transactions as well.",
    "Add-ons are in another file and are not counted.",
)


def _columns(*, exported: bool) -> tuple[Field, ...]:
    """The fields as the export heads them, `subscriptions.plan_id`, or as the interface does, `plan_id`."""
    before = "subscriptions." if exported else ""

    def column(name: str, role: str = "", **more: object) -> Field:
        return replace(Field((f"{before}{name}",), role), **more)  # type: ignore[arg-type]

    return (
        column("id", "subscription_id", needed=True, rare=exported),
        Field(("customers.id" if exported else "customer_id",), "customer_key", needed=True, rare=exported),
        Field(("customers.email" if exported else "customer_email",), "email", rare=exported),
        column("plan_id", "plan", needed=True, rare=exported),
        column("plan_amount", "price", needed=True, rare=True),
        column("plan_quantity", "seats", kind=Kind.NUMBER, rare=True),
        column("currency_code", "currency"),
        column("billing_period", "interval_count", needed=True),
        column("billing_period_unit", "interval", needed=True, rare=True),
        column("status", "status", needed=True, rare=exported),
        column("started_at", "happened_at", needed=True),
        column("cancelled_at", "ended_at", rare=exported),
        column("trial_end", "trial_until"),
        column("current_term_end", "paid_until", rare=True),
        column("pause_date", "paused_at"),
        column("auto_collection", "auto_collection", kind=Kind.FLAG, true=("On", "on"), rare=exported),
        column("cancel_reason", "end_reason", kind=Kind.CATEGORY, rare=True),
        column("plan_unit_price", out="contained in plan_amount"),
        column("activated_at", out="the first paid day: follows from the trial", rare=exported),
        *(
            column(name, out=LATER)
            for name in ("start_date", "trial_start", "current_term_start", "remaining_billing_cycles", "created_at")
        ),
        *(column(name, out=LATER) for name in ("next_billing_at", "resume_date", "po_number")),
        *left_out(NAME, *(f"customers.{word}_name" for word in ("first", "last") if exported)),
    )


_EXPORT = Recipe(
    key="chargebee/subscriptions",
    title="Chargebee subscriptions export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=(
        "https://www.chargebee.com/docs/2.0/standard-subscriptions.html",
        "https://apidocs.chargebee.com/docs/api/subscriptions",
    ),
    fields=_columns(exported=True),
    customer=("customer_key", "email"),
    statuses={
        "status": {
            Meaning.RUNNING: ("active",),
            Meaning.NOTICE: ("non_renewing", "non renewing"),
            Meaning.TRIALING: ("in_trial", "in trial"),
            Meaning.PAUSED: ("paused",),
            Meaning.ENDED: ("cancelled",),
            Meaning.NEVER_STARTED: ("future",),
            Meaning.NEUTRAL: ("transferred",),
        },
        "end_reason": {
            Meaning.PAYMENT_FAILED: ("not_paid", "not paid", "no_card", "no card"),
            Meaning.NEUTRAL: ("*",),
        },
    },
    money=MoneySettings(currency="currency"),
    subscriptions=SubscriptionSettings(rows="periods", interval="interval"),
    row_id=("subscription_id",),
    notes=_NOTES,
)

_INTERFACE = replace(
    _EXPORT,
    key="chargebee/api",
    title="Chargebee subscriptions from the API",
    fields=_columns(exported=False),
    money=MoneySettings(currency="currency", scale=0.01),
    time_zone="UTC",
    notes=(*_NOTES, "Amounts are cents."),
)

RECIPES = (_EXPORT, _INTERFACE)
