"""The CRM business: its README, the dirt in its exports, and its true parameters."""

import polars as pl

from holdfast.simulator.crm.goods import CANCELLED, RETURNED
from holdfast.simulator.crm.people import HISTORY_DAYS
from holdfast.simulator.crm.world import simulate_batch
from holdfast.simulator.dirt import Dirt, blank, empty, future, negative, padded, repeated, shouted, stranger
from holdfast.simulator.types import Business, ReadmeTexts

_README = ReadmeTexts(
    title="A retailer with memberships, two years of records",
    tables={
        "customers": "One row a customer; ended_at is the day the customer left, empty while the customer stays.",
        "transactions": "One row a purchase or a return (negative); cancelled purchases were never paid.",
        "interactions": "One row a contact with customer service; known_at: when it was entered, sometimes weeks late.",
        "marketing": "One row a message sent (happened_at = sent_at) or the answer of a customer to it.",
    },
    truth={
        "customers": "Customers still present after the last day: monthly hazard, probability to leave, expected spend"
        " (net amount of transactions; if_stays: of who stays the first 90 days) over possible futures, one future that"
        " comes true, and what the log hazard is made of. Probabilities over 90 days average 16 futures, those over 365"
        " days 4.",
    },
    rules=(
        "Of trial customers about half leave within a year, of premium customers about one in twelve.",
        "Referred customers, yearly plans, loyalty members and customers above 58 stay longer; paid ads bring leavers.",
        "Some customers lose interest: they buy and open messages ever less, and most of them leave some months later.",
        "Complaints come from dissatisfaction; a complaint that is not resolved lowers satisfaction and raises the"
        " hazard for about six weeks.",
        "Satisfaction is what surveys measure, with noise; it falls before customers leave.",
        "Discounts used lately lower the hazard a little; price-sensitive customers leave sooner and use more of them.",
        "Customers close to leaving ask how to cancel more often.",
        "November and December are busy, January and August are quiet.",
        "Nothing happens before signed_up or from ended_at on. No column tells the future of the last day.",
        "Part of each customer's hazard is hidden and most leaving happens by chance: no honest model exceeds the AUC"
        " of the true probability, about 0.90.",
    ),
)

CRM = Business(
    simulate_batch=simulate_batch,
    readme=_README,
    dirt={
        "customers": (
            Dirt("blank number, written as a space", "monthly_fee", 0.002, blank),
            Dirt("empty", "age", 0.01, empty),
            Dirt("blanks around the text", "customer_id", 0.001, padded),
        ),
        "transactions": (
            Dirt("blank number, written as a space", "amount", 0.001, blank),
            Dirt("empty", "customer_id", 0.001, empty),
            Dirt("blanks around the text", "customer_id", 0.002, padded),
            Dirt("id of nobody", "customer_id", 0.0003, stranger),
            Dirt("capitals", "category", 0.01, shouted),
            Dirt("negative without a return", "quantity", 0.0005, negative, pl.col("status") == "completed"),
            Dirt("dated after the last day", "transaction_date", 0.0002, future),
            Dirt("exact repeats of a row", "", 0.002, repeated),
        ),
        "interactions": (
            Dirt("empty", "customer_id", 0.0005, empty),
            Dirt("capitals", "kind", 0.005, shouted),
            Dirt("exact repeats of a row", "", 0.001, repeated),
        ),
        "marketing": (
            Dirt("blanks around the text", "customer_id", 0.001, padded),
            Dirt("exact repeats of a row", "", 0.001, repeated),
        ),
    },
    parameters={"history_days": HISTORY_DAYS, "share_cancelled": CANCELLED, "share_returned": RETURNED},
)
