"""Addresses and telephone numbers as what names the customer: where nothing else does, or better than names do."""

import polars as pl

from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys, one_to_one
from holdfast.inference.words.names import says, whole_words

_FULL_NAME = r"^[^\d@]+[ ,][^\d@]+$"  # of people and firms, not numbers or codes
_ONE_NAME = 0.9  # share of the addresses under which one name alone orders
ADDRESS = 0.95  # share of the values of a column of addresses that hold an @
_MANY_ROWS, _FEWEST_ADDRESSES = 100, 10
_TELEPHONE = whole_words(
    r"(?:tele)?phone|telephone|telefon\w*|tel|mobile|msisdn|celular|movil|cellulare|handy\w*|rufnummer|portable|电话|電話\w*"
)
_NAMES_OF_WORDS = 0.5  # share of values of several words from which on they are names
_COMES_AGAIN = 0.5  # share of different values from which on they hardly come again


def by_address(table: TableProfile) -> Key | None:
    """The column of e-mail addresses; a question where several hold other addresses. None where there is none."""
    holding = [
        column
        for column in table.columns.values()
        if column.distinct > 1 and column.share_filled >= 0.5 and holds_addresses(column)
    ]
    if table.rows >= _MANY_ROWS:  # a few addresses on many rows are those of the staff
        holding = [column for column in holding if column.distinct >= _FEWEST_ADDRESSES]
    if not holding or not (table.times or holding[0].is_unique):
        return None
    first = max(holding, key=lambda column: column.share_filled)
    others = [column.source for column in holding if column is not first and not one_to_one(first, column)]
    if not others:
        return Key(first.source, 0.8, f"no column numbers the customers; {first.source} holds their addresses")
    names = (first.source, *others)
    return Key(first.source, 0.5, f"{', '.join(names)} each hold addresses, and could name the customer", names)


def rather_address(table: TableProfile, key: Key) -> Key:
    """The column of addresses in place of one of people's names: several people may have one name."""
    column = table.columns[key.source]
    if column.is_number or share_of(column.values.str.contains(_FULL_NAME)) < ADDRESS:
        return key
    for name, other in table.columns.items():
        if not holds_addresses(other) or other.share_filled < ADDRESS or other.distinct <= column.distinct:
            continue
        pairs = pl.DataFrame({"name": as_keys(column), "address": as_keys(other)}).drop_nulls().unique()
        of_one = pairs.group_by("address").len()["len"] == 1
        if share_of(of_one) >= _ONE_NAME:
            evidence = (
                f"{other.distinct:,} different addresses go under {column.distinct:,} names of {key.source}, and each "
                "has one name: people of one name differ by their address"
            )
            return Key(name, 0.8, evidence)
    return key


def holds_addresses(column: Profile) -> bool:
    """Whether a column holds e-mail addresses."""
    return column.are_addresses


def by_telephone(table: TableProfile) -> Key | None:
    """The column of telephone numbers that come again, as in top-ups; None where there is none."""
    for column in table.columns.values():
        if (
            says(column.source, _TELEPHONE)
            and column.could_name_things
            and table.times
            and column.share_distinct < _COMES_AGAIN
        ):
            digits = column.values.str.replace_all(r"\D", "").str.len_chars()
            if share_of(digits.is_between(7, 15)) >= ADDRESS:
                evidence = f"no column numbers the customers; {column.source} holds their telephone numbers"
                return Key(column.source, 0.75, f"{evidence}, {column.distinct:,} in {column.filled:,} rows")
    return None


def holds_names(column: Profile) -> bool:
    """Whether the values are names of people or firms: texts of several words."""
    is_text = column.is_text_typed and not column.is_number and not column.is_code
    return is_text and share_of(column.values.str.contains("[ ,]")) >= _NAMES_OF_WORDS
