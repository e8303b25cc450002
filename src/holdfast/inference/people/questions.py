"""The questions where rows are dated and no column names their customer."""

from collections.abc import Collection, Sequence

import polars as pl

from holdfast.inference.money.refunds import names_refunds
from holdfast.inference.people.addresses import holds_names
from holdfast.inference.people.candidates import (
    A_NAME,
    FEWEST_CUSTOMERS,
    LEAST_DISTINCT,
    MANY_ROWS,
    NAMED,
    SHARED,
    is_constant,
    is_named_customer,
    is_time_of_day,
    may_be_ids,
    numbers_sales,
)
from holdfast.inference.people.key import Key
from holdfast.inference.people.namesakes import rather_number
from holdfast.inference.profiles.columns import Profile, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, spaced, whole_words
from holdfast.inference.words.subscriptions import SUBSCRIPTION_ID
from holdfast.inference.words.vocabulary import AMOUNT_STRONG, AMOUNT_WEAK, ID_ENDING, ORDER_ID, PRODUCT

_NOT_A_NAME = whole_words(
    r"product|item|plan|offer|campaign|staff|seller|agent|file|store|shop|city|country|event|register|discount|status|type"
)
_TITLE = whole_words(
    r"title|subject|description|titel|betreff|bezeichnung|titre|objet|intitule|titulo|asunto|assunto|descripcion|descricao|titolo|oggetto|descrizione|onderwerp|omschrijving|tytul|temat|opis|otsikko|kuvaus"
)
_FEWEST_TEXTS = 20  # different texts: fewer are kinds of something
_OFTEN_TWICE = 0.7  # share of different values among texts that come back
_OF_SEVERAL_CONTRACTS = 0.3  # share of different values from which on they may be those of customers with several
_NEARLY_ALL = 0.95  # share of the values whose rows are of one day
_SMALL = 100  # numbers of customers seldom begin below it, counts do
NOBODYS = 0.2  # how sure a column is that stands for none


def holds_somebody(table: TableProfile) -> bool:
    """Whether the rows of a table are dated as what customers do, or might name one."""
    return table.has_event_times or (bool(table.times) and bool(could_name_customers(table)))


def of_nobody(table: TableProfile) -> Key:
    """A question: the rows are dated, so they are somebody's, but nothing says whose; or one customer's."""
    lone = [
        column
        for column in table.columns.values()
        if is_named_customer(column) and column.filled and column.distinct == 1
    ]
    could = could_name_customers(table)
    if len(lone) == 1 and not could:
        return Key(lone[0].source, 0.75, "the name says whose the row is; every row names the same customer")
    first = could[0] if could else next(iter(table.columns))
    evidence = "the rows are dated, but no column names the customer"
    if not could and (texts := repeating_texts(table)):
        evidence += " by its name; these texts repeat as customers do: name it, or bring an export that holds it"
        return Key(texts[0], NOBODYS, evidence, texts)
    better = rather_number(table, Key(first, NOBODYS, evidence))
    if could and better.source != first:
        choices = tuple(dict.fromkeys((better.source, *could)))
        return Key(better.source, NOBODYS, f"{evidence}; {better.evidence}", choices)
    if not could:
        evidence += ": without one nothing says who comes back; bring an export that names the customers"
    return Key(first, NOBODYS, evidence, could)


def of_own_rows(table: TableProfile, key: Key) -> Key:
    """The key; where no name says whose a contract is, a question that offers the numbers of its rows too.

    Where each row is one contract of one customer, its number stands for the customer.

    Args:
        table: a table of contracts.
        key: of nobody, or any other one, which stays as it is.
    """
    own = [
        column.source
        for column in table.columns.values()
        if column.is_unique and may_be_ids(column) and (column.is_code or column.is_whole)
        and not column.is_written_as_money and column.source not in table.times
    ]  # fmt: skip
    if key.confidence >= NAMED or is_named_customer(table.columns[key.source]) or not own:
        return key
    # Whoever is numbered has a code sooner than a count of something.
    own.sort(key=lambda name: (says(name, SUBSCRIPTION_ID) or says(name, ORDER_ID), not table.columns[name].is_code))
    could = [*key.choices, *([] if key.source in key.choices or key.confidence <= NOBODYS else [key.source])]
    several = [name for name in could if table.columns[name].share_distinct >= _OF_SEVERAL_CONTRACTS]
    several = [name for name in several if not _may_be_a_count(table.columns[name])]
    choices = tuple(dict.fromkeys((*several, *own, *could)))
    evidence = f"no name says whose a row is; each row has its own {' and its own '.join(own)}: is that the customer's?"
    return Key(choices[0], NOBODYS, evidence, choices)


def _may_be_a_count(column: Profile) -> bool:
    """Whether the values are small numbers, as visits and months are, rather than numbers of somebody."""
    return not column.is_code and column.is_whole and least_of(column.numbers) < _SMALL


def whose_money(
    tables: Sequence[TableProfile], settled: Collection[str], *, of_refunds_alone: bool = False
) -> dict[str, Key]:
    """A question for each dated table of amounts that belongs to nobody, where no other table holds any amount.

    Without it the project would have customers and no revenue. One whose name says that its money was given back is
    asked about beside others as well: without it revenue would be too high.

    Args:
        tables: all.
        settled: names of those that lead to customers, or are parts of or looked up by others.
        of_refunds_alone: known exports hold the sales.
    """
    has_others = of_refunds_alone or any(_has_amounts(table) for table in tables if table.name in settled)
    questions = {}
    for table in tables:
        is_back = names_refunds(table.name)
        if table.name in settled or not table.times or not _has_amounts(table) or (has_others and not is_back):
            continue
        what = "these amounts were given back" if is_back else "these are the only amounts"
        without = "to count revenue before they are taken off" if is_back else "without amounts"
        evidence = (
            f"{what}, and no column names the customer or, by its name or its values, a row of a table that does: "
            f"name it, or bring an export that does; {without} take the table away"
        )
        could = could_name_customers(table)
        questions[table.name] = Key(could[0] if could else next(iter(table.columns)), NOBODYS, evidence, could)
    return questions


def _has_amounts(table: TableProfile) -> bool:
    return any(
        column.is_number and name not in table.times and (column.is_written_as_money or says(name, AMOUNT_STRONG))
        for name, column in table.columns.items()
    )


def could_name_customers(table: TableProfile) -> tuple[str, ...]:
    """Columns that could name the customers, the likeliest first: their names, then codes and numbers."""
    fitting = [
        column
        for column in table.columns.values()
        if column.filled
        and not is_constant(column)
        and column.source not in table.times
        and not column.is_unique
        and not (column.is_number and column.is_written_as_money)
        and not numbers_sales(table, column)
        and (table.rows < MANY_ROWS or column.distinct >= FEWEST_CUSTOMERS)
    ]
    names = [
        column.source
        for column in fitting
        if column.is_text_typed
        and not column.is_number
        and (says(column.source, A_NAME) or is_named_customer(column))
        and not says(column.source, _NOT_A_NAME)
        and not is_time_of_day(column)
    ]
    codes = [
        column.source
        for column in fitting
        if may_be_ids(column)
        and column.source not in names
        and (column.is_code or column.is_whole)
        and column.distinct >= LEAST_DISTINCT * column.rows
        and not is_time_of_day(column)
        and not says(column.source, AMOUNT_STRONG)
        and not says(column.source, AMOUNT_WEAK)
        and not says(column.source, ORDER_ID)
        and not says(column.source, SHARED)
    ]
    # A name that ends as ids do is likelier than a number of something: a card's number before the points earned. What
    # numbers receipts stands on one day only, and so last.
    return (
        *names,
        *sorted(codes, key=lambda name: (_is_of_one_day(table, name), ID_ENDING.search(spaced(name)) is None)),
    )


def _is_of_one_day(table: TableProfile, name: str) -> bool:
    """Whether the several rows of each value are of one day, as the lines of a receipt are and a customer's are not."""
    when = next(iter(table.times), None)
    if when is None:
        return False
    rows = pl.DataFrame({"key": as_keys(table.columns[name]), "day": table.timestamps(when).dt.date()}).drop_nulls()
    several = rows.group_by("key").agg(pl.len(), pl.col("day").n_unique()).filter(pl.col("len") > 1)
    return several.height >= _FEWEST_TEXTS and share_of(several["day"] == 1) >= _NEARLY_ALL


def repeating_texts(table: TableProfile) -> tuple[str, ...]:
    """Columns of texts too many for kinds of something, and mostly in several rows: organisations, contacts.

    Names of several words first, and titles of things last.
    """
    fitting = (
        column
        for column in table.columns.values()
        if column.is_text_typed
        and not column.is_number
        and column.source not in table.times
        and not is_time_of_day(column)
        and not says(column.source, _NOT_A_NAME)
        and not says(column.source, PRODUCT)
        and column.distinct >= max(_FEWEST_TEXTS, LEAST_DISTINCT * column.rows)
        and column.share_distinct <= _OFTEN_TWICE
    )
    ordered = sorted(fitting, key=lambda column: (says(column.source, _TITLE), not holds_names(column)))
    return tuple(column.source for column in ordered)


def may_be_of_customers(table: TableProfile) -> bool:
    """Whether it would be a loss to leave a table out: its rows are dated, or each is one of something."""
    return bool(table.times) or any(column.is_unique for column in table.columns.values())
