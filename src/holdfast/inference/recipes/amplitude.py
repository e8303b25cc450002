"""Amplitude's export of events, one a line."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.event_names import MONEY, REFUNDS, SALES, UNPAID, statuses_of
from holdfast.inference.recipes.record import NUMBER, Field, Recipe, Rest, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_PAID = ("revenue_amount", "verified_revenue", "[Amplitude] Revenue")
_PASSIVE = (
    *("$identify", "$groupidentify", "session_end", "unverified_revenue", "[Amplitude] Session Replay Captured"),
    *("[Amplitude] Attribution Captured", "[Amplitude] Application Updated", "[Amplitude] Application Backgrounded"),
    *("[Experiment] Exposure", "[Experiment] Assignment", "[Amplitude] Push Notification Delivered"),
)

_EVENTS = Recipe(
    key="amplitude/events",
    title="Amplitude events export",
    row=Row.EVENT,
    holds="transactions",
    sources=("https://amplitude.com/docs/apis/analytics/export",),
    fields=(
        Field(("$insert_id",), "event_id", kind=Kind.TEXT, rare=True),
        Field(("event_type",), "kind", kind=Kind.CATEGORY, needed=True),
        Field(("event_time",), "happened_at", needed=True),
        Field(("server_upload_time",), "known_at", rare=True),
        Field(("user_id",), "user_key", kind=Kind.TEXT, needed=True),
        Field(("amplitude_id",), "person", kind=Kind.TEXT, rare=True),
        Field(("event_properties.revenue",), "amount"),
        Field(("event_properties.currency",), "currency"),
        Field(("event_properties.order_id",), "order_id"),
        Field(("platform",), "channel", kind=Kind.CATEGORY),
        Field(("country",), kind=Kind.CATEGORY),
        Field(("event_id",), "event_number", out=NUMBER),
        *left_out(NUMBER, "uuid", "device_id", "session_id", "app", "adid", "idfa"),
        *left_out("the device's own clock", "client_event_time", "client_upload_time", rare=True),
        *left_out("when it was received and worked on", "server_received_time", "processed_time", rare=True),
        *left_out("its values are read by their paths", "event_properties"),
        *left_out("as of the event, not of a cutoff", "user_properties*"),
        *left_out("of groups of customers", "groups*", "group_properties*"),
        *left_out("the first event of the person", "user_creation_time", rare=True),
        *left_out("as known at the export", "paying"),
        *left_out("of the device", "device_family", "device_type", "device_model", "device_brand", "device_carrier"),
        *left_out("of the device", "device_manufacturer", "os_name", "os_version", "version_name", "start_version"),
        *left_out("of the device", "library", "language", "ip_address", "location_lat", "location_lng", "dma"),
        *left_out("of the place", "city", "region"),
        *left_out(
            "how it came", "is_attribution_event", "amplitude_attribution_ids", "amplitude_event_type", rare=True
        ),
        *left_out("how it came", "sample_rate", "$schema", "data*"),
    ),
    any_of=(("person", "known_at", "event_id"),),
    customer=("user_key", "person"),
    statuses={"kind": {Meaning.SALE: (*SALES, *_PAID), Meaning.REFUND: REFUNDS}},
    only={"kind": (*MONEY, *_PAID)},
    money=MoneySettings(currency="currency"),
    row_id=("event_id",),
    rest=Rest(
        holds="usage",
        kind="kind",
        columns=("event_id", "kind", "user_key", "happened_at", "known_at", "channel", "country"),
        statuses={"kind": statuses_of(_PASSIVE)},
        customer=("user_key",),
        row_id=("event_id",),
        unpaid=(*UNPAID, "unverified_revenue"),
    ),
    time_zone="UTC",
    notes=(
        "Verified and unverified revenue are the same money: the unverified is left out.",
        "Events before the log-in name a device only: they are set aside and counted, but for purchases.",
    ),
)

RECIPES = (_EVENTS,)
