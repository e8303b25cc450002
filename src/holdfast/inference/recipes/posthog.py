"""PostHog's events: its SQL export and its batch exports."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.event_names import MONEY, REFUNDS, SALES, UNPAID, statuses_of
from holdfast.inference.recipes.record import NUMBER, Field, Recipe, Rest, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_PASSIVE = (
    *("$identify", "$create_alias", "$merge_dangerously", "$set", "$groupidentify", "$feature_flag_called"),
    *("$web_vitals", "$exception", "$opt_in", "$pageleave", "survey shown", "survey dismissed"),
)

_EVENTS = Recipe(
    key="posthog/events",
    title="PostHog events export",
    row=Row.EVENT,
    holds="transactions",
    sources=("https://posthog.com/docs/data/events", "https://posthog.com/docs/cdp/batch-exports"),
    fields=(
        Field(("uuid",), "event_id", kind=Kind.TEXT, needed=True),
        Field(("event",), "kind", kind=Kind.CATEGORY, needed=True),
        Field(("timestamp",), "happened_at", needed=True),
        Field(("created_at",), "known_at"),
        Field(("distinct_id",), "user_key", kind=Kind.TEXT, needed=True, rare=True),
        Field(("person_id",), "person", kind=Kind.TEXT, rare=True),
        Field(("properties.revenue", "properties.amount", "properties.total"), "amount"),
        Field(("properties.currency",), "currency"),
        Field(("properties.order_id",), "order_id"),
        Field(("properties.$geoip_country_code",), "country", kind=Kind.CATEGORY),
        Field(("properties.$lib",), "channel", kind=Kind.CATEGORY),
        Field(("properties",), needed=True, out="its values are read by their paths"),
        Field(("$session_id",), "visit", rare=True, out=NUMBER),
        *left_out("as of the export, not of a cutoff", "person_properties*", rare=True),
        *left_out("as of the export, not of a cutoff", "person_created_at", rare=True),
        *left_out("what the event sets", "people_set*", "set*", rare=True),
        *left_out("the parts of the page", "elements*", rare=True),
        *left_out(NUMBER, "team_id", "ip", "site_url"),
    ),
    any_of=(("person", "visit", "elements", "people_set"),),
    customer=("person", "user_key"),
    nobody=("", "00000000-0000-0000-0000-000000000000"),
    statuses={"kind": {Meaning.SALE: SALES, Meaning.REFUND: REFUNDS}},
    only={"kind": MONEY},
    money=MoneySettings(currency="currency"),
    row_id=("event_id",),
    rest=Rest(
        holds="usage",
        kind="kind",
        columns=("event_id", "kind", "user_key", "person", "happened_at", "known_at", "channel", "country"),
        statuses={"kind": statuses_of(_PASSIVE)},
        nobody=("", "00000000-0000-0000-0000-000000000000"),
        row_id=("event_id",),
        unpaid=UNPAID,
    ),
    time_zone="UTC",
    notes=(
        "person_id joins the ids of a person; without it a visitor and the user after the log-in are two customers.",
    ),
)

RECIPES = (_EVENTS,)
