"""Segment's events: raw lines and tables of a warehouse; RudderStack and others write the same."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.event_names import MONEY, REFUNDS, SALES, UNPAID, statuses_of
from holdfast.inference.recipes.record import NUMBER, Field, Recipe, Rest, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_CLOCK = "the device's own clock, which may be years off"
_CALLS = {Meaning.PASSIVE: ("identify", "group", "alias"), Meaning.NEUTRAL: ("*",)}

_EVENTS = Recipe(
    key="segment/events",
    title="Segment events export",
    row=Row.EVENT,
    holds="transactions",
    sources=(
        "https://segment.com/docs/connections/spec/common/",
        "https://segment.com/docs/connections/spec/ecommerce/v2/",
        "https://segment.com/docs/connections/storage/warehouses/schema/",
    ),
    fields=(
        Field(("messageId", "id"), "event_id", kind=Kind.TEXT),
        Field(("event", "event_text"), "kind", kind=Kind.CATEGORY, needed=True),
        Field(("type",), "call", kind=Kind.CATEGORY),
        Field(("userId",), "user_key", kind=Kind.TEXT, needed=True),
        Field(("anonymousId",), "visitor", kind=Kind.TEXT, needed=True, rare=True),
        Field(("timestamp",), "happened_at", needed=True),
        Field(("receivedAt",), "known_at", needed=True, rare=True),
        Field(("properties.revenue", "revenue"), "amount"),
        Field(("properties.currency", "currency"), "currency"),
        Field(("properties.order_id", "order_id"), "order_id"),
        *left_out(_CLOCK, "originalTimestamp", "sentAt", rare=True),
        *left_out("when it was loaded into the warehouse", "uuid_ts", rare=True),
        *left_out("its values are read by their paths", "properties"),
        *left_out("with shipping and tax: the amount is without", "properties.total", "total"),
        *left_out("contained in the total", "properties.tax", "tax", "properties.shipping", "shipping"),
        *left_out("of the page, the device and the library", "context*"),
        *left_out("where the call was sent to", "integrations*"),
        *left_out("who the customer is, as of the event", "traits*", "email"),
        *left_out(NUMBER, "version", "channel", "writeKey"),
    ),
    customer=("user_key", "visitor"),
    statuses={"kind": {Meaning.SALE: SALES, Meaning.REFUND: REFUNDS}},
    only={"kind": MONEY},
    money=MoneySettings(currency="currency"),
    row_id=("event_id",),
    rest=Rest(
        holds="usage",
        kind="kind",
        columns=("event_id", "kind", "call", "user_key", "happened_at", "known_at"),
        statuses={"kind": statuses_of(), "call": _CALLS},
        customer=("user_key",),
        row_id=("event_id",),
        unpaid=UNPAID,
    ),
    time_zone="UTC",
    notes=(
        "The money is revenue, which Segment's specification gives without shipping and tax.",
        "Before the log-in a visitor is a device: such events are set aside and counted, but for purchases.",
    ),
)

RECIPES = (_EVENTS,)
