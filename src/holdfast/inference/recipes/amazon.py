"""Amazon's reports for sellers: all orders, FBA shipments, and two that name no customer."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import ADDRESS, BUSINESS, LATER, NAME, NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_SOURCE = "https://developer-docs.amazon.com/sp-api/docs/report-type-values-order"
_TAX = "a tax, which Amazon keeps where it collects it"
_IN_AMOUNT = "contained in the amount"
_FEE = "a fee or a tax"
_NO_CUSTOMER = "it names no buyer; bring the FBA customer shipment sales report, which has buyer-email"

_LINE = (
    Field(("amazon-order-id",), "order_id", needed=True, rare=True),
    Field(("purchase-date",), "happened_at", needed=True),
    Field(("currency",), "currency"),
    Field(("product-name",), "product"),
    Field(("sales-channel",), "channel"),
    Field(("ship-city",), kind=Kind.TEXT),
    Field(("ship-country",), kind=Kind.CATEGORY),
    *left_out(_IN_AMOUNT, "shipping-price", "gift-wrap-price"),
    *left_out(_IN_AMOUNT, "item-promotion-discount", "ship-promotion-discount", rare=True),
    *left_out(_TAX, "item-tax", "shipping-tax", "gift-wrap-tax"),
    *left_out(NUMBER, "merchant-order-id", "sku"),
    *left_out(BUSINESS, "fulfillment-channel", "ship-service-level"),
    *left_out(ADDRESS, "ship-state", "ship-postal-code"),
)

_ALL_ORDERS = Recipe(
    key="amazon/all_orders",
    title="Amazon All Orders report",
    row=Row.LINE,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        *_LINE,
        Field(("order-status",), "status", needed=True, rare=True),
        Field(("item-status",), needed=True, rare=True),
        Field(("quantity",), "quantity", needed=True),
        Field(
            ("item-price",),
            "amount",
            needed=True,
            plus=("shipping_price", "gift_wrap_price"),
            minus=("item_promotion_discount", "ship_promotion_discount"),
        ),
        *left_out(LATER, "last-updated-date"),
        *left_out(NUMBER, "url", "asin", "purchase-order-number", "order-channel"),
        *left_out(BUSINESS, "promotion-ids", "is-business-order", "price-designation"),
    ),
    statuses={
        "status": {
            Meaning.SALE: (
                *("Shipped", "Shipped - Delivered to Buyer", "Shipped - Picked Up", "Shipping", "Complete"),
                *("Partially Shipped", "Shipped - Returned to Seller", "Shipped - Returning to Seller"),
            ),
            Meaning.OPEN: ("Unshipped", "Pending", "Pending - Waiting for Pick Up"),
            Meaning.VOID: ("Cancelled",),
        },
        "item_status": {Meaning.VOID: ("Cancelled",), Meaning.NEUTRAL: ("*",)},
    },
    money=MoneySettings(currency="currency"),
    unusable=_NO_CUSTOMER,
)

_SHIPMENTS = Recipe(
    key="amazon/shipments",
    title="Amazon FBA customer shipment sales report",
    row=Row.LINE,
    holds="transactions",
    sources=(_SOURCE,),
    fields=(
        *_LINE,
        Field(("buyer-email",), needed=True, rare=True),
        Field(("quantity-shipped",), "quantity", needed=True, rare=True),
        Field(
            ("item-price",),
            "amount",
            needed=True,
            # Discounts are negative in this report and positive in All Orders.
            plus=("shipping_price", "gift_wrap_price", "item_promotion_discount", "ship_promotion_discount"),
        ),
        Field(("amazon-order-item-id",), "line_id", kind=Kind.TEXT, rare=True),
        Field(("shipment-item-id",), kind=Kind.TEXT, needed=True, rare=True),
        *left_out(NUMBER, "shipment-id", "merchant-order-item-id", "tracking-number"),
        *left_out(LATER, "payments-date", "shipment-date", "reporting-date", "estimated-arrival-date", rare=True),
        *left_out(BUSINESS, "carrier", "fulfillment-center-id"),
        *left_out(NAME, "buyer-name", "recipient-name"),
        *left_out(ADDRESS, "buyer-phone-number", "ship-address-1", "ship-address-2", "ship-address-3"),
        *left_out(ADDRESS, "ship-phone-number", "bill-address-1", "bill-address-2", "bill-address-3", "bill-city"),
        *left_out(ADDRESS, "bill-state", "bill-postal-code", "bill-country"),
    ),
    customer=("buyer_email",),
    fold_case=True,
    money=MoneySettings(currency="currency"),
    row_id=("shipment_item_id",),
    notes=("Refunds are not in this report.",),
)

_DATE_RANGE = Recipe(
    key="amazon/date_range",
    title="Amazon date range report",
    row=Row.CHARGE,
    holds="transactions",
    sources=("https://sellercentral.amazon.com/help/hub/reference/external/G202195390",),
    fields=(
        Field(("date/time", "Datum/Uhrzeit"), "happened_at", needed=True),
        Field(("type", "Typ"), "kind", needed=True),
        Field(("order id", "Bestellnummer"), "order_id", needed=True),
        Field(("product sales", "Umsätze"), "amount", needed=True, rare=True),
        Field(("description", "Beschreibung"), "product"),
        Field(("quantity", "Menge"), "quantity"),
        Field(("settlement id", "Abrechnungsnummer"), needed=True, rare=True, out=NUMBER),
        Field(("selling fees", "Verkaufsgebühren"), needed=True, rare=True, out=_FEE),
        Field(("total", "Gesamt"), out="after fees"),
        *left_out(_FEE, "fba fees", "other transaction fees", "marketplace withheld tax", rare=True),
        *left_out(_FEE, "product sales tax", "shipping credits tax", "giftwrap credits tax", rare=True),
        *left_out(_IN_AMOUNT, "shipping credits", "gift wrap credits", "promotional rebates", rare=True),
        *left_out(_FEE, "promotional rebates tax", "Regulatory Fee", "Tax On Regulatory Fee", "other"),
        *left_out(BUSINESS, "sku", "marketplace", "account type", "fulfillment", "tax collection model"),
        *left_out(ADDRESS, "order city", "order state", "order postal"),
    ),
    unusable=_NO_CUSTOMER,
)

_SETTLEMENT = Recipe(
    key="amazon/settlement",
    title="Amazon settlement report",
    row=Row.PIECE,
    holds="transactions",
    sources=("https://developer-docs.amazon.com/sp-api/docs/report-type-values-settlement",),
    fields=(
        Field(("settlement-id",), needed=True, rare=True, out=NUMBER),
        Field(("transaction-type",), "kind", needed=True),
        Field(("order-id",), "order_id", needed=True),
        Field(("amount-type",), needed=True, rare=True),
        Field(("amount-description",), needed=True, rare=True),
        Field(("amount",), "amount", needed=True),
        Field(("posted-date-time",), "happened_at", rare=True),
        Field(("currency",), "currency"),
        Field(("sku",), "product"),
        Field(("quantity-purchased",), "quantity"),
        Field(("marketplace-name",), "channel"),
        *left_out(BUSINESS, "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", rare=True),
        *left_out(NUMBER, "merchant-order-id", "adjustment-id", "shipment-id", "fulfillment-id", "order-item-code"),
        *left_out(NUMBER, "merchant-order-item-id", "merchant-adjustment-item-id", "promotion-id"),
        *left_out("the day of posted-date-time", "posted-date"),
    ),
    unusable=_NO_CUSTOMER,
)

RECIPES = (_ALL_ORDERS, _SHIPMENTS, _DATE_RANGE, _SETTLEMENT)
