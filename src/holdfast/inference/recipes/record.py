"""What a known export is: its headers, what a row and each column mean, and where that is documented.

A recipe is data that becomes settings: whatever it says can be typed into holdfast.yaml by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.column_types import Kind
from holdfast.inference.words.names import own_name
from holdfast.meanings import Meaning
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import MoneySettings, SubscriptionSettings

# Reasons to leave a column out that most platforms share.
ADDRESS = "an address: says who the customer is, not what the customer does"
NAME = "the customer's name"
NUMBER = "a number that names the row or the payment"
LATER = "changes after the sale"
IN_TOTAL = "contained in the amount"
FREE_TEXT = "free text"
SELLER = "what a seller did or expects, not the customer"
OUTCOME = "says how the deal ended: it gives the answer away"
BUSINESS = "says how the business works, not the customer"

Statuses = Mapping[Meaning, tuple[str, ...]]


class Row(StrEnum):
    """What one row of an export stands for."""

    ORDER = "order"
    LINE = "line of an order"
    CHARGE = "charge"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    DEAL = "deal"
    EVENT = "event"
    CUSTOMER = "customer"
    TICKET = "ticket"
    MONTH = "customer and month"
    TOTALS = "customer with totals"
    PIECE = "piece of an order"


@dataclass(frozen=True)
class Field:
    """One column of an export. Other fields of the recipe refer to it by `name`."""

    names: tuple[str, ...]  # its headers in every variant and language; case, blanks, _ and accents do not matter
    role: str = ""  # a column of the contract; empty: a column of its own, called like its first header
    kind: Kind | None = None  # None: the contract's, or what the values show
    needed: bool = False  # a file without it is another file
    rare: bool = False  # hardly any other export has this header: it counts three times
    out: str = ""  # why the column is left out; empty: it is used
    true: tuple[str, ...] = ()  # of a flag: the texts that mean yes
    formats: tuple[str, ...] = ()  # of a time: the formats that the platform writes; they settle 01/02/2024
    joined_with: tuple[str, ...] = ()  # names of fields whose text is put after this one's with a blank
    plus: tuple[str, ...] = ()  # names of fields whose numbers are added to this one's
    minus: tuple[str, ...] = ()  # names of fields whose numbers are taken off this one's
    instead_of: str = ""  # the role that it plays where the file lacks that field
    unless: str = ""  # name of a field that this one says nothing of: where the file has that one, this is left out
    unless_rows: tuple[str, tuple[str, ...]] = ("", ())  # a field and its values: rows with these say the same already

    @property
    def name(self) -> str:
        """What the column is called here, also where it is left out."""
        return self.role or own_name(self.names[0], ())


@dataclass(frozen=True)
class Proof:
    """A sum that must hold in the values, else the amount becomes a question."""

    total: str  # names of fields
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()  # of `plus`: in some orders contained in the others already, as taxes in prices


@dataclass(frozen=True)
class Join:
    """A column that names the rows of another known export."""

    on: str  # name of a field of this recipe
    recipe: str  # key of the other recipe
    their: str  # name of the field over there
    is_part: bool = False  # the rows are pieces of the other's rows, to which their sum goes


@dataclass(frozen=True)
class Rest:
    """What else stands in a file of purchases: events of the same customers that are no money, a table of their own."""

    holds: str  # the contract they fill
    kind: str  # name of the field that says what happened
    columns: tuple[str, ...]  # names of the fields that say something of them
    statuses: Mapping[str, Statuses]
    customer: tuple[str, ...] = ()  # fields that name the customer; empty: those of the purchases
    nobody: tuple[str, ...] = ("",)
    row_id: tuple[str, ...] = ()
    unpaid: tuple[str, ...] = ()  # kinds that carry an amount and are no sale: a cart, a line of an order


@dataclass(frozen=True)
class Invoiced:
    """Which fields say that a row of payments pays for a term of a subscription, and for which one."""

    subscription: str  # name of the field that names the subscription; blank where something else was paid
    begin: str = ""  # of the term that is paid, where the file has it
    end: str = ""


@dataclass(frozen=True)
class Recipe:
    """One kind of file that a platform exports."""

    key: str  # "shopify/orders": unique; what `recipe:` says in holdfast.yaml
    title: str  # as in "looks like a ...": "Shopify orders export"
    row: Row
    holds: str  # the contract its rows fill
    fields: tuple[Field, ...]
    sources: tuple[str, ...]  # where the headers are documented
    any_of: tuple[tuple[str, ...], ...] = ()  # of each group at least one field must be in the file
    customer: tuple[str, ...] = ()  # fields that name the customer, the best first: where one is blank the next is used
    nobody: tuple[str, ...] = ("",)  # texts in the customer's column that stand for no customer
    fold_case: bool = False  # the customer is an e-mail address
    statuses: Mapping[str, Statuses] = field(default_factory=dict)  # field -> meaning -> its texts, in all languages
    refunded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field -> texts of sales refunded in full:
    # a sale where the file has the refund's amount as well, else reversed
    unless: Mapping[str, UnlessSettings] = field(default_factory=dict)  # field -> rows that it says nothing of
    money: MoneySettings | None = None
    carry_down: str = ""  # field that names the order, where its other fields stand on the first line only
    row_id: tuple[str, ...] = ()  # fields that name a row for good, so that overlapping exports are counted once
    repeats_are_real: bool = False  # two rows that are alike are two lines of an order, not one written twice
    own_address: str = ""  # field that mostly names the business itself, which is no customer
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field -> values of the rows that count
    subscriptions: SubscriptionSettings | None = None
    rest: Rest | None = None  # the file's other rows; `only` says which are the purchases
    invoiced: Invoiced | None = None  # of payments: what makes them those of subscriptions
    joins: tuple[Join, ...] = ()
    proofs: tuple[Proof, ...] = ()
    time_zone: str = ""  # "UTC" where the platform writes UTC without saying so
    unusable: str = ""  # why nothing can be learned from the export by itself, and which one to bring
    notes: tuple[str, ...] = ()  # what the export cannot tell, printed under its file

    def field(self, name: str) -> Field:
        """The field of that name; `KeyError` where there is none."""
        return {each.name: each for each in self.fields}[name]

    @property
    def anchor(self) -> str:
        """Where docs/reference/exports.md describes it."""
        return self.title.lower().replace(" ", "-").replace("(", "").replace(")", "").replace(",", "")


def left_out(reason: str, *headers: str, rare: bool = False) -> tuple[Field, ...]:
    """One field a header, all left out for the same reason."""
    return tuple(Field((header,), rare=rare, out=reason) for header in headers)
