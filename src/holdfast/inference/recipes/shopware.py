"""Shopware 5's exports of orders: one row an order, or one a position."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
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
from holdfast.table_settings import MoneySettings

_ORDERS = Recipe(
    key="shopware/orders",
    title="Shopware 5 orders export",
    row=Row.ORDER,
    holds="transactions",
    sources=(
        "https://docs.shopware.com/en/shopware-5-en/import-export/import-export-orders",
        "https://docs.shopware.com/en/shopware-5-en/orders/order-overview",
    ),
    fields=(
        Field(("number", "orderNumber"), "order_id", needed=True),
        Field(("customerId",), "customer_key"),
        Field(("email", "customerEmail")),
        Field(("orderTime",), "happened_at", needed=True),
        Field(("invoiceAmount",), "amount", needed=True, rare=True),
        Field(("status",), "status", needed=True),
        Field(("cleared",), kind=Kind.CATEGORY, needed=True, rare=True),
        Field(("currency",), "currency"),
        Field(("articleName",), "product"),
        Field(("paymentName", "paymentDescription"), "payment_method"),
        Field(("languageIso",), kind=Kind.CATEGORY, rare=True),
        *left_out("without tax", "invoiceAmountNet", rare=True),
        *left_out(IN_TOTAL, "invoiceShipping", "invoiceShippingNet", rare=True),
        *left_out("of a position: the order's amount counts once", "price", "quantity", "taxRate"),
        *left_out("says how the taxes stand in the price", "net", "taxFree"),
        *left_out("rate of the currency of the order", "currencyFactor", rare=True),
        Field(("orderId",), "internal_id", out=NUMBER),
        *left_out(NUMBER, "orderDetailId", "articleId", "transactionId", "temporaryId", "articleNumber"),
        *left_out(BUSINESS, "partnerId", "shopId", "referer", "dispatchName", "dispatchDescription"),
        *left_out(LATER, "clearedDate", "trackingCode", "shipped", "shippedGroup", "releaseDate"),
        *left_out(FREE_TEXT, "comment", "customerComment", "internalComment"),
        *left_out(NAME, "billingFirstName", "billingLastName", "billingCompany"),
    ),
    any_of=(("customer_key", "email"),),
    customer=("email", "customer_key"),
    fold_case=True,
    statuses={
        # The numbers of s_core_states: of the order, and of its payment.
        "status": {
            Meaning.SALE: ("0", "1", "2", "3", "5", "6", "7", "8"),
            Meaning.VOID: ("4", "-1"),
        },
        "cleared": {
            Meaning.SALE: ("11", "12"),
            Meaning.PENDING: ("9", "10", "13", "14", "15", "16"),
            Meaning.OPEN: ("17", "18", "19", "21", "31", "32", "33", "34"),
            Meaning.FAILED: ("30",),
            Meaning.REVERSED: ("20",),
            Meaning.VOID: ("35",),
        },
    },
    money=MoneySettings(currency="currency", once_per="order_id"),
    repeats_are_real=True,
    notes=(
        "Refunds in part are not in this export: an order counts with all of its amount unless it was credited again.",
        "What was invoiced or dunned counts as not received yet; what is open, reserved or delayed does not count.",
    ),
)

RECIPES = (_ORDERS,)
