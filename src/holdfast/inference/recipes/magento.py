"""Exports of Magento and Adobe Commerce: the orders table and the admin's orders grid."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
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
from holdfast.table_settings import MoneySettings

_OTHER = "in the buyer's currency: the base amounts can be added up"
_STATUS = {
    Meaning.SALE: (
        "complete",
        "processing",
        "paypal_canceled_reversal",
        "vollständig",
        "in bearbeitung",
        "verarbeitung",
    ),
    Meaning.OPEN: (
        *("pending", "pending_payment", "pending payment", "pending_paypal", "payment_review", "payment review"),
        *("holded", "on hold", "new", "ausstehend", "zahlung ausstehend"),
    ),
    Meaning.VOID: ("canceled", "cancelled", "storniert"),
    Meaning.FAILED: ("fraud", "suspected fraud"),
    Meaning.REVERSED: ("paypal_reversed",),
}
_CLOSED = {"status": ("closed", "geschlossen")}

_TABLE = Recipe(
    key="magento/orders",
    title="Magento table sales_order",
    row=Row.ORDER,
    holds="transactions",
    sources=("https://developer.adobe.com/commerce/php/module-reference/module-sales/",),
    fields=(
        Field(("increment_id",), "order_id", needed=True, rare=True, kind=Kind.TEXT),
        Field(("created_at",), "happened_at", needed=True),
        Field(("base_grand_total",), "amount", needed=True, rare=True),
        Field(("base_total_refunded",), "refunded_amount", rare=True),
        Field(("status",), "status", needed=True),
        Field(("customer_email",), needed=True),
        Field(("customer_id",), "customer_key"),
        Field(("base_currency_code",), "currency", rare=True),
        Field(("base_discount_amount",), "discount", rare=True),
        Field(("store_id",), "channel", kind=Kind.CATEGORY),
        Field(("customer_group_id",), kind=Kind.CATEGORY),
        Field(("total_qty_ordered",), "quantity", rare=True),
        Field(("coupon_code",)),
        Field(("entity_id",), needed=True, out=NUMBER),
        *left_out(_OTHER, "grand_total", "total_paid", "total_refunded", "discount_amount", "order_currency_code"),
        *left_out(_OTHER, "shipping_amount", "subtotal", "tax_amount"),
        *left_out(IN_TOTAL, "base_shipping_amount", "base_subtotal", "base_tax_amount", "base_total_paid", rare=True),
        *left_out("the status says it more exactly", "state"),
        *left_out("says whether there is an account", "customer_is_guest"),
        *left_out(NAME, "customer_firstname", "customer_lastname"),
        *left_out(LATER, "updated_at"),
    ),
    customer=("customer_email", "customer_key"),
    nobody=("", "0"),
    fold_case=True,
    statuses={"status": _STATUS},
    refunded=_CLOSED,
    money=MoneySettings(refunds=("refunded_amount",), currency="currency"),
    row_id=("order_id", "channel"),
    time_zone="UTC",
)

_GRID = Recipe(
    key="magento/grid",
    title="Magento admin export of orders",
    row=Row.ORDER,
    holds="transactions",
    sources=("https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders",),
    fields=(
        Field(("ID",), "order_id", needed=True, kind=Kind.TEXT),
        Field(("Purchase Date", "Order Date"), "happened_at", needed=True, rare=True),
        Field(("Grand Total (Base)",), "amount", needed=True, rare=True),
        Field(("Total Refunded",), "refunded_amount", rare=True),
        Field(("Status",), "status", needed=True),
        Field(("Customer Email",)),
        Field(("Customer Name",)),
        Field(("Bill-to Name",), needed=True, rare=True),
        Field(("Purchase Point",), "channel", needed=True, rare=True),
        Field(("Customer Group",)),
        Field(("Payment Method",), "payment_method"),
        *left_out(_OTHER, "Grand Total (Purchased)", rare=True),
        *left_out(IN_TOTAL, "Subtotal", "Shipping and Handling"),
        *left_out(NAME, "Ship-to Name", rare=True),
        *left_out(ADDRESS, "Billing Address", "Shipping Address"),
        *left_out(BUSINESS, "Shipping Information", "Signifyd Guarantee Decision", "Braintree Transaction Source"),
        *left_out(BUSINESS, "Allocated sources", "Pickup Location Code"),
    ),
    customer=("customer_email", "customer_name", "bill_to_name"),
    fold_case=True,
    statuses={"status": _STATUS},
    refunded=_CLOSED,
    money=MoneySettings(refunds=("refunded_amount",)),
    row_id=("order_id",),
    notes=(
        "Without the column Customer Email customers are names: two people of one name become one.",
        "The file names no currency: amounts are in the shop's.",
    ),
)

RECIPES = (_TABLE, _GRID)
