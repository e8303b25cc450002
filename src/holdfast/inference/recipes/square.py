"""Exports of Square: transactions and items."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Join,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_TENDER = "how much of the total was paid this way"
_FEE = "Square's fee, no revenue"
_WHEN = (
    Field(("Date",), "happened_at", needed=True, joined_with=("time", "time_zone")),
    *left_out("contained in happened_at", "Time", "Time Zone"),
)
_SOURCE = "https://squareup.com/help/us/en/article/5072-summaries-and-reports-from-the-online-square-dashboard"
_KIND = {Meaning.SALE: ("Payment",), Meaning.REFUND: ("Refund",)}

_TRANSACTIONS = Recipe(
    key="square/transactions",
    title="Square transactions export",
    row=Row.CHARGE,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        *_WHEN,
        Field(("Total Collected",), "amount", needed=True, rare=True),
        Field(("Event Type",), needed=True, rare=True),
        Field(("Transaction Status",), "status", rare=True),
        Field(("Transaction ID",), "order_id", needed=True),
        Field(("Customer ID",), "customer_key"),
        Field(("Discounts",), "discount"),
        Field(("Description",), "product"),
        Field(("Location",), "channel"),
        Field(("Dining Option",), rare=True),
        Field(("Source",)),
        Field(("Card Brand",)),
        Field(("Tip",), kind=Kind.MONEY),
        *left_out("what was sold, without tax, tips and gift cards", "Gross Sales", "Net Sales"),
        *left_out(IN_TOTAL, "Service Charges", "Gift Card Sales", rare=True),
        *left_out(IN_TOTAL, "Tax", "Unattributed Tips"),
        *left_out("refunds are rows of their own", "Partial Refunds", rare=True),
        *left_out(_TENDER, "Card", "Cash", "Cash App"),
        *left_out(_TENDER, "Square Gift Card", "Other Tender", "Other Tender Type", "Card Entry Methods", rare=True),
        Field(("Tender Note", "Other Tender Note"), rare=True, out=FREE_TEXT),
        *left_out(_FEE, "Fees", "Net Total"),
        *left_out(_FEE, "Third Party Fees", "Fee Percentage Rate", "Fee Fixed Rate", "International Fee", rare=True),
        *left_out(_FEE, "Free Processing Applied", rare=True),
        *left_out(NUMBER, "Payment ID", "PAN Suffix", "Order Reference ID", "Customer Reference ID"),
        *left_out(NAME, "Customer Name"),
        *left_out(FREE_TEXT, "Details", "Discount Name"),
        *left_out(FREE_TEXT, "Fulfillment Note", "Table Info", rare=True),
        *left_out(BUSINESS, "Device Name", "Device Nickname", "Staff Name", "Staff ID"),
        Field(("Channel",), "square_channel", out=BUSINESS),
        *left_out(LATER, "Deposit ID", "Deposit Date", "Deposit Details", rare=True),
        *left_out(LATER, "Refund Reason"),
    ),
    customer=("customer_key",),
    statuses={
        "event_type": _KIND,
        "status": {
            Meaning.SALE: ("Complete", "Partial Refund", "Full Refund"),
            Meaning.OPEN: ("Pending",),
            Meaning.VOID: ("Canceled",),
        },
    },
    money=MoneySettings(),
    row_id=("order_id", "event_type"),
    notes=(
        "Sales without a customer are walk-ins: their money is counted apart.",
        "Total Collected contains tax and tips.",
    ),
)

_ITEMS = Recipe(
    key="square/items",
    title="Square items export",
    row=Row.LINE,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        *_WHEN,
        Field(("Net Sales",), "amount", needed=True, plus=("tax",)),
        Field(("Event Type",), needed=True, rare=True),
        Field(("Transaction ID",), "order_id", needed=True),
        Field(("Customer ID",), "customer_key"),
        Field(("Item",), "product", needed=True),
        Field(("Category",), "category"),
        Field(("Qty",), "quantity", needed=True),
        Field(("Discounts",), "discount"),
        Field(("Location",), "channel"),
        Field(("Dining Option",), rare=True),
        Field(("Itemization Type",), rare=True),
        Field(("Price Point Name",), needed=True, rare=True, out="a variety of the product"),
        Field(("Modifiers Applied",), rare=True, out="a variety of the product"),
        *left_out("before discounts", "Gross Sales"),
        *left_out("contained in the amount", "Tax"),
        *left_out(NUMBER, "SKU", "GTIN", "Payment ID", "Customer Reference ID", "Token", "PAN Suffix"),
        *left_out("the same as the quantity", "Unit", "Count"),
        *left_out(NAME, "Customer Name"),
        *left_out(FREE_TEXT, "Notes", "Details", "Fulfillment Note"),
        *left_out(BUSINESS, "Device Name", "Employee", "Commission", "Card Brand"),
        Field(("Channel",), "square_channel", out=BUSINESS),
    ),
    customer=("customer_key",),
    statuses={"event_type": _KIND},
    money=MoneySettings(),
    row_id=("order_id", "event_type"),
    repeats_are_real=True,
    joins=(Join("order_id", "square/transactions", "order_id", is_part=True),),
    notes=("Tips are not in this export: its total is below the transactions'.",),
)

RECIPES = (_TRANSACTIONS, _ITEMS)
