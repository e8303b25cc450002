"""Which contract a table of events fits: what its columns say, before the name of its file."""

from holdfast.inference.guesses import Guess
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import plain, says, whole_words

_NAMED = 0.5  # parts at least named as what they are taken for, even where their values leave a doubt
PAID = ("amount", "quantity", "unit_price")  # what says that something was paid
_TINY = 1e-4  # of a cent: what floats lose
_SORTS = whole_words(r"event type|event name|event|action|activity type|activity|type")


def holds_of(table: TableProfile, guesses: list[RoleGuess], *, alone: bool, lacks_money: bool = False) -> Guess:
    """Which contract an event table fits.

    Args:
        table: the table. guesses: the roles of its columns. alone: the project has no other table.
        lacks_money: no table of the project is known to hold money, so that numbers with cents are asked about.
    """
    about, change = f"{table.name}.holds", f"tables.{table.name}.holds"
    name = table.name
    roles = {guess.role for guess in guesses if guess.confidence >= _NAMED}
    pays = "amount" in roles or {"quantity", "unit_price"} <= roles
    sorting = [column for column in table.columns.values() if says(column.source, _SORTS) and not column.is_number]
    sorts = next((column for column in sorting if _mixes_events(column)), None)
    if sorts is not None:
        evidence = f"{sorts.source} tells different sorts of events apart: {', '.join(sorts.values.head(4))}"
        return Guess(about, "events", 0.8, evidence, change)
    if says(name, whole_words("churn|churned|cancellations?")):
        return Guess(about, "events", 0.8, "the file's name says that customers left; it is not activity", change)
    by_name = next((contract for contract, pattern in vocabulary.TABLE_WORDS if says(name, pattern)), None)
    sells = by_name == "transactions" and not alone
    if pays and (by_name == "transactions" or alone or (by_name is None and roles & {"amount", "unit_price"})):
        shown = ", ".join(f"{guess.role}: {guess.source}" for guess in guesses if guess.role in PAID)
        return Guess(about, "transactions", 0.9, f"money and dates: {shown}", change)
    if sells:
        return Guess(about, "transactions", 0.75, f'the file\'s name says "{plain(name)}"', change)
    if by_name is not None:
        return Guess(about, by_name, 0.85, f'the file\'s name says "{plain(name)}"', change)
    if alone and roles & {"product", "order_id"}:
        return Guess(
            about,
            "transactions",
            0.75,
            "each row has a date and names what was bought; nothing says what was paid",
            change,
        )
    if pays:
        return Guess(about, "transactions", 0.8, "each row has a date and money", change)
    doubtful = next((guess for guess in guesses if guess.role == "amount"), None)
    if (alone or lacks_money) and doubtful is not None and _could_be_money(table.columns[doubtful.source]):
        evidence = f"each row has a date, and {doubtful.source} could be money: no name says that anything was bought"
        return Guess(about, "transactions", 0.6, evidence, change, ("transactions", "events"))
    return Guess(about, "events", 0.8, "customers and times, and nothing that says of which sort", change)


def _could_be_money(column: Profile) -> bool:
    """Whether numbers are written as sums of money are: with cents or a sign, and no more than two digits of cents."""
    in_cents = column.all_numbers.drop_nulls() * 100
    return column.is_written_as_money and share_of((in_cents - in_cents.round()).abs() < _TINY) == 1.0


def _mixes_events(column: Profile) -> bool:
    values = {plain(value) for value in column.values.head(50)}
    browsing = {
        "view",
        "cart",
        "purchase",
        "click",
        "addtocart",
        "add_to_cart",
        "login",
        "signup",
        "logout",
        "remove_from_cart",
    }
    return column.distinct <= 50 and len(values & browsing) >= 2
