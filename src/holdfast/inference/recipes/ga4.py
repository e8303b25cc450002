"""Google Analytics 4: the BigQuery export of events as it is, and written flat by a query."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import FREE_TEXT, NUMBER, Field, Recipe, Rest, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_SALES = (
    *("purchase", "in_app_purchase", "ecommerce_purchase"),
    *("app_store_subscription_convert", "app_store_subscription_renew"),
)
_REFUNDS = ("refund", "app_store_refund")

_MONEY = {"event_name": {Meaning.SALE: _SALES, Meaning.REFUND: _REFUNDS}}
_ENDS = (
    *("app_store_subscription_cancel", "subscription_cancel", "subscription_cancelled", "newsletter_unsubscribe"),
    *("app_remove", "account_delete"),
)
_PASSIVE = (
    *("app_clear_data", "app_update", "os_update", "notification_receive", "notification_dismiss", "app_exception"),
    *("ad_impression", "ad_exposure", "dynamic_link_app_update"),
)
_REST = Rest(
    holds="usage",
    kind="event_name",
    columns=("happened_at", "event_name", "account_key", "channel", "device_category", "country", "platform"),
    statuses={
        "event_name": {
            Meaning.END: _ENDS,
            Meaning.REFUND: _REFUNDS,
            Meaning.PASSIVE: _PASSIVE,
            Meaning.NEUTRAL: ("*",),
        }
    },
    customer=("account_key",),
    nobody=("", "(not set)", "(none)"),
    unpaid=(
        *(
            "view_item",
            "view_item_list",
            "select_item",
            "add_to_cart",
            "remove_from_cart",
            "view_cart",
            "begin_checkout",
        ),
        *("add_shipping_info", "add_payment_info", "add_to_wishlist", "generate_lead", "view_promotion"),
    ),
)
_SOURCES = (
    "https://developers.google.com/analytics/bigquery/event-schema",
    "https://support.google.com/analytics/answer/7029846",
)
_NOTES = (
    "Purchases and refunds are the money; what known users do else is a table of its own.",
    "A purchase that was sent twice (same transaction_id and amount) counts once.",
    "Where user_id is blank the device stands for the customer of a purchase: one person may be several customers. Its "
    "other events are set aside and counted.",
)

_FLAT = Recipe(
    key="ga4/flat",
    title="Google Analytics 4 events export (flat)",
    row=Row.EVENT,
    holds="transactions",
    sources=_SOURCES,
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
    statuses=_MONEY,
    only={"event_name": (*_SALES, *_REFUNDS)},
    money=MoneySettings(currency="currency"),
    row_id=("transaction", "event_name", "amount"),
    time_zone="UTC",
    rest=_REST,
    notes=_NOTES,
)

_NESTED = Recipe(
    key="ga4/bigquery",
    title="Google Analytics 4 events export (BigQuery)",
    row=Row.EVENT,
    holds="transactions",
    sources=_SOURCES,
    fields=(
        Field(("event_timestamp",), "happened_at", needed=True, rare=True),
        Field(("event_name",), "event_name", kind=Kind.CATEGORY, needed=True),
        Field(("event_params*",), needed=True, rare=True, out="its values are read by their paths"),
        Field(("user_id",), "account_key", kind=Kind.TEXT),
        Field(("user_pseudo_id",), kind=Kind.TEXT, needed=True, rare=True),
        Field(("ecommerce.transaction_id",), "transaction", kind=Kind.TEXT),
        Field(("event_params.transaction_id",), kind=Kind.TEXT, instead_of="transaction", out="the order's number"),
        Field(("ecommerce.purchase_revenue",), "amount", plus=("refund_value",)),
        Field(("event_params.value",), instead_of="amount", out="the value of any event"),
        Field(("ecommerce.refund_value",), "refund_value", out="added as the amount of refunds"),
        Field(("event_params.currency",), "currency"),
        Field(("traffic_source.source",), "channel"),
        Field(("device.category",), "device_category", kind=Kind.CATEGORY),
        Field(("geo.country",), "country", kind=Kind.CATEGORY),
        Field(("platform",), kind=Kind.CATEGORY),
        *left_out("the same in another currency", "ecommerce.purchase_revenue_in_usd", "ecommerce.refund_value_in_usd"),
        *left_out("the day in the property's zone; event_timestamp is exact", "event_date", rare=True),
        *left_out("its values are read by their paths", "ecommerce*", "device*", "geo*", "traffic_source*"),
        *left_out("total of a device so far; knows of no refund", "user_ltv*"),
        *left_out("money on hardly any event", "event_value_in_usd", rare=True),
        *left_out("the first time of a device, not of a customer", "user_first_touch_timestamp", rare=True),
        *left_out(NUMBER, "event_previous_timestamp", "event_bundle_sequence_id", "event_server_timestamp_offset"),
        *left_out(NUMBER, "stream_id", "batch_event_index", "batch_page_id", "batch_ordering_id", "app_info*"),
        *left_out(NUMBER, "event_dimensions*", "is_active_user", "publisher*", "privacy_info*", "user_properties*"),
        *left_out("what was in the cart", "items"),
        *left_out("where the visit came from", "collected_traffic_source*", "session_traffic_source_last_click*"),
    ),
    customer=("account_key", "user_pseudo_id"),
    nobody=("", "(not set)", "(none)"),
    statuses=_MONEY,
    only={"event_name": (*_SALES, *_REFUNDS)},
    money=MoneySettings(currency="currency"),
    row_id=("transaction", "event_name", "amount"),
    rest=_REST,
    time_zone="UTC",
    notes=_NOTES,
)

RECIPES = (_FLAT, _NESTED)
