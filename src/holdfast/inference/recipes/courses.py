"""Public files that courses of this field use: FLO, Olist, Maven's subscriptions, sales_data_sample."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    FREE_TEXT,
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
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_IN_SUM = "contained in the sum of both"

_FLO = Recipe(
    key="courses/flo",
    title="FLO customers file",
    row=Row.TOTALS,
    holds="customers",
    sources=("https://www.miuul.com/crm-analitigi",),
    fields=(
        Field(("master_id",), "customer_key", needed=True, rare=True),
        Field(("first_order_date",), "first_purchase_at", needed=True),
        Field(("last_order_date",), "last_purchase_at", needed=True),
        Field(
            ("order_num_total_ever_online",),
            "purchases",
            needed=True,
            rare=True,
            plus=("order_num_total_ever_offline",),
        ),
        Field(
            ("customer_value_total_ever_online",),
            "total_amount",
            needed=True,
            rare=True,
            plus=("customer_value_total_ever_offline",),
        ),
        Field(("order_channel",), kind=Kind.CATEGORY),
        Field(("interested_in_categories_12",), kind=Kind.TEXT, rare=True),
        Field(("order_num_total_ever_offline",), needed=True, rare=True, out=_IN_SUM),
        Field(("customer_value_total_ever_offline",), needed=True, rare=True, out=_IN_SUM),
        *left_out(
            "the later of both is last_order_date", "last_order_date_online", "last_order_date_offline", rare=True
        ),
        *left_out("of the last purchase", "last_order_channel", rare=True),
    ),
    customer=("customer_key",),
    notes=("One row a customer with totals: who leaves next needs the log of orders.",),
)

_OLIST = ("https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce",)

_OLIST_ORDERS = Recipe(
    key="courses/olist_orders",
    title="Olist orders file",
    row=Row.ORDER,
    holds="transactions",
    sources=_OLIST,
    fields=(
        Field(("order_id",), "order_id", needed=True),
        Field(("customer_id",), "customer_of_order", needed=True, kind=Kind.TEXT),
        Field(("order_status",), "status", needed=True),
        Field(("order_purchase_timestamp",), "happened_at", needed=True, rare=True),
        *left_out(LATER, "order_approved_at", "order_delivered_carrier_date", rare=True),
        *left_out(LATER, "order_delivered_customer_date", "order_estimated_delivery_date", rare=True),
    ),
    statuses={
        "status": {
            Meaning.SALE: ("delivered", "shipped", "invoiced", "processing", "approved"),
            Meaning.OPEN: ("created",),
            Meaning.VOID: ("canceled", "unavailable"),
        }
    },
    joins=(Join("customer_of_order", "courses/olist_customers", "customer_of_order"),),
    notes=("customer_id is another one for each order: the file of customers names the person.",),
)

_OLIST_CUSTOMERS = Recipe(
    key="courses/olist_customers",
    title="Olist customers file",
    row=Row.CUSTOMER,
    holds="lookup",
    sources=_OLIST,
    fields=(
        Field(("customer_unique_id",), "customer_key", needed=True, rare=True),
        Field(("customer_id",), "customer_of_order", needed=True, kind=Kind.TEXT),
        Field(("customer_city",), kind=Kind.TEXT),
        Field(("customer_state",), kind=Kind.CATEGORY, rare=True),
        Field(("customer_zip_code_prefix",), needed=True, rare=True, out=ADDRESS),
    ),
    customer=("customer_key",),
    notes=("One row an order, not a person.",),
)

_OLIST_PAYMENTS = Recipe(
    key="courses/olist_payments",
    title="Olist payments file",
    row=Row.PIECE,
    holds="parts",
    sources=_OLIST,
    fields=(
        Field(("order_id",), "order_id", needed=True),
        Field(("payment_value",), "amount", needed=True, rare=True),
        Field(("payment_type",), "category", needed=True),
        Field(("payment_sequential",), needed=True, rare=True, out=NUMBER),
        *left_out("how many instalments, not how many payments", "payment_installments", rare=True),
    ),
    joins=(Join("order_id", "courses/olist_orders", "order_id", is_part=True),),
)

_OLIST_ITEMS = Recipe(
    key="courses/olist_items",
    title="Olist items file",
    row=Row.PIECE,
    holds="parts",
    sources=_OLIST,
    fields=(
        Field(("order_id",), "order_id", needed=True),
        Field(("product_id",), "product", needed=True),
        Field(("price",), "amount", needed=True, plus=("freight_value",)),
        Field(("order_item_id",), needed=True, rare=True, out=NUMBER),
        Field(("freight_value",), needed=True, rare=True, out="contained in the amount"),
        *left_out(NUMBER, "seller_id"),
        *left_out(LATER, "shipping_limit_date", rare=True),
    ),
    joins=(Join("order_id", "courses/olist_orders", "order_id", is_part=True),),
)

_MAVEN = Recipe(
    key="courses/maven_subscriptions",
    title="Maven subscription cohort file",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=("https://mavenanalytics.io/data-playground",),
    fields=(
        Field(("customer_id",), "customer_key", needed=True),
        Field(("created_date",), "happened_at", needed=True),
        Field(("canceled_date",), "ended_at", needed=True),
        Field(("subscription_cost",), "price", needed=True, rare=True),
        Field(("subscription_interval",), "interval", needed=True, rare=True),
        Field(("was_subscription_paid",), needed=True, rare=True, out="known later than the subscription's begin"),
    ),
    customer=("customer_key",),
    money=MoneySettings(),
    subscriptions=SubscriptionSettings(rows="periods", interval="interval"),
    notes=("Prices, not payments. The file names no currency.",),
)

_SALES = Recipe(
    key="courses/sales_data_sample",
    title="sales_data_sample file",
    row=Row.LINE,
    holds="transactions",
    sources=("https://www.kaggle.com/datasets/kyanyoga/sample-sales-data",),
    fields=(
        Field(("ORDERNUMBER",), "order_id", needed=True, rare=True),
        Field(("CUSTOMERNAME",), "customer_key", needed=True),
        Field(("ORDERDATE",), "happened_at", needed=True, formats=("%m/%d/%Y %H:%M",)),
        Field(("SALES",), "amount", needed=True),
        Field(("STATUS",), "status", needed=False),
        Field(("QUANTITYORDERED",), "quantity", needed=True, rare=True),
        Field(("PRODUCTLINE",), "category", rare=True),
        Field(("PRODUCTCODE",), "product", rare=True),
        Field(("ORDERLINENUMBER",), "line", needed=True, rare=True, kind=Kind.TEXT),
        Field(("CITY",), kind=Kind.TEXT),
        Field(("COUNTRY",), kind=Kind.CATEGORY),
        Field(
            ("PRICEEACH",), needed=True, rare=True, out="cut off at 100: quantity x price is too low, SALES is right"
        ),
        *left_out("a list price, not what was paid", "MSRP"),
        *left_out("repeats ORDERDATE", "QTR_ID", "MONTH_ID", "YEAR_ID"),
        *left_out("follows from SALES", "DEALSIZE"),
        *left_out(LATER, "DAYS_SINCE_LASTORDER"),
        *left_out(NAME, "CONTACTLASTNAME", "CONTACTFIRSTNAME"),
        *left_out(ADDRESS, "PHONE", "ADDRESSLINE1", "ADDRESSLINE2", "STATE", "POSTALCODE"),
        *left_out(FREE_TEXT, "TERRITORY"),
    ),
    customer=("customer_key",),
    statuses={
        "status": {
            Meaning.SALE: ("Shipped", "Resolved", "In Process"),
            Meaning.OPEN: ("On Hold", "Disputed"),
            Meaning.VOID: ("Cancelled",),
        }
    },
    row_id=("order_id", "line"),
    notes=("The file names no currency.",),
)

RECIPES = (_FLO, _OLIST_ORDERS, _OLIST_CUSTOMERS, _OLIST_PAYMENTS, _OLIST_ITEMS, _MAVEN, _SALES)
