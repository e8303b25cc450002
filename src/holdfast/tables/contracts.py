"""The canonical tables and their columns. A table of any other kind is `events` or `lookup`."""

from dataclasses import dataclass
from functools import cached_property

from holdfast.column_types import Kind

LONGEST_KEY = 255  # letters of a text that rows are found by: a customer's id, a segment, a figure, a tenant


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    least: float | None = None  # smallest value that makes sense
    most: float | None = None


@dataclass(frozen=True)
class TableContract:
    """Columns, key and grain of one table.

    A table may carry further columns of the user's own: they keep their (snake_case) name and
    become attributes (customers) or measures and categories (events).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()  # what no two rows may share; empty: rows need no key

    @cached_property
    def is_events(self) -> bool:
        return any(column.name == "happened_at" for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


_ID = Column("customer_id", Kind.TEXT, "Whose record this is.", required=True)


_WHEN = Column("happened_at", Kind.TIME, "When it happened.", required=True)


_KNOWN_AT = Column("known_at", Kind.TIME, "When the business could first know of it; happened_at where not given.")


def _events(name: str, meaning: str, *columns: Column) -> TableContract:
    return TableContract(name, meaning, (_ID, _WHEN, _KNOWN_AT, *columns))


CUSTOMERS = TableContract(
    "customers",
    "One row a customer.",
    (
        _ID,
        Column("signed_up_at", Kind.TIME, "When the customer began."),
        Column("ended_at", Kind.TIME, "When the customer left; empty while the customer stays."),
        Column("label", Kind.FLAG, "Whether the customer left, as given by the business."),
        Column("monthly_amount", Kind.MONEY, "What the customer pays in a month.", unit="currency", least=0),
        Column("total_amount", Kind.MONEY, "What the customer has paid so far.", unit="currency", least=0),
        Column("tenure_months", Kind.NUMBER, "How long the customer has been one.", unit="months", least=0),
        Column(
            "first_purchase_at", Kind.TIME, "The first purchase, where the file holds one row a customer with totals."
        ),
        Column(
            "last_purchase_at", Kind.TIME, "The last purchase, where the file holds one row a customer with totals."
        ),
        Column(
            "days_since_purchase",
            Kind.NUMBER,
            "Days from the last purchase to the export, where no date says it.",
            unit="days",
            least=0,
        ),
        Column(
            "days_since_first_purchase",
            Kind.NUMBER,
            "Days from the first purchase to the export, where no date says it.",
            unit="days",
            least=0,
        ),
        Column("mean_amount", Kind.MONEY, "What a purchase came to on average.", unit="currency", least=0),
        Column(
            "purchases", Kind.NUMBER, "How many purchases in all, where the file holds totals.", unit="orders", least=0
        ),
    ),
    key=("customer_id",),
)


TRANSACTIONS = _events(
    "transactions",
    "One row a purchase, or one line of a purchase.",
    Column("amount", Kind.MONEY, "What was paid; negative for money given back.", unit="currency"),
    Column("refunded_amount", Kind.MONEY, "What of the amount was given back later.", unit="currency"),
    Column("outstanding_amount", Kind.MONEY, "What of the amount was still owed at the export.", unit="currency"),
    Column("currency", Kind.CATEGORY, "The currency of the amount."),
    Column("quantity", Kind.NUMBER, "How many units.", unit="units"),
    Column("unit_price", Kind.MONEY, "Price of one unit.", unit="currency"),
    Column("discount", Kind.MONEY, "What was taken off the price.", unit="currency"),
    Column("order_id", Kind.TEXT, "The purchase this line belongs to."),
    Column("product", Kind.TEXT, "What was bought."),
    Column("category", Kind.CATEGORY, "What sort of thing was bought."),
    Column("channel", Kind.CATEGORY, "Where it was bought."),
    Column("payment_method", Kind.CATEGORY, "How it was paid."),
    Column("status", Kind.CATEGORY, "How the purchase ended."),
)


INTERACTIONS = _events(
    "interactions",
    "One row a contact between a customer and the business.",
    Column("kind", Kind.CATEGORY, "What it was about."),
    Column("channel", Kind.CATEGORY, "How it took place."),
    Column("duration", Kind.NUMBER, "How long it took.", unit="minutes", least=0),
    Column("satisfaction", Kind.NUMBER, "How satisfied the customer said to be.", unit="points"),
    Column("resolved", Kind.FLAG, "Whether the matter was resolved."),
)


MARKETING = _events(
    "marketing",
    "One row a message sent to a customer, or an answer to it.",
    Column("kind", Kind.CATEGORY, "What happened: sent, opened, clicked, converted, unsubscribed."),
    Column("campaign", Kind.TEXT, "The campaign it belongs to."),
    Column("channel", Kind.CATEGORY, "How it was sent."),
    Column("cost", Kind.MONEY, "What it cost.", unit="currency", least=0),
)


USAGE = _events(
    "usage",
    "One row a use of the product: a session, a call, a day of use.",
    Column("kind", Kind.CATEGORY, "What was used."),
    Column("quantity", Kind.NUMBER, "How much was used.", unit="units", least=0),
    Column("duration", Kind.NUMBER, "How long it was used.", unit="minutes", least=0),
    Column("errors", Kind.NUMBER, "How many errors were met.", unit="errors", least=0),
)


SESSIONS = _events(
    "sessions",
    "One row a visit to the product.",
    Column("duration", Kind.NUMBER, "How long it lasted.", unit="minutes", least=0),
    Column("device", Kind.CATEGORY, "On which device."),
)


CRASHES = _events(
    "crashes",
    "One row a crash of the product.",
    Column("kind", Kind.CATEGORY, "What sort of crash."),
    Column("device", Kind.CATEGORY, "On which device."),
)


PAYMENTS = _events(
    "payments",
    "One row a payment tried.",
    Column("amount", Kind.MONEY, "What was to be paid.", unit="currency"),
    Column("refunded_amount", Kind.MONEY, "What of the amount was given back later.", unit="currency"),
    Column("currency", Kind.CATEGORY, "The currency of the amount."),
    Column("order_id", Kind.TEXT, "The purchase it pays for."),
    Column("failed", Kind.FLAG, "Whether the payment failed."),
    Column("status", Kind.CATEGORY, "How the payment ended."),
    Column("method", Kind.CATEGORY, "How it was paid."),
)


SUPPORT = _events(
    "support",
    "One row a support ticket.",
    Column("kind", Kind.CATEGORY, "What it was about."),
    Column("priority", Kind.CATEGORY, "How urgent it was."),
    Column("resolution_hours", Kind.NUMBER, "How long the answer took.", unit="hours", least=0),
    Column("satisfaction", Kind.NUMBER, "How satisfied the customer said to be.", unit="points"),
    Column("resolved", Kind.FLAG, "Whether it was resolved."),
)


SUBSCRIPTIONS = _events(
    "subscriptions",
    "One row a subscription's period, event, invoice or month.",
    Column("subscription_id", Kind.TEXT, "The subscription it belongs to."),
    Column("ended_at", Kind.TIME, "When the period ended or will end; empty while it runs."),
    Column("notice_at", Kind.TIME, "When the end was announced."),
    Column(
        "notice_period",
        Kind.NUMBER,
        "How long before the end of a term notice must be given: in months up to 12, from 13 on in days.",
    ),
    Column("paid_until", Kind.TIME, "Until when it is paid: the end of the current term."),
    Column("trial_until", Kind.TIME, "When the trial ended or will end."),
    Column("paused_at", Kind.TIME, "When it was paused."),
    Column("resumed_at", Kind.TIME, "When it went on after the pause, or will."),
    Column("refunded_at", Kind.TIME, "When all that was paid for it was given back: it ends then."),
    Column("price", Kind.MONEY, "What one term costs.", unit="currency"),
    Column("refunded_amount", Kind.MONEY, "What was given back of it later.", unit="currency"),
    Column("quantity", Kind.NUMBER, "How many seats or units.", unit="units"),
    Column("interval", Kind.CATEGORY, "How long a term is: month, year, 7 days."),
    Column("interval_count", Kind.NUMBER, "How many intervals a term has.", unit="intervals"),
    Column("plan", Kind.CATEGORY, "What was subscribed to."),
    Column("status", Kind.CATEGORY, "The state of the subscription."),
    Column("kind", Kind.CATEGORY, "What happened to it."),
    Column("currency", Kind.CATEGORY, "The currency of the price."),
)


MOVEMENTS = _events(
    "movements",
    "One row a change of a subscription, made from a table that holds subscriptions: the sum before a cutoff is what "
    "runs then.",
    Column("subscription_id", Kind.TEXT, "The subscription that changed."),
    Column("kind", Kind.CATEGORY, "What happened: trial, start, renewal, upgrade, pause, notice, end ..."),
    Column("running_change", Kind.NUMBER, "1 where it begins to run, -1 where it stops, else 0.", unit="subscriptions"),
    Column("mrr_change", Kind.MONEY, "By how much the monthly recurring revenue changes.", unit="currency"),
    Column("begins_term", Kind.FLAG, "Whether a term that is paid for, or a trial, begins with it."),
    Column("interval_days", Kind.NUMBER, "How long one term is.", unit="days", least=0),
    Column("plan", Kind.CATEGORY, "What is subscribed to."),
    Column("cause", Kind.CATEGORY, "Why it ended: voluntary, involuntary, trial, term, replaced; why it began: paid."),
    Column("amount", Kind.MONEY, "What was paid.", unit="currency"),
    Column("is_due", Kind.FLAG, "Follows from a term that runs out, not from a record: it may lie after the last one."),
)


PARTS = TableContract(
    "parts",
    "One row a part of another table's row: an item or a payment of an order. Its sum goes to that row.",
    (
        Column("order_id", Kind.TEXT, "The row it is a part of.", required=True),
        Column("amount", Kind.MONEY, "What this part is worth.", unit="currency"),
        Column("quantity", Kind.NUMBER, "How many units.", unit="units"),
        Column("unit_price", Kind.MONEY, "Price of one unit; the amount is quantity x unit_price.", unit="currency"),
        Column("product", Kind.TEXT, "What it is."),
        Column("category", Kind.CATEGORY, "What sort of thing it is."),
        Column("status", Kind.CATEGORY, "How it ended."),
    ),
)


EVENTS = _events("events", "One row something that happened to a customer.")


LOOKUP = TableContract("lookup", "One row a thing that customers refer to (a zip code, a plan).", ())


CONTRACTS: tuple[TableContract, ...] = (
    CUSTOMERS,
    TRANSACTIONS,
    INTERACTIONS,
    MARKETING,
    USAGE,
    SESSIONS,
    CRASHES,
    PAYMENTS,
    SUPPORT,
    SUBSCRIPTIONS,
    EVENTS,
    PARTS,
    LOOKUP,
)


_FILLED_IN = ("is_return", "returned_order", "running_change", "mrr_change", "begins_term", "is_due", "is_passive")
_MAY_BE_STATED = {"is_return": Kind.FLAG, "returned_order": Kind.TEXT}  # events that say themselves what else is found
_OF_EVENTS = ("happened_at", "known_at")
_OF_CUSTOMERS = ("signed_up_at", "ended_at", "label")
_EVER_RESERVED = frozenset({*_FILLED_IN, *_OF_EVENTS, *_OF_CUSTOMERS})


def reserved_names(contract: TableContract) -> frozenset[str]:
    """Names that mean something to the product which no column of such a table can mean: filled in, or of others."""
    names = {*_FILLED_IN}
    if contract.name == "customers":
        names |= {*_OF_EVENTS}
    elif contract.name != "lookup":  # a look-up may say when a customer began
        names |= {*_OF_CUSTOMERS}
    return frozenset(names - {column.name for column in contract.columns})


def is_reserved(contract: TableContract, name: str, kind: Kind) -> bool:
    """Whether a column of that name and kind would stand where the product expects something else."""
    if name not in _EVER_RESERVED:
        return False
    is_stated = contract.is_events and _MAY_BE_STATED.get(name) == kind
    return name in reserved_names(contract) and not is_stated


def contract_named(name: str) -> TableContract:
    """The contract of that name; `KeyError` where there is none."""
    return {contract.name: contract for contract in CONTRACTS}[name]
