"""Patreon's list of members: one row a patron."""

from holdfast.inference.recipes.record import ADDRESS, BUSINESS, FREE_TEXT, LATER, NAME, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings, SubscriptionSettings

_ACTIVE, _DECLINED, _FORMER = ("Active patron",), ("Declined patron",), ("Former patron",)

_MEMBERS = Recipe(
    key="patreon/members",
    title="Patreon members export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=(
        "https://support.patreon.com/hc/en-us/articles/360044376211",
        "https://docs.patreon.com/#member",
    ),
    fields=(
        Field(("Patronage Since Date",), "happened_at", needed=True, rare=True),
        Field(("Access Expiration",), "ended_at", rare=True),
        # Of a declined patron it is the day of the payment that failed: up to it was paid.
        Field(("Last Charge Date",), "paid_until", rare=True),
        Field(("Pledge Amount", "Pledge $"), "price", needed=True, rare=True),
        Field(("Charge Frequency",), "interval", rare=True),
        Field(("Tier",), "plan"),
        Field(("Patron Status",), "status", needed=True, rare=True),
        Field(("Currency",), "currency"),
        Field(("User ID",), "customer_key"),
        Field(("Email",)),
        *left_out(LATER, "Last Charge Status", "Next Charge Date", "Last Updated", "Subscription Source"),
        *left_out(LATER, "Lifetime Amount", "Lifetime $", rare=True),
        *left_out("no payment", "Free Member", "Free Trial", "Follows You"),
        *left_out(NAME, "Name", "Addressee", "Discord", "Twitter", "Username"),
        *left_out(ADDRESS, "Street", "City", "State", "Zip", "Country", "Phone"),
        *left_out(FREE_TEXT, "Additional Details", "Notes"),
        *left_out(BUSINESS, "Max Posts", "Max Amount"),
    ),
    customer=("customer_key", "email"),
    statuses={"status": {Meaning.RUNNING: _ACTIVE, Meaning.PAST_DUE: _DECLINED, Meaning.ENDED: _FORMER}},
    only={"status": (*_ACTIVE, *_DECLINED, *_FORMER)},
    money=MoneySettings(currency="currency"),
    subscriptions=SubscriptionSettings(rows="periods", interval="interval", overdue_days=30),
    row_id=("customer_key",),
    time_zone="UTC",
    notes=(
        "Who follows without paying is no customer. What was paid in each month stands in the earnings exports.",
        "A former patron without an access expiration ended with the last charge.",
    ),
)

RECIPES = (_MEMBERS,)
