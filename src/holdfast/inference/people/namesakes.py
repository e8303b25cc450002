"""Numbers of people beside their names: a name that several numbers share is several people."""

import polars as pl

from holdfast.inference.people.addresses import holds_names
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import SUBSCRIPTION_ID
from holdfast.inference.words.vocabulary import ORDER_ID, PRODUCT

_OF_OTHER_THINGS = (ORDER_ID, PRODUCT, SUBSCRIPTION_ID)  # what a customer may have several of
_ONE_NAME = 0.99  # share of the numbers that have one name
_FEWEST = 20  # numbers
_MOST = 1.6  # numbers for each name; of more they are numbers of what people did
_COMES_AGAIN = 0.9  # share of different numbers among the rows


def rather_number(table: TableProfile, key: Key) -> Key:
    """The column that numbers the people, in place of that of their names, where namesakes have their own numbers."""
    column = table.columns[key.source]
    if not holds_names(column) or column.distinct < _FEWEST:
        return key
    numbers = [other for other in table.columns.values() if other is not column and _numbers(table, other, column)]
    if len(numbers) != 1:
        return key
    number = numbers[0]
    evidence = (
        f"each {number.source} has one {key.source}, and {number.distinct:,} of them share {column.distinct:,} names: "
        "namesakes are different people"
    )
    return Key(number.source, max(key.confidence, 0.8), evidence)


def _numbers(table: TableProfile, number: Profile, name: Profile) -> bool:
    is_number = number.could_name_things and (number.is_whole or number.is_code) and number.source not in table.times
    if not is_number or number.are_addresses or any(says(number.source, words) for words in _OF_OTHER_THINGS):
        return False
    if not name.distinct < number.distinct <= _MOST * name.distinct or number.share_distinct > _COMES_AGAIN:
        return False
    pairs = pl.DataFrame({"number": as_keys(number), "name": as_keys(name)}).drop_nulls().unique()
    by_number = pairs.group_by("number").agg(pl.len().alias("names"))
    return share_of(by_number["names"] == 1) >= _ONE_NAME
