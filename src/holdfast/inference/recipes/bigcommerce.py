"""BigCommerce's orders export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
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
from holdfast.table_settings import MoneySettings

_ORDERS = Recipe(
    key="bigcommerce/orders",
    title="BigCommerce orders export",
    row=Row.ORDER,
    holds="transactions",
    sources=(
        "https://support.bigcommerce.com/s/article/Exporting-Orders",
        "https://support.bigcommerce.com/s/article/Order-Statuses",
    ),
    fields=(
        Field(("Order ID",), "order_id", needed=True),
        Field(("Order Date",), "happened_at", needed=True),
        Field(("Order Status",), "status", needed=True),
        Field(("Order Total (inc tax)",), "amount", needed=True, rare=True),
        Field(("Refund Amount",), "refunded_amount"),
        Field(("Order Currency Code",), "currency", needed=True, rare=True),
        Field(("Customer Email",)),
        Field(("Billing Email",)),
        Field(("Customer ID",), "customer_key", needed=True),
        Field(("Total Quantity",), "quantity", rare=True),
        Field(("Channel Name",), "channel"),
        Field(("Payment Method",), "payment_method"),
        Field(("Ship Method",), rare=True),
        Field(("Billing Country",), kind=Kind.CATEGORY),
        Field(("Billing Suburb",), kind=Kind.TEXT, rare=True),
        Field(("Store Credit Redeemed",), kind=Kind.MONEY, rare=True),
        Field(("Gift Certificate Amount Redeemed",), kind=Kind.MONEY, rare=True),
        *left_out(IN_TOTAL, "Subtotal (inc tax)", "Subtotal (ex tax)", "Shipping Cost (inc tax)", rare=True),
        *left_out(IN_TOTAL, "Shipping Cost (ex tax)", "Handling Cost (inc tax)", "Handling Cost (ex tax)", rare=True),
        *left_out(IN_TOTAL, "Order Total (ex tax)", rare=True),
        *left_out(IN_TOTAL, "Tax Total", "Fee Details"),
        *left_out(NUMBER, "Gift Certificate Code", "Gift Certificate Expiration Date", rare=True),
        *left_out(NUMBER, "Exchange Rate", "Channel ID"),
        *left_out(LATER, "Date Shipped", "Total Shipped"),
        *left_out(FREE_TEXT, "Order Notes", "Customer Message", "Product Details", "Coupon Details"),
        *left_out(NAME, "Customer Name", "Billing First Name", "Billing Last Name"),
        *left_out(NAME, "Shipping First Name", "Shipping Last Name"),
        *left_out(ADDRESS, "Customer Phone", "Billing Company", "Billing Street 1", "Billing Street 2"),
        *left_out(ADDRESS, "Billing State", "Billing Zip", "Billing Phone", "Shipping Company", "Shipping Street 1"),
        *left_out(ADDRESS, "Shipping Street 2", "Shipping Suburb", "Shipping State", "Shipping Zip"),
        *left_out(ADDRESS, "Shipping Country", "Shipping Phone", "Shipping Email"),
    ),
    any_of=(("customer_email", "billing_email", "customer_key"),),
    customer=("customer_email", "billing_email", "customer_key"),
    nobody=("", "0"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: (
                *("Completed", "Shipped", "Partially Shipped", "Awaiting Fulfillment", "Awaiting Shipment"),
                *("Awaiting Pickup", "Partially Refunded", "Disputed"),
            ),
            Meaning.OPEN: ("Pending", "Awaiting Payment", "Manual Verification Required"),
            Meaning.FAILED: ("Declined",),
            Meaning.VOID: ("Cancelled",),
            Meaning.DRAFT: ("Incomplete",),
        },
        "payment_method": {Meaning.TEST: ("Test Payment Gateway", "Test Payment Provider"), Meaning.NEUTRAL: ("*",)},
    },
    refunded={"status": ("Refunded",)},
    money=MoneySettings(refunds=("refunded_amount",), currency="currency"),
    row_id=("order_id",),
    notes=("Refunds carry no date: they are counted at the sale's.",),
)

RECIPES = (_ORDERS,)
