"""Chargebee's subscriptions and invoices, as exported and as its interface spells them."""

from dataclasses import replace
from functools import partial
from typing import Any

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

_NOT_RECEIVED = "not received: the amount is what was paid"
_NOTES = (
    "Prices, not payments: revenue needs invoices or transactions as well.",
    "Add-ons are in another file and are not counted.",
)


def _column(before: str, name: str, role: str = "", **more: Any) -> Field:
    """A field under the name of its table, as the export heads it."""
    return replace(Field((f"{before}{name}",), role), **more)


def _columns(*, exported: bool) -> tuple[Field, ...]:
    """The fields as the export heads them, `subscriptions.plan_id`, or as the interface does, `plan_id`."""
    column = partial(_column, "subscriptions." if exported else "")
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


def _invoice_columns(*, exported: bool) -> tuple[Field, ...]:
    """The fields as the export heads them, `invoices.amount_paid`, or as the interface does."""
    column = partial(_column, "invoices." if exported else "")
    return (
        column("id", "order_id", needed=True, rare=exported),
        column("customer_id", "customer_key", needed=not exported, rare=exported),
        Field(("customers.id",), "customer_number", rare=exported),
        Field(("customers.email",), "email"),
        column("subscription_id", "subscription_key", kind=Kind.TEXT, rare=exported),
        column("status", "status", needed=True, rare=exported),
        column("date", "happened_at", needed=True, rare=exported),
        column("amount_paid", "amount", needed=True, rare=True),
        column("currency_code", "currency"),
        column("recurring", kind=Kind.FLAG),
        *(column(name, rare=True, out=_NOT_RECEIVED) for name in ("amount_due", "amount_adjusted", "write_off_amount")),
        *(column(name, rare=True, out=_NOT_RECEIVED) for name in ("credits_applied", "amount_to_collect")),
        *(column(name, out=IN_TOTAL) for name in ("total", "sub_total", "tax", "round_off_amount", "new_sales_amount")),
        *(column(name, out=LATER) for name in ("due_date", "paid_at", "voided_at", "updated_at", "dunning_status")),
        *(
            column(name, out=BUSINESS)
            for name in ("price_type", "net_term_days", "exchange_rate", "channel", "deleted")
        ),
        *(column(name, out=BUSINESS) for name in ("base_currency_code", "business_entity_id")),
        *(column(name, out=NUMBER) for name in ("po_number", "vat_number")),
        *left_out(NAME, *(f"customers.{word}" for word in ("first_name", "last_name", "company") if exported)),
    )


_INVOICES = Recipe(
    key="chargebee/invoices",
    title="Chargebee invoices export",
    row=Row.INVOICE,
    holds="transactions",
    sources=("https://datacatalog.chargebee.com/invoices", "https://apidocs.chargebee.com/docs/api/invoices"),
    fields=_invoice_columns(exported=True),
    any_of=(("customer_key", "customer_number", "email"),),
    customer=("customer_key", "customer_number", "email"),
    statuses={
        "status": {
            Meaning.SALE: ("paid",),
            Meaning.OPEN: ("posted", "payment_due", "payment due", "pending"),
            Meaning.FAILED: ("not_paid", "not paid"),
            Meaning.VOID: ("voided",),
        }
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    invoiced=Invoiced("subscription_key"),
    notes=("The amount is what was paid; what was given back later is in the credit notes, a file of their own.",),
)

_INVOICES_INTERFACE = replace(
    _INVOICES,
    key="chargebee/api_invoices",
    title="Chargebee invoices from the API",
    fields=_invoice_columns(exported=False),
    money=MoneySettings(currency="currency", scale=0.01),
    time_zone="UTC",
    notes=(*_INVOICES.notes, "Amounts are cents."),
)

RECIPES = (_EXPORT, _INTERFACE, _INVOICES, _INVOICES_INTERFACE)
