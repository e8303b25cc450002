"""Gumroad's sales export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import MoneySettings

_FEE = "a fee, no revenue"
_YES = ("1", "true", "yes")

_SALES = Recipe(
    key="gumroad/sales",
    title="Gumroad sales export",
    row=Row.CHARGE,
    holds="transactions",
    sources=(
        "https://github.com/antiwork/gumroad/blob/main/app/services/exports/purchase_export_service.rb",
        "https://gumroad.com/help/article/74-the-analytics-dashboard",
    ),
    fields=(
        Field(("Purchase ID",), "order_id", needed=True),
        Field(("Purchase Email",), needed=True, rare=True),
        Field(("Buyer Email",)),
        Field(("Purchase Date",), "happened_at", needed=True, joined_with=("time",)),
        Field(("Purchase Time (UTC timezone)",), "time", needed=True, rare=True, out="contained in happened_at"),
        Field(("Sale Price ($)",), "amount", needed=True, rare=True),
        Field(("Partial Refund ($)",), "refunded_amount", needed=True, rare=True),
        Field(("Fully Refunded?",), needed=True, rare=True),
        Field(("Disputed?",), rare=True),
        Field(("Dispute Won?",), kind=Kind.CATEGORY, rare=True),
        Field(("Free trial purchase?",), rare=True),
        Field(("Pre-order authorization?",), rare=True),
        Field(("Item Name",), "product", needed=True),
        Field(("Quantity",), "quantity"),
        Field(("Variants",)),
        Field(("Recurring Charge?",), kind=Kind.CATEGORY, rare=True),
        Field(("Recurrence",), kind=Kind.CATEGORY),
        Field(("Discount Code",)),
        Field(("Country",), kind=Kind.CATEGORY),
        Field(("City",), kind=Kind.TEXT),
        Field(("Referrer",), "channel"),
        Field(("Payment Type",), "payment_method"),
        Field(("Discover?",), kind=Kind.CATEGORY, rare=True),
        Field(("UTM Source",)),
        Field(("UTM Medium",)),
        Field(("UTM Campaign",)),
        *left_out("after Gumroad's fees", "Net Total ($)", rare=True),
        *left_out(_FEE, "Fees ($)", "Affiliate commission ($)", rare=True),
        *left_out(_FEE, "PayPal Fee Amount", "Stripe Fee Amount", rare=True),
        *left_out(BUSINESS, "PayPal Fee Currency", "Stripe Fee Currency", "Affiliate"),
        *left_out(IN_TOTAL, "Subtotal ($)", "Taxes ($)", "Shipping ($)", "Tip ($)", rare=True),
        *left_out(IN_TOTAL, "Item Price ($)", "Variants Price ($)", rare=True),
        *left_out("says how the taxes stand in the price", "Tax Included in Price?", rare=True),
        *left_out("says again what the refunds say", "Refunded?", rare=True),
        *left_out(LATER, "Subscription End Date", "Rating", "Review"),
        *left_out(LATER, "Pre-order authorization time (UTC timezone)", rare=True),
        *left_out(BUSINESS, "Do not contact?", "Upsold?", "Purchasing Power Parity Discounted?", rare=True),
        *left_out(BUSINESS, "Sent Abandoned Cart Email?", rare=True),
        *left_out(NUMBER, "Product ID", "Order Number", "SKU ID", "License Key"),
        *left_out(NUMBER, "PayPal Transaction ID", "Stripe Transaction ID"),
        *left_out(NAME, "Buyer Name", "Giftee Email"),
        *left_out(ADDRESS, "Street Address", "Zip Code", "State"),
        *left_out(FREE_TEXT, "Custom Fields", "UTM Term", "UTM Content"),
    ),
    customer=("purchase_email", "buyer_email"),
    fold_case=True,
    statuses={
        "fully_refunded": {Meaning.REVERSED: _YES, Meaning.NEUTRAL: ("*",)},
        "disputed": {Meaning.REVERSED: _YES, Meaning.NEUTRAL: ("*",)},
        "free_trial_purchase": {Meaning.OPEN: _YES, Meaning.NEUTRAL: ("*",)},
        "pre_order_authorization": {Meaning.OPEN: _YES, Meaning.NEUTRAL: ("*",)},
    },
    unless={"disputed": UnlessSettings(column="dispute_won", says=_YES)},
    money=MoneySettings(refunds=("refunded_amount",)),
    row_id=("order_id",),
    time_zone="UTC",
    notes=(
        "All amounts are US dollars, before Gumroad's fees; the last row holds totals and is nobody's.",
        "Refunds and disputes carry no date: they are counted at the sale's.",
    ),
)

RECIPES = (_SALES,)
