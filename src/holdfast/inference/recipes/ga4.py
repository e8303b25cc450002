"""Google Analytics 4: events written flat by a query on the BigQuery export."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_SALES = (
    *("purchase", "in_app_purchase", "ecommerce_purchase"),
    *("app_store_subscription_convert", "app_store_subscription_renew"),
)
_REFUNDS = ("refund", "app_store_refund")

_FLAT = Recipe(
    key="ga4/flat",
    title="Google Analytics 4 events export (flat)",
    row=Row.EVENT,
    holds="transactions",
    sources=(
        "https://developers.google.com/analytics/bigquery/event-schema",
        "https://support.google.com/analytics/answer/7029846",
    ),
    fields=(
        Field(("event_timestamp",), "happened_at", needed=True, rare=True),
        Field(("event_name",), "event_name", needed=True),
        Field(("user_id",), "account_key", kind=Kind.TEXT),
        Field(("user_pseudo_id",), kind=Kind.TEXT, needed=True, rare=True),
        Field(("transaction_id", "ecommerce.transaction_id"), "transaction", kind=Kind.TEXT, needed=True),
        Field(
            ("purchase_revenue", "ecommerce.purchase_revenue"),
            "amount",
            needed=True,
            rare=True,
            plus=("refund_value",),
        ),
        Field(("refund_value", "ecommerce.refund_value"), rare=True, out="added as the amount of refunds"),
        Field(("currency",), "currency"),
        Field(("source", "traffic_source.source"), "channel"),
        Field(("medium", "traffic_source.medium"), kind=Kind.CATEGORY),
        Field(("device_category",), kind=Kind.CATEGORY, rare=True),
        Field(("country", "geo.country"), kind=Kind.CATEGORY),
        Field(("city", "geo.city"), kind=Kind.TEXT),
        Field(("platform",), kind=Kind.CATEGORY),
        *left_out("the day in the property's zone; event_timestamp is exact", "event_date", rare=True),
        *left_out(NUMBER, "ga_session_id", rare=True),
        *left_out(FREE_TEXT, "page_location", "page_title", "page_referrer"),
        *left_out("total of a device so far; knows of no refund", "user_ltv.revenue", rare=True),
        *left_out("money on hardly any event", "event_value_in_usd", rare=True),
        *left_out("the first time of a device, not of a customer", "user_first_touch_timestamp", rare=True),
    ),
    customer=("account_key", "user_pseudo_id"),
    nobody=("", "(not set)", "(none)"),
    statuses={"event_name": {Meaning.SALE: _SALES, Meaning.REFUND: _REFUNDS, Meaning.NEUTRAL: ("*",)}},
    only={"event_name": (*_SALES, *_REFUNDS)},
    money=MoneySettings(currency="currency"),
    row_id=("transaction", "event_name", "amount"),
    time_zone="UTC",
    notes=(
        "Purchases and refunds count; all other events are set aside and counted, for they are no money.",
        "A purchase that was sent twice (same transaction_id and amount) counts once.",
        "Where user_id is blank the device stands for the customer: one person may be several customers.",
    ),
)

RECIPES = (_FLAT,)
