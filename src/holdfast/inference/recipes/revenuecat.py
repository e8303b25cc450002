"""RevenueCat's scheduled export of transactions: one row a paid period of a subscription."""

from holdfast.inference.recipes.record import BUSINESS, IN_TOTAL, LATER, NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import BEGIN_TO_END, SubscriptionSettings

_YES = ("true", "t", "1")
_SHARE = "a share of the price that others keep"
_LOCAL = "in the buyer's currency: the price in US dollars is used"

_TRANSACTIONS = Recipe(
    key="revenuecat/transactions",
    title="RevenueCat transactions export",
    row=Row.SUBSCRIPTION,
    holds="subscriptions",
    sources=(
        "https://www.revenuecat.com/docs/integrations/scheduled-data-exports/transactions",
        "https://www.revenuecat.com/docs/integrations/scheduled-data-exports/data-export-version-7",
    ),
    fields=(
        Field(("rc_original_app_user_id",), "customer_key", needed=True, rare=True),
        Field(("original_store_transaction_id",), "subscription_id", rare=True),
        Field(("store_transaction_id",), "transaction_id", rare=True),
        Field(("start_time",), "happened_at", needed=True),
        Field(("effective_end_time",), "ended_at", rare=True),
        Field(("end_time",), "paid_until", needed=True, instead_of="ended_at"),
        Field(("unsubscribe_detected_at",), "notice_at", rare=True),
        Field(("refunded_at",), "refunded_at"),
        Field(("purchase_price_in_usd",), "price", rare=True),
        Field(("price_in_usd", "price"), "price_after_refunds", rare=True, instead_of="price", out=IN_TOTAL),
        Field(("product_identifier",), "plan", needed=True, rare=True),
        Field(("is_trial_period",)),
        Field(("is_sandbox",)),
        Field(("is_auto_renewable",), rare=True),
        Field(("country",)),
        Field(("store",)),
        *left_out("another name of the same user", "rc_last_seen_app_user_id_alias", rare=True),
        *left_out("the end of the period that is used already contains it", "grace_period_end_time", rare=True),
        *left_out(LATER, "billing_issues_detected_at", rare=True),
        *left_out(LATER, "updated_at", "auto_resume_time", "first_seen_time", "renewal_number"),
        *left_out(_SHARE, "takehome_percentage", "tax_percentage", "commission_percentage"),
        *left_out(_LOCAL, "price_in_purchased_currency", "purchase_price_in_purchased_currency", rare=True),
        *left_out(_LOCAL, "purchased_currency"),
        *left_out(BUSINESS, "country_source", "product_display_name", "product_duration", "ownership_type"),
        *left_out(BUSINESS, "is_in_intro_offer_period", "is_trial_conversion", "presented_offering", "platform"),
        *left_out(BUSINESS, "reserved_subscriber_attributes", "custom_subscriber_attributes", rare=True),
        *left_out(BUSINESS, "entitlement_identifiers", "offer", "offer_type", "last_seen_app_version", "idfa", "idfv"),
        *left_out(BUSINESS, "first_seen_app_version", "experiment_id", "experiment_variant", "experiments"),
        *left_out(NUMBER, "app_user_id", "purchase_token", "app_id", "app_name"),
    ),
    customer=("customer_key",),
    statuses={
        "is_trial_period": {Meaning.TRIALING: _YES, Meaning.NEUTRAL: ("*",)},
        "is_sandbox": {Meaning.TEST: _YES, Meaning.NEUTRAL: ("*",)},
    },
    only={"is_auto_renewable": _YES},
    # Each period has its own length, and the next one follows it to the second.
    subscriptions=SubscriptionSettings(rows="periods", interval=BEGIN_TO_END, grace_days=1),
    row_id=("transaction_id",),
    time_zone="UTC",
    notes=("Prices before the stores' commission, in US dollars; a period that was refunded ends on that day.",),
)

RECIPES = (_TRANSACTIONS,)
