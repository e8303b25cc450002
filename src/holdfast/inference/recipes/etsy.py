"""Etsy's exports of sold orders and of sold order items."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import ADDRESS, LATER, NAME, NUMBER, Field, Join, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_SOURCE = "https://help.etsy.com/hc/en-us/articles/115015596007"
_FEE = "after fees: what remains, not what the customer paid"
_TAX = "sales tax, which Etsy keeps"
_FORMATS = ("%m/%d/%y", "%m/%d/%Y")

_ORDERS = Recipe(
    key="etsy/orders",
    title="Etsy sold orders export",
    row=Row.ORDER,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        Field(("Order ID",), "order_id", needed=True),
        Field(("Sale Date",), "happened_at", needed=True, formats=_FORMATS),
        Field(
            ("Order Value",),
            "amount",
            needed=True,
            rare=True,
            plus=("shipping",),
            minus=("discount_amount", "shipping_discount"),
        ),
        Field(("Buyer User ID",), needed=True, rare=True),
        Field(("Full Name",), needed=True),
        Field(("Currency",), "currency"),
        Field(("Number of Items",), "quantity", rare=True),
        Field(("SKU",), "product"),
        Field(("Payment Method",), "payment_method"),
        Field(("Order Type",), "channel"),
        Field(("Coupon Code",)),
        Field(("Ship Country", "Delivery Country"), kind=Kind.CATEGORY),
        Field(("Ship City", "Delivery City"), kind=Kind.TEXT),
        Field(("Status",), "status"),
        Field(("Shipping", "Delivery"), out="contained in the amount"),
        *left_out("contained in the amount", "Discount Amount"),
        Field(("Shipping Discount", "Delivery Discount"), rare=True, out="contained in the amount"),
        *left_out(_TAX, "Sales Tax"),
        Field(("Order Total",), needed=True, out="contains sales tax, which Etsy keeps"),
        Field(("Order Net",), needed=True, rare=True, out=_FEE),
        *left_out(
            _FEE, "Card Processing Fees", "Adjusted Card Processing Fees", "Adjusted Net Order Amount", rare=True
        ),
        *left_out(LATER, "Adjusted Order Total", rare=True),
        Field(("Date Shipped", "Date Posted"), out=LATER),
        *left_out("the same as the coupon's code", "Coupon Details"),
        *left_out(NAME, "First Name", "Last Name", "Buyer"),
        *left_out(ADDRESS, "Street 1", "Street 2"),
        Field(("Ship State", "Delivery State"), out=ADDRESS),
        Field(("Ship Zipcode", "Delivery Zipcode"), out=ADDRESS),
        *left_out("says how it was paid", "Payment Type"),
        *left_out("of sales in person", "InPerson Discount", "InPerson Location", rare=True),
    ),
    customer=("buyer_user_id", "full_name"),
    fold_case=True,
    statuses={
        "status": {
            Meaning.SALE: ("completed", "paid", "shipped", "posted", "dispatched"),
            Meaning.PENDING: ("open", "processing", "unpaid"),
            Meaning.VOID: ("canceled", "cancelled"),
            Meaning.REVERSED: ("refunded", "fully refunded"),
        },
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    notes=(
        "Refunds in part are not taken off: Adjusted Order Total is 0.00 both for full refunds and for none.",
        "Guests have no user name: they are named by their full names.",
    ),
)

_ITEMS = Recipe(
    key="etsy/items",
    title="Etsy sold order items export",
    row=Row.LINE,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        Field(("Order ID",), "order_id", needed=True),
        Field(("Sale Date",), "happened_at", needed=True, formats=_FORMATS),
        Field(("Item Total",), "amount", needed=True, rare=True, minus=("discount_amount",)),
        Field(("Item Name",), "product", needed=True),
        Field(("Quantity",), "quantity", needed=True),
        Field(("Price",), "unit_price", needed=True),
        Field(("Buyer",), needed=True),
        Field(("Currency",), "currency"),
        Field(("Order Type",), "channel"),
        Field(("Variations",)),
        Field(("Coupon Code",)),
        Field(("Ship Country",), kind=Kind.CATEGORY),
        Field(("Ship City",), kind=Kind.TEXT),
        Field(("Transaction ID",), "line_id", needed=True, kind=Kind.TEXT),
        *left_out("of the whole order, repeated on each of its lines", "Order Shipping", "Order Sales Tax", rare=True),
        *left_out("of the whole order, repeated on each of its lines", "Shipping Discount", rare=True),
        *left_out("contained in the amount", "Discount Amount"),
        *left_out("the same as the coupon's code", "Coupon Details"),
        *left_out(NUMBER, "Listing ID", "SKU"),
        *left_out(LATER, "Date Paid", "Date Shipped"),
        *left_out(NAME, "Ship Name"),
        *left_out(ADDRESS, "Ship Address1", "Ship Address2", "Ship State", "Ship Zipcode"),
        *left_out("says how it was paid", "Payment Type"),
        *left_out("says how the shop lists it", "Listings Type", rare=True),
        *left_out("of sales in person", "InPerson Discount", "InPerson Location", rare=True),
        *left_out("a tax", "VAT Paid by Buyer", rare=True),
    ),
    customer=("buyer",),
    fold_case=True,
    money=MoneySettings(currency="currency"),
    row_id=("line_id",),
    joins=(Join("order_id", "etsy/orders", "order_id", is_part=True),),
    notes=("Shipping stands once an order and is not counted here: the orders export has it.",),
)

RECIPES = (_ORDERS, _ITEMS)
