"""Guesses kind and name of columns without a role: attributes and measures of the user's own."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from holdfast.column_types import Kind, are_alike
from holdfast.inference.guesses import ColumnGuess, TableGuess, TimeReading
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of
from holdfast.inference.words.names import own_name, says, spaced, whole_words
from holdfast.inference.words.vocabulary import BARE_ID, BARE_NAME, ID_ENDING, MONEY, NOT_MONEY, PERSONAL
from holdfast.tables.contracts import CONTRACTS, TableContract, is_reserved, reserved_names

MOST_CATEGORIES = 100
_MOST_OF_CUSTOMERS = 5_000  # values of a category that stands once a customer: trees read them by their leaving rate
_LEAST_SHARING = 0.25  # share of different values up to which four rows share one on average
_CODED = whole_words(r"zip(?: code)?|zipcode|post(?:al)? code|postcode|plz|area code|cp|region code|phone|tel")
_NUMBERED = whole_words(
    r"(?:city|town|municipality|region|district|county|province|state|country|branch|store|shop|dealer|agent|depot)"
    r"(?: (?:no|nr|num|number|code|id))?"
)


def kind_of(column: Profile, reading: TimeReading | None, *, of_customers: bool = False) -> tuple[Kind, str]:
    """What a column holds, and what shows it.

    Args:
        column: to be read. reading: as a time, if it is one. of_customers: whether it stands once a customer.
    """
    most = _MOST_OF_CUSTOMERS if of_customers and column.share_distinct <= _LEAST_SHARING else MOST_CATEGORIES
    if reading is not None:
        return Kind.TIME, reading.evidence
    if column.flag is not None:
        return Kind.FLAG, f"only {' and '.join(column.values)}" if len(column.values) else "true and false"
    if (says(column.source, PERSONAL) or says(column.source, BARE_NAME)) and not (
        column.is_number and not column.is_whole
    ):
        return Kind.TEXT, "personal or free text by its name: kept, never a feature"
    if spaced(column.source).endswith((" latitude ", " longitude ", " lat ", " lon ", " lng ")):
        return Kind.TEXT, "a place on the map: kept, never a feature"
    if column.is_number:
        return _number_kind(column, most)
    many = column.distinct > most or (column.distinct > 20 and column.share_distinct > 0.5)
    if many:
        return Kind.TEXT, f"{column.distinct:,} different texts: too many for categories"
    return Kind.CATEGORY, f"{column.distinct:,} different texts"


def _number_kind(column: Profile, most: int) -> tuple[Kind, str]:
    name = column.source
    if column.has_leading_zeros or says(name, _CODED) or (column.is_whole and says(name, _NUMBERED)):
        kind = Kind.TEXT if column.distinct > most else Kind.CATEGORY
        return kind, "numbers used as codes" + (", with leading zeros" if column.has_leading_zeros else "")
    if ID_ENDING.search(spaced(name)) and column.is_whole:
        kind = Kind.TEXT if column.distinct > most or column.share_distinct > 0.5 else Kind.CATEGORY
        return kind, "an identifier by its name"
    spread = f"numbers from {least_of(column.numbers):g} to {greatest_of(column.numbers):g}"
    if column.has_currency_sign:
        return Kind.MONEY, f"{spread}, with a currency sign"
    if says(name, MONEY) and not says(name, NOT_MONEY):
        return Kind.MONEY, f"{spread}; money by its name"
    return Kind.NUMBER, spread


def own_column(
    column: Profile, reading: TimeReading | None, taken: Collection[str], *, of_customers: bool = False
) -> ColumnGuess:
    """A column under its own name in snake_case."""
    kind, evidence = kind_of(column, reading, of_customers=of_customers)
    confidence = reading.confidence if reading is not None else 0.9
    true = (
        (column.flag,)
        if kind is Kind.FLAG and column.flag and column.is_text_typed and column.flag not in _USUAL
        else ()
    )
    return ColumnGuess(
        column.source, own_name(column.source, taken), kind, confidence, evidence, time=reading, true=true
    )


_USUAL = {"Yes", "yes", "YES", "Y", "y", "TRUE", "True", "true", "1", "1.0", "T", "t"}


def constant_reason(column: Profile) -> str:
    """Why a column says nothing; empty where it says something."""
    if column.filled == 0:
        return "empty in every row"
    if column.distinct == 1 and column.filled == column.rows and column.rows >= 20:
        return f"constant: always {column.values[0]}"
    return ""


def names_rows(column: Profile) -> bool:
    """Whether a column does nothing but name each row: a key or a running number."""
    if column.filled < column.rows or column.rows < 20 or column.share_distinct < 0.99 or not column.could_name_things:
        return False
    is_key = says(column.source, BARE_ID) or ID_ENDING.search(spaced(column.source)) is not None
    if is_key or column.distinct < column.filled:
        return is_key
    if column.is_code:
        return True
    if not column.is_whole:
        return False
    return greatest_of(column.numbers) - least_of(column.numbers) + 1 == column.distinct


def with_free_names(table: TableGuess) -> TableGuess:
    """The table with each own column renamed that is called as the product calls something else.

    A column `is_return` that counts days, or a `unit_price` of words, keeps its values under another name.
    """
    contract = next((contract for contract in CONTRACTS if contract.name == table.holds.value), None)
    if contract is None:
        return table
    names = {column.name for column in table.columns}
    new: dict[str, str] = {}
    for column in table.columns:
        if not column.role and _means_something_else(column, contract):
            promised = {each.name for each in contract.columns} | reserved_names(contract)
            new[column.name] = own_name(column.name, {*names, *new.values(), *promised})
    return _renamed(table, new) if new else table


def _means_something_else(column: ColumnGuess, contract: TableContract) -> bool:
    promised = contract.column(column.name)
    if promised is not None:
        return not are_alike(promised.kind, column.kind)
    return is_reserved(contract, column.name, column.kind)


def _renamed(table: TableGuess, new: Mapping[str, str]) -> TableGuess:
    money = table.money
    if money is not None:
        refunds = tuple(new.get(name, name) for name in money.refunds)
        named = {each: getattr(money, each) for each in ("currency", "rate", "once_per")}
        update = {each: new.get(name, name) for each, name in named.items()}
        money = money.model_copy(update=update | {"refunds": refunds})
    return replace(
        table,
        columns=tuple(replace(column, name=new.get(column.name, column.name)) for column in table.columns),
        statuses=tuple(replace(status, column=new.get(status.column, status.column)) for status in table.statuses),
        row_id=tuple(new.get(name, name) for name in table.row_id),
        only={new.get(name, name): values for name, values in table.only.items()},
        idle_when_zero=tuple(new.get(name, name) for name in table.idle_when_zero),
        money=money,
    )
