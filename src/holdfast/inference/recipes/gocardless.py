"""GoCardless's payments export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    FREE_TEXT,
    LATER,
    NAME,
    NUMBER,
    Field,
    Invoiced,
    Recipe,
    Row,
    Statuses,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_FEE = "a fee, no revenue"
_STATES: Statuses = {
    Meaning.SALE: ("confirmed", "paid_out"),
    Meaning.OPEN: ("pending_customer_approval", "pending_submission", "submitted"),
    Meaning.FAILED: ("failed", "customer_approval_denied"),
    Meaning.VOID: ("cancelled",),
    Meaning.REVERSED: ("charged_back",),
}
_API = "https://developer.gocardless.com/api-reference#core-endpoints-payments"

_PAYMENTS = Recipe(
    key="gocardless/payments",
    title="GoCardless payments export",
    row=Row.CHARGE,
    holds="transactions",
    sources=("https://support.gocardless.com/hc/en-gb/articles/17144227946140-Payment-reports", _API),
    fields=(
        Field(("id",), "order_id", needed=True),
        Field(("charge_date",), "happened_at", needed=True, rare=True),
        Field(("amount",), "amount", needed=True),
        Field(("amount_refunded",), "refunded_amount", needed=True),
        Field(("currency",), "currency", needed=True),
        Field(("status",), "status", needed=True),
        Field(("customers.id",), "customer_key", rare=True),
        Field(("links.customer",), rare=True),
        Field(("customers.email",), rare=True),
        Field(("description",), kind=Kind.TEXT),
        Field(("customers.city",), kind=Kind.TEXT, rare=True),
        Field(("customers.country_code",), kind=Kind.CATEGORY, rare=True),
        *left_out("the payment's own time is the day of the charge", "created_at"),
        *left_out(_FEE, "transaction_fee", "transaction_fee_tax", "app_fee", rare=True),
        *left_out(LATER, "payout_date"),
        *left_out(LATER, "customers.active_mandates", rare=True),
        *left_out(NUMBER, "reference", "links.mandate", "links.creditor", "links.payout", "links.subscription"),
        *left_out(NAME, "customers.given_name", "customers.family_name", "customers.company_name", rare=True),
        *left_out(ADDRESS, "customers.address_line1", "customers.address_line2", "customers.address_line3"),
        *left_out(ADDRESS, "customers.region", "customers.postal_code", "customers.swedish_identity_number"),
        *left_out(BUSINESS, "customers.language", "customers.created_at"),
        Field(("payments.metadata.*", "metadata.*"), "metadata", out=FREE_TEXT),
    ),
    any_of=(("customer_key", "links_customer", "customers_email"),),
    customer=("customer_key", "links_customer", "customers_email"),
    statuses={"status": _STATES},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency"),
    row_id=("order_id",),
    invoiced=Invoiced("links_subscription"),
    notes=(
        "A payment counts on the day of its charge; what is submitted is not received yet.",
        "Refunds carry no date: they are counted at the payment's.",
    ),
)

RECIPES = (_PAYMENTS,)
