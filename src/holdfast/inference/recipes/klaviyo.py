"""Klaviyo's exports: profiles, events, and the report of campaigns, which has no customers."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import ADDRESS, LATER, NAME, Field, Recipe, Rest, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_GUESS = "a guess of Klaviyo's, no record"
_TODAY = "as of the day of the export, not of a cutoff"

_PLACED = ("Placed Order",)
_TAKEN_BACK = ("Refunded Order", "Cancelled Order", "Canceled Order")

_PROFILES = Recipe(
    key="klaviyo/profiles",
    title="Klaviyo profiles export",
    row=Row.TOTALS,
    holds="customers",
    sources=("https://help.klaviyo.com/hc/en-us/articles/115005078687",),
    fields=(
        Field(("Klaviyo ID",), kind=Kind.TEXT, rare=True),
        Field(("Email",), kind=Kind.TEXT, needed=True),
        Field(("Profile Created On", "Created At"), "signed_up_at", rare=True),
        Field(("Historic Customer Lifetime Value", "historic_clv"), "total_amount", rare=True),
        Field(("Historic Number Of Orders",), "purchases", rare=True),
        Field(("Country",), kind=Kind.CATEGORY),
        Field(("City",), kind=Kind.TEXT),
        Field(("Source",), "profile_source", kind=Kind.CATEGORY),
        *left_out("what was received AND a guess", "Total Customer Lifetime Value", rare=True),
        *left_out(_GUESS, "Predicted Customer Lifetime Value", "Predicted Number Of Orders", rare=True),
        *left_out(_GUESS, "Churn Risk Prediction", "Expected Date Of Next Order", rare=True),
        *left_out(_TODAY, "Email Marketing Consent", "Email Marketing Consent Timestamp", rare=True),
        *left_out(_TODAY, "Email Suppressions", "Email Suppressions Timestamp", rare=True),
        *left_out("the total by the number of orders", "Average Order Value"),
        *left_out(_TODAY, "Average Days Between Orders", rare=True),
        *left_out(
            "an event of any kind, also a message received: no purchase", "First Active", "Last Active", rare=True
        ),
        *left_out("opens are also by machines: no purchase", "Last Open", "Last Click", rare=True),
        *left_out(LATER, "Date Added"),
        *left_out(NAME, "First Name", "Last Name", "Organization", "Title"),
        *left_out(ADDRESS, "Phone Number", "Address", "Address 2", "State / Region", "Zip Code", "Latitude"),
        *left_out(ADDRESS, "Longitude", "IP Address"),
    ),
    any_of=(("klaviyo_id", "total_amount", "signed_up_at"),),
    customer=("klaviyo_id", "email"),
    row_id=("klaviyo_id",),
    notes=(
        "The file holds no day of the last order: bring the orders export as well to learn who leaves.",
        "Profile Created On is the day of the import for older customers.",
    ),
)

_CAMPAIGNS = Recipe(
    key="klaviyo/campaigns",
    title="Klaviyo campaign report",
    row=Row.TOTALS,
    holds="marketing",
    sources=("https://help.klaviyo.com/hc/en-us/articles/115005244588",),
    fields=(
        Field(("Campaign Name",), "campaign", needed=True),
        Field(("Send Time",), "happened_at", needed=True),
        Field(("Campaign Channel",), "channel"),
        *left_out("of all recipients together", "Total Recipients", "Unique Placed Order", rare=True),
        *left_out("of all recipients together", "Placed Order Rate", "Unique Opens", "Unique Clicks", rare=True),
        *left_out("of all recipients together", "Spam Complaints", "Spam Complaints Rate", rare=True),
        *left_out("of all recipients together", "Successful Deliveries", rare=True),
        *left_out("of all recipients together", "Revenue", "Open Rate", "Total Opens", "Click Rate", "Total Clicks"),
        *left_out("of all recipients together", "Unsubscribes", "Bounces", "Bounce Rate"),
        *left_out("names the campaign", "Tags", "Subject", "List", "Send Weekday", "Campaign ID"),
    ),
    unusable="one row is a campaign, nothing of single customers: export profiles or orders instead",
)

_EVENTS = Recipe(
    key="klaviyo/events",
    title="Klaviyo events export",
    row=Row.EVENT,
    holds="transactions",
    sources=(
        "https://developers.klaviyo.com/en/reference/get_events",
        "https://help.klaviyo.com/hc/en-us/articles/115005062847",
    ),
    fields=(
        Field(("event_id", "uuid"), kind=Kind.TEXT),
        Field(("datetime",), "happened_at", needed=True),
        Field(("metric", "metric_name"), "kind", kind=Kind.CATEGORY, needed=True, rare=True),
        Field(("profile_id",), kind=Kind.TEXT, needed=True, rare=True),
        Field(("email",), kind=Kind.TEXT),
        Field(("$value", "event_properties.$value"), "amount", rare=True),
        Field(("$currency_code", "event_properties.$currency_code"), "currency"),
        Field(("Campaign Name", "event_properties.Campaign Name"), "campaign", kind=Kind.TEXT),
        *left_out("names the message", "$message", "$attributed_message", rare=True),
        *left_out("its values are read by their paths", "event_properties"),
        *left_out("the same moment in seconds", "timestamp"),
    ),
    customer=("profile_id", "email"),
    statuses={"kind": {Meaning.SALE: _PLACED, Meaning.REFUND: _TAKEN_BACK}},
    only={"kind": (*_PLACED, *_TAKEN_BACK)},
    money=MoneySettings(currency="currency"),
    row_id=("event_id",),
    rest=Rest(
        holds="marketing",
        kind="kind",
        columns=("event_id", "happened_at", "kind", "profile_id", "email", "campaign"),
        statuses={
            "kind": {
                Meaning.END: (
                    *("Unsubscribed", "Unsubscribed from Email Marketing", "Unsubscribed from List"),
                    "Unsubscribed from SMS Marketing",
                ),
                Meaning.PASSIVE: (
                    *("Received Email", "Bounced Email", "Dropped Email", "Marked Email as Spam", "Received SMS"),
                    *("Failed to Deliver SMS", "Received Push", "Bounced Push", "Received Automated Response SMS"),
                    *("Fulfilled Order", "Fulfilled Partial Order", "Confirmed Shipment", "Delivered Shipment"),
                    *("Updated Email Preferences", "Merged Profile"),
                ),
                Meaning.REFUND: _TAKEN_BACK,
                Meaning.NEUTRAL: ("*",),
            }
        },
        row_id=("event_id",),
        unpaid=(
            *(
                "Ordered Product",
                "Fulfilled Order",
                "Fulfilled Partial Order",
                "Confirmed Shipment",
                "Checkout Started",
            ),
            *("Started Checkout", "Added to Cart", "Viewed Product", "Delivered Shipment", "Coupon Used"),
        ),
    ),
    notes=(
        "The value of Placed Order counts; Checkout Started, Ordered Product and Fulfilled Order carry the same again.",
        "Opens are also by machines: an opened email is a weak sign of life.",
    ),
)

RECIPES = (_PROFILES, _CAMPAIGNS, _EVENTS)
