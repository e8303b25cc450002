"""The SaaS business: its README, the dirt in its exports, and its true parameters."""

from holdfast.simulator.dirt import Dirt, blank, empty, future, padded, repeated, shouted
from holdfast.simulator.saas.history import HISTORY_DAYS
from holdfast.simulator.saas.life import FAILS, FAILS_IN_TROUBLE, MONTH, TROUBLE_ENDS, TROUBLE_STARTS
from holdfast.simulator.saas.world import simulate_batch
from holdfast.simulator.types import Business, ReadmeTexts

_README = ReadmeTexts(
    title="A subscription software, eighteen billing months",
    tables={
        "users": "One row a user; ended_at is the day the subscription ended, empty while it goes on.",
        "subscriptions": "One row a start or an end of a subscription, and whether it ended by choice.",
        "sessions": "One row a visit to the product.",
        "crashes": "One row a crash.",
        "payments": "One row an attempt to take a monthly payment; a failed one is tried again after 3 and 7 days.",
        "support": "One row a ticket; known_at is when it was closed and entered.",
    },
    truth={
        "users": "Users still there after the last day: hazard of leaving by choice, whether the card is in trouble,"
        " probabilities to leave within 90 days by choice and for a failed payment (32 futures averaged), expected"
        " payments, and one future that comes true.",
    },
    rules=(
        "Users who lose interest come ever less, and most of them cancel some months later.",
        "Crashes and tickets not solved annoy; annoyance raises the hazard and fades by half in six weeks.",
        "Business users stay longer than team users, those longer than starters; the first months are the worst.",
        "A card falls into trouble by chance, whatever the mood; while it lasts most attempts fail. Three failures in"
        " a row end the subscription: that is not the user's choice, and interest does not predict it.",
        "Nothing happens before signed_up or from ended_at on.",
    ),
)

SAAS = Business(
    simulate_batch=simulate_batch,
    readme=_README,
    dirt={
        "users": (
            Dirt("blank number, written as a space", "monthly_price", 0.002, blank),
            Dirt("empty", "industry", 0.02, empty),
        ),
        "sessions": (
            Dirt("blanks around the text", "user_id", 0.0005, padded),
            Dirt("empty", "minutes", 0.005, empty),
            Dirt("dated after the last day", "started_at", 0.0001, future),
        ),
        "crashes": (Dirt("empty", "user_id", 0.002, empty),),
        "payments": (
            Dirt("capitals", "status", 0.005, shouted),
            Dirt("exact repeats of a row", "", 0.001, repeated),
        ),
        "support": (Dirt("blanks around the text", "user_id", 0.002, padded),),
    },
    parameters={
        "history_days": HISTORY_DAYS,
        "month_days": MONTH,
        "payment_fails": FAILS,
        "payment_fails_in_trouble": FAILS_IN_TROUBLE,
        "trouble_starts_in_a_month": TROUBLE_STARTS,
        "trouble_ends_in_a_month": TROUBLE_ENDS,
    },
)
