"""Exports of Shopify: orders and customers."""

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
    Proof,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import MoneySettings

_ORDERS = Recipe(
    key="shopify/orders",
    title="Shopify orders export",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders",
        "https://shopify.dev/docs/api/admin-graphql/latest/enums/OrderDisplayFinancialStatus",
    ),
    fields=(
        Field(("Name",), "order_id", needed=True),
        Field(("Email",)),
        Field(("Phone",)),
        Field(("Financial Status",), "status", needed=True, rare=True),
        Field(("Created at",), "happened_at", needed=True),
        Field(("Total",), "amount", needed=True),
        Field(("Refunded Amount",), "refunded_amount", rare=True),
        Field(("Outstanding Balance",), "outstanding_amount", rare=True),
        Field(("Currency",), "currency"),
        Field(("Lineitem quantity",), "quantity", needed=True, rare=True),
        Field(("Lineitem name",), "product", needed=True, rare=True),
        Field(("Lineitem price",), "unit_price", needed=True, rare=True),
        Field(("Lineitem discount",), "discount", rare=True),
        Field(("Source",), "channel"),
        Field(("Payment Method",), "payment_method"),
        Field(("Discount Code",)),
        Field(("Discount Amount",), kind=Kind.MONEY),
        Field(("Shipping Method",)),
        Field(("Accepts Marketing",), kind=Kind.FLAG),
        Field(("Vendor",)),
        Field(("Billing City",), kind=Kind.TEXT),
        Field(("Billing Country",), kind=Kind.CATEGORY),
        Field(("Location",)),
        *left_out(IN_TOTAL, "Subtotal", "Shipping", "Taxes", "Duties"),
        *(Field((f"Tax {n} {word}",), rare=True, out=IN_TOTAL) for n in range(1, 6) for word in ("Name", "Value")),
        *left_out(LATER, "Paid at", "Fulfillment Status", "Fulfilled at", "Risk Level", rare=True),
        Field(("Cancelled at", "Canceled at"), "cancelled_at", kind=Kind.TIME),
        *left_out(LATER, "Next Payment Due At", "Tags"),
        *left_out(
            "says the same as the product",
            "Lineitem sku",
            "Lineitem compare at price",
            "Lineitem requires shipping",
            "Lineitem taxable",
            rare=True,
        ),
        *left_out(LATER, "Lineitem fulfillment status", rare=True),
        *left_out(
            ADDRESS,
            *(
                f"{side} {word}"
                for side in ("Billing", "Shipping")
                for word in ("Name", "Street", "Address1", "Address2", "Company", "Zip", "Province", "Phone")
            ),
            "Shipping City",
            "Shipping Country",
            "Billing Province Name",
            "Shipping Province Name",
        ),
        *left_out(FREE_TEXT, "Notes", "Note Attributes"),
        *left_out(NUMBER, "Id", "Payment Reference", "Payment References", "Payment ID", "Receipt Number"),
        *left_out(BUSINESS, "Employee", "Device ID", "Payment Terms Name"),
    ),
    customer=("email", "phone"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("paid", "partially_refunded"),
            Meaning.PENDING: ("pending", "partially_paid", "unpaid"),
            Meaning.OPEN: ("authorized",),
            Meaning.VOID: ("voided", "expired"),
        },
        "payment_method": {Meaning.TEST: ("bogus", "(for testing) bogus gateway"), Meaning.NEUTRAL: ("*",)},
        "cancelled_at": {Meaning.VOID: ("*",)},
    },
    # What was paid, or given back, is told by the status, be the order cancelled or not.
    unless={"cancelled_at": UnlessSettings(column="status", says=("paid", "partially_refunded", "refunded"))},
    refunded={"status": ("refunded",)},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency", once_per="order_id"),
    carry_down="order_id",
    row_id=("order_id",),
    repeats_are_real=True,
    proofs=(Proof("amount", ("subtotal", "shipping", "taxes"), perhaps=("taxes",)),),
    notes=(
        "Refunds carry no date: they are counted at the sale's. An order cancelled or given back in whole by the day "
        "of the export counts at no cutoff, not even at those before that; where a project has a cutoff, orders "
        "cancelled at it or later count as sold.",
    ),
)

_CUSTOMERS = Recipe(
    key="shopify/customers",
    title="Shopify customers export",
    row=Row.TOTALS,
    holds="customers",
    sources=("https://help.shopify.com/en/manual/customers/import-export-customers",),
    fields=(
        Field(("Email",), needed=True),
        Field(("Phone",)),
        Field(("Customer ID",), "customer_key", kind=Kind.TEXT),
        Field(("Total Spent",), "total_amount", needed=True, rare=True),
        Field(("Total Orders",), "purchases", needed=True, rare=True),
        Field(("Accepts Email Marketing", "Accepts Marketing"), kind=Kind.FLAG, rare=True),
        Field(("Accepts SMS Marketing",), kind=Kind.FLAG, rare=True),
        Field(("Accepts WhatsApp Marketing",), kind=Kind.FLAG, rare=True),
        Field(("Tax Exempt",), kind=Kind.FLAG, needed=True, rare=True),
        Field(("Default Address City", "City"), "city", kind=Kind.TEXT),
        Field(("Default Address Country Code", "Country Code"), "country_code", kind=Kind.CATEGORY),
        *left_out(NAME, "First Name", "Last Name"),
        *left_out(
            ADDRESS,
            "Default Address Company",
            "Default Address Address1",
            "Default Address Address2",
            "Default Address Province Code",
            "Default Address Zip",
            "Default Address Phone",
            rare=True,
        ),
        *left_out(ADDRESS, "Company", "Address1", "Address2", "Province", "Province Code", "Country", "Zip"),
        *left_out(FREE_TEXT, "Note", "Tags"),
    ),
    customer=("email", "phone", "customer_key"),
    fold_case=True,
    notes=(
        "The file holds no date: bring the orders export as well to learn who leaves.",
        "Total Spent is a total over the customer's life.",
    ),
)

RECIPES = (_ORDERS, _CUSTOMERS)
