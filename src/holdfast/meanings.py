"""What the value of a status or kind column can mean, for money and for subscriptions."""

from enum import StrEnum


class Meaning(StrEnum):
    """The meanings that `tables.<table>.statuses` can give to a value."""

    # Of a row of money.
    SALE = "sale"
    PENDING = "pending"
    REFUND = "refund"
    REVERSED = "reversed"
    FAILED = "failed"
    VOID = "void"
    TEST = "test"
    DRAFT = "draft"
    LOST = "lost"
    OPEN = "open"
    TRANSFER = "transfer"
    SETTLEMENT = "settlement"
    # Of an event of a subscription.
    START = "start"
    TRIAL = "trial"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    NOTICE = "notice"
    END = "end"
    PAUSE = "pause"
    RESUME = "resume"
    PAYMENT_FAILED = "payment_failed"
    # Of the state of a customer or subscription.
    RUNNING = "running"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"
    NEVER_STARTED = "never_started"
    # Of anything.
    PASSIVE = "passive"
    NEUTRAL = "neutral"


# Meanings whose rows brought no money and are set aside -> the reason, in words.
EXCLUDED: dict[Meaning, str] = {
    Meaning.TEST: "A test, no sale.",
    Meaning.FAILED: "The payment failed: no money was received.",
    Meaning.VOID: "Cancelled or voided before it was paid.",
    Meaning.REVERSED: "Undone in full: refunded, returned or charged back.",
    Meaning.DRAFT: "A draft, no sale.",
    Meaning.LOST: "Lost: it never became a sale.",
    Meaning.OPEN: "Not decided or not paid yet: no money was received.",
    Meaning.TRANSFER: "The business's own money: a payout, a conversion, a fee, a purchase of its own.",
    Meaning.SETTLEMENT: "Counts already in another row: the payment of an invoice, the lines beside their total.",
}
# What belongs to a row with one of these (a line, a payment of an order) is undone with it.
UNDONE = frozenset({Meaning.TEST, Meaning.FAILED, Meaning.VOID, Meaning.REVERSED, Meaning.DRAFT, Meaning.LOST})
MONEY = frozenset(
    {Meaning.SALE, Meaning.PENDING, Meaning.REFUND, *EXCLUDED},
)
EVENTS = frozenset(
    {
        Meaning.START,
        Meaning.TRIAL,
        Meaning.RENEWAL,
        Meaning.UPGRADE,
        Meaning.DOWNGRADE,
        Meaning.NOTICE,
        Meaning.END,
        Meaning.PAUSE,
        Meaning.RESUME,
        Meaning.PAYMENT_FAILED,
    }
)
STATES = frozenset(
    {Meaning.RUNNING, Meaning.TRIALING, Meaning.PAST_DUE, Meaning.PAUSED, Meaning.ENDED, Meaning.NEVER_STARTED}
)
# So long after a failed payment, with none since, a subscription is past due; an end by then was involuntary.
FAILED_PAYMENT_DAYS = 35
# No signs of life: whoever cancels, pauses, fails to pay, gets money back or a message is not active by it.
NO_ACTIVITY = frozenset(
    {
        Meaning.END,
        Meaning.NOTICE,
        Meaning.PAUSE,
        Meaning.PAYMENT_FAILED,
        Meaning.PAST_DUE,
        Meaning.REFUND,
        Meaning.PASSIVE,
        *EXCLUDED,
    }
)
# What the rows of a value are taken for in the account of the money, in plain words.
TAKEN_FOR: dict[Meaning, str] = {
    **dict.fromkeys(Meaning, "no money of a sale"),
    Meaning.SALE: "revenue",
    Meaning.PENDING: "revenue, not received yet",
    Meaning.REFUND: "given back",
    Meaning.REVERSED: "undone, no revenue",
    Meaning.FAILED: "not paid, no revenue",
    Meaning.VOID: "cancelled, no revenue",
    Meaning.TEST: "a test, no revenue",
    Meaning.DRAFT: "a draft, no revenue",
    Meaning.LOST: "lost, no revenue",
    Meaning.OPEN: "not decided or not paid yet, no revenue",
    Meaning.TRANSFER: "moved, no revenue",
    Meaning.SETTLEMENT: "counts already in another row",
    Meaning.NEUTRAL: "counts as it stands",
}
