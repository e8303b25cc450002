"""Mixpanel's export of events: lines with properties, or one column a property."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.event_names import MONEY, REFUNDS, SALES, UNPAID, spellings, statuses_of
from holdfast.inference.recipes.record import NUMBER, Field, Recipe, Rest, Row
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_PAID = ("$ae_iap",)
_PASSIVE = (
    *("$identify", "$create_alias", "$merge", "$mp_session_record", "$session_end", "$ae_updated", "$ae_crashed"),
    *("$campaign_delivery", "$campaign_bounced", "$campaign_marked_spam", "$experiment_started"),
)


def _both(*names: str) -> tuple[str, ...]:
    """A property's header in the flat file, and its path in the lines."""
    return tuple(text for name in names for text in (name, f"properties.{name}"))


_EVENTS = Recipe(
    key="mixpanel/events",
    title="Mixpanel events export",
    row=Row.EVENT,
    holds="transactions",
    sources=(
        "https://docs.mixpanel.com/docs/export-methods",
        "https://developer.mixpanel.com/reference/raw-event-export",
    ),
    fields=(
        Field(("event", "event_name"), "kind", kind=Kind.CATEGORY, needed=True),
        Field(_both("time"), "happened_at", needed=True),
        Field(_both("distinct_id"), "person", kind=Kind.TEXT, needed=True, rare=True),
        Field(_both("$user_id"), "user_key", kind=Kind.TEXT),
        Field(_both("$insert_id"), "event_id", kind=Kind.TEXT, rare=True),
        Field(_both("mp_processing_time_ms", "mp_api_timestamp_ms"), "known_at", rare=True),
        Field(_both("$amount", "revenue", "item_price"), "amount"),
        Field(_both("currency"), "currency"),
        Field(_both("order_id"), "order_id"),
        Field(_both("mp_lib"), "channel", kind=Kind.CATEGORY, rare=True),
        Field(_both("mp_country_code"), "country", kind=Kind.CATEGORY, rare=True),
        Field(("properties",), out="its values are read by their paths"),
        Field(_both("$device_id"), "device", out=NUMBER),
        Field(_both("mp_api_endpoint", "$import"), "way", rare=True, out="how it came"),
        Field(_both("$city", "$region"), "city", out="of the place"),
    ),
    customer=("user_key", "person"),
    statuses={"kind": {Meaning.SALE: (*SALES, *_PAID), Meaning.REFUND: REFUNDS}},
    only={"kind": (*MONEY, *_PAID)},
    money=MoneySettings(currency="currency"),
    row_id=("event_id",),
    rest=Rest(
        holds="usage",
        kind="kind",
        columns=("event_id", "kind", "person", "user_key", "happened_at", "known_at", "channel", "country"),
        statuses={"kind": statuses_of(_PASSIVE, spellings("Cancel Subscription"))},
        nobody=("", "$device:*"),
        row_id=("event_id",),
        unpaid=UNPAID,
    ),
    nobody=("",),
    notes=(
        "An export may hold an event twice: of the same insert id one counts.",
        "Projects made before 2023 write the seconds of their own clock: set time_zone where days look shifted.",
        "Before the log-in a person has another id, and counts as another customer.",
    ),
)

RECIPES = (_EVENTS,)
