"""Guesses the columns that name the customer, by names and values."""

# ruff: noqa: E501
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from holdfast.formatting import percent
from holdfast.inference.guesses import CONFIDENT
from holdfast.inference.people.addresses import ADDRESS, by_address, by_telephone, holds_names, rather_address
from holdfast.inference.people.buyers import or_company, or_payer, rather_buyer
from holdfast.inference.people.key import Key
from holdfast.inference.people.totals import looks_like_totals
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, containment, one_to_one
from holdfast.inference.words.entities import is_of_customers, is_of_things, without_better_target
from holdfast.inference.words.names import says, spaced, whole_words, words
from holdfast.inference.words.subscriptions import SUBSCRIPTION_ID
from holdfast.inference.words.vocabulary import (
    AMOUNT_STRONG,
    AMOUNT_WEAK,
    BARE_ID,
    CUSTOMER_ID,
    CUSTOMER_WORD,
    ID_ENDING,
    ORDER_ID,
    PERSONAL,
    PRODUCT,
)

_PERSON = whole_words(
    r"customers?|clients?|clientes?|clienti|kunden?|klant|klanten|klient|kund|cust|kundennummer|kundennr|klantnummer|klantnr|клиента?|客户|顾客|顧客|покупателя?|acheteur|comprador|buyers?|shoppers?|(?:booked|ordered|bought|purchased|reserved|paid) by|gebucht von|bestellt von|reservado por|prenotato da"
)


_MEMBER = whole_words(
    r"users?|members?|subscribers?|players?|households?|usuarios?|utilisateurs?|nutzer|benutzer|abonnes?|mitglied|guests?|patients?|donors?|students?|用户|会员|пользователя"
)


_ZIP = whole_words(
    r"zip(?: code)?|zipcode|post(?:al)? code|postcode|plz|cp|codigo postal|postleitzahl|year|jahr|age|week|month|day"
)


_NAME = whole_words(
    r"names?|customer|client|tenant|lessee|mieter|leasingnehmer|locataire|preneur|arrendatario|inquilino|locatario|huurder|contact|company|firma|firm|buyer|payer|payee|debtor|account|nazwa|nom|nombre|nome|nabywca"
    r"|empresa|entreprise|societe|raison sociale|azienda|societa|ragione sociale|razon social|unternehmen|bedrijf"
    r"|foretag|virksomhed|yritys|spolka"
    r"|kunde|kundenname|auftraggeber|zahlungspflichtiger|beguenstigter|begunstigter|empfanger|counterparty|partner"
)
_NO_NAME = whole_words(
    r"product|item|plan|offer|campaign|staff|seller|agent|file|store|shop|city|country|event|register|discount|status|type"
)


_SHARED = whole_words(  # digits that many people's cards have
    r"(?:last|letzte|derniers?|ultim[oaie]s?|laatste) (?:4|four|vier|quatre|cuatro|quattro|digits|ziffern|chiffres|digitos|cifre)(?: \w+)*|(?:card )?last ?4|bin|first ?6(?: \w+)*"
)


NOBODYS = 0.2  # how sure a column is that stands for none
_NAMED = 0.5  # points of a column whose name says that it names a customer
_LEAST = 0.3  # points below which a column is not even asked about
_FEW_ROWS = 20  # rows of a file in which one value may be the only customer's
_LEAST_DISTINCT = 0.01  # different values a row, of numbers that could name customers
_MANY_ROWS, _FEWEST_CUSTOMERS = 100, 10  # fewer different values in as many rows are kinds of something
_HARDLY_TWICE = 0.98  # share of different values
_GAPS = 2  # running numbers fill at least every second place between the least and the greatest


def customer_keys(tables: Sequence[TableProfile]) -> dict[str, Key]:
    """The customer's column of each table that has one, by table name.

    A doubtful column stands here (confidence below the threshold) only where no table has a sure one.
    """
    named = [
        (table, column) for table in tables for column in table.columns.values() if _is_named(column) and _fits(column)
    ]
    others = _Others(named, tuple(tables))
    named += [
        (table, column)
        for table in tables
        for column in table.columns.values()
        if others.people(table) and says(column.source, BARE_ID) and _fits(column)
    ]
    keys = {table.name: key for table in tables if (key := _best(table, others)) is not None}
    if len(keys) == 1:
        keys = {table.name: _who_it_is(table, keys[table.name]) for table in tables if table.name in keys}
    keys = {name: key for name, key in keys.items() if not _is_rather_an_address(name, key, tables)}
    if not keys:
        keys = {table.name: key for table in tables if (key := by_address(table) or by_telephone(table)) is not None}
    if not keys:
        return {table.name: _nobody(table) for table in tables if _holds_somebody(table)}
    if any(key.confidence >= CONFIDENT for key in keys.values()):
        return {name: key for name, key in keys.items() if key.confidence >= CONFIDENT or key.choices}
    return {table.name: _with_choices(table, keys[table.name]) for table in tables if table.name in keys}


def _with_choices(table: TableProfile, key: Key) -> Key:
    """The question with the columns that the customer could be named by."""
    if key.choices or not table.times:
        return key
    return replace(key, choices=tuple(dict.fromkeys((key.source, *_could_name_customers(table)))))


def _is_rather_an_address(name: str, key: Key, tables: Sequence[TableProfile]) -> bool:
    """Whether a doubtful column, by its name no customer's, stands beside the addresses of people who come again."""
    table = next(table for table in tables if table.name == name)
    if key.confidence >= CONFIDENT or _is_named(table.columns[key.source]) or key.choices:
        return False
    return by_address(table) is not None


def _who_it_is(table: TableProfile, key: Key) -> Key:
    """The only customer's column of a project, or another one of its table that names the customer better."""
    return or_company(table, or_payer(table, rather_buyer(table, rather_address(table, key))))


def _holds_somebody(table: TableProfile) -> bool:
    return table.has_event_times or (bool(table.times) and bool(_could_name_customers(table)))


def _nobody(table: TableProfile) -> Key:
    """A question: the rows are dated, so they are somebody's, but nothing says whose; or one customer's."""
    lone = [column for column in table.columns.values() if _is_named(column) and column.filled and column.distinct == 1]
    could = _could_name_customers(table)
    if len(lone) == 1 and not could:
        return Key(lone[0].source, 0.75, "the name says whose the row is; every row names the same customer")
    first = could[0] if could else next(iter(table.columns))
    evidence = "the rows are dated, but no column names the customer"
    if not could:
        evidence += ": without one nothing says who comes back; bring an export that names the customers"
    return Key(first, NOBODYS, evidence, could)


def whose_money(tables: Sequence[TableProfile], settled: Collection[str]) -> dict[str, Key]:
    """A question for each dated table of amounts that belongs to nobody, where no other table holds any amount.

    Without it the project would have customers and no revenue.

    Args:
        tables: all.
        settled: names of those that lead to customers, or are parts of or looked up by others.
    """
    if any(_has_amounts(table) for table in tables if table.name in settled):
        return {}
    questions = {}
    for table in tables:
        if table.name in settled or not table.times or not _has_amounts(table):
            continue
        evidence = (
            "these are the only amounts, and no column names the customer or, by its name or its values, a row of "
            "another table that does; name it, or bring an export that holds it; without amounts take the table away"
        )
        could = _could_name_customers(table)
        questions[table.name] = Key(could[0] if could else next(iter(table.columns)), NOBODYS, evidence, could)
    return questions


def _has_amounts(table: TableProfile) -> bool:
    return any(
        column.is_number
        and name not in table.times
        and (column.has_currency_sign or not column.is_written_whole or says(name, AMOUNT_STRONG))
        for name, column in table.columns.items()
    )


def _could_name_customers(table: TableProfile) -> tuple[str, ...]:
    """Columns that could name the customers, the likeliest first: their names, then codes and numbers."""
    fitting = [
        column
        for column in table.columns.values()
        if column.filled
        and not _is_constant(column)
        and column.source not in table.times
        and not column.is_unique
        and not _numbers_sales(table, column)
        and (table.rows < _MANY_ROWS or column.distinct >= _FEWEST_CUSTOMERS)
    ]
    names = [
        column.source
        for column in fitting
        if column.is_text_typed
        and not column.is_number
        and (says(column.source, _NAME) or _is_named(column))
        and not says(column.source, _NO_NAME)
        and not _is_time_of_day(column)
    ]
    codes = [
        column.source
        for column in fitting
        if _fits(column)
        and column.source not in names
        and (column.is_code or column.is_whole)
        and column.distinct >= _LEAST_DISTINCT * column.rows
        and not _is_time_of_day(column)
        and not says(column.source, AMOUNT_STRONG)
        and not says(column.source, AMOUNT_WEAK)
        and not says(column.source, ORDER_ID)
        and not says(column.source, _SHARED)
    ]
    # A name that ends as ids do is likelier than a number of something: a card's number before the points earned.
    return (*names, *sorted(codes, key=lambda name: ID_ENDING.search(spaced(name)) is None))


def _is_named(column: Profile) -> bool:
    return says(column.source, CUSTOMER_ID) or says(column.source, CUSTOMER_WORD)


def _fits(column: Profile) -> bool:
    return column.could_name_things and column.share_filled >= 0.3 and not _is_constant(column)


def _is_time_of_day(column: Profile) -> bool:
    return column.is_text_typed and share_of(column.values.str.contains(r"^\d{1,2}:\d{2}(?::\d{2})?$")) >= ADDRESS


def _is_constant(column: Profile) -> bool:
    """Whether every row has the same value: it may name the shop, and it tells no customer from another."""
    return column.distinct == 1 and column.filled == column.rows >= _FEW_ROWS


@dataclass(frozen=True)
class _Others:
    """What all tables of the project say of one."""

    named: Sequence[tuple[TableProfile, Profile]]  # columns that name customers
    tables: Sequence[TableProfile]

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(name for table in self.tables for name in table.columns)

    def people(self, table: TableProfile) -> bool:
        """Whether a table's name says that its rows are the customers."""
        rivals = [other.name for other in self.tables if other is not table]
        return is_of_customers(table.name) and without_better_target(table.name, rivals, self.columns)

    def things(self, table: TableProfile) -> bool:
        """Whether the rows of a table are something else than customers, so that its own number names them."""
        if len(self.tables) == 1:
            return False
        if is_of_customers(table.name):
            return not self.people(table)
        elsewhere = {name for other in self.tables if other is not table for name in other.columns}
        return is_of_things(table.name, elsewhere)


def _best(table: TableProfile, others: _Others) -> Key | None:
    fitting = [column for column in table.columns.values() if _fits(column) and column.source not in table.times]
    fitting = [column for column in fitting if not _is_time_of_day(column)]
    unique = [column for column in fitting if column.is_unique]
    candidates = [_candidate(table, column, others, len(unique)) for column in fitting]
    ranked = sorted(
        (key for key in candidates if key is not None), key=lambda key: (-key.confidence, _rank(key.source))
    )
    if not ranked:
        return None
    best = min((key for key in ranked if key.confidence >= ranked[0].confidence - 0.12), key=_strength)
    rivals = [key for key in ranked if key is not best and key.confidence >= max(best.confidence - 0.12, 0.5)]
    return _against(table, best, rivals)


def _strength(key: Key) -> tuple[int, float]:
    return _rank(key.source), -key.confidence


def _rank(source: str) -> int:
    return 0 if says(source, _PERSON) else 1 if says(source, _MEMBER) else 2


def _against(table: TableProfile, best: Key, rivals: Sequence[Key]) -> Key:
    """Weigh the best column against the others that could be meant."""
    twins = [key.source for key in rivals if one_to_one(table.columns[best.source], table.columns[key.source])]
    others = [key for key in rivals if key.source not in twins]
    if table.columns[best.source].is_code:  # the number of a person before the person's name
        others = [key for key in others if not holds_names(table.columns[key.source])]
    if twins and _rank(best.source) == 2:
        first = next(name for name in table.columns if name in {best.source, *twins})
        best = next(key for key in (best, *rivals) if key.source == first)
        same = [name for name in (*twins, best.source) if name != first]
        best = Key(first, best.confidence, f"{best.evidence}; {', '.join(sorted(set(same)))} says the same one to one")
    if not others or (_rank(best.source) == 0 and all(_rank(key.source) > 0 for key in others)):
        return best
    names = tuple(sorted({best.source, *(key.source for key in others)}))
    return Key(best.source, min(best.confidence, 0.5), f"{', '.join(names)} could each name the customer", names)


def _candidate(table: TableProfile, column: Profile, others: _Others, unique: int) -> Key | None:
    by_name, evidence = _name_points(table, column, others)
    if by_name == 0 and column.is_unique and ID_ENDING.search(spaced(column.source)) and looks_like_totals(table):
        by_name, evidence = _NAMED, ["the number of rows that each hold the totals of one customer"]
    is_bare = says(column.source, BARE_ID)
    if by_name == 0 and (
        is_bare
        or says(column.source, _SHARED)
        or says(column.source, ORDER_ID)
        or says(column.source, PRODUCT)
        or says(column.source, PERSONAL)
        or (
            column.is_unique
            and says(column.source, SUBSCRIPTION_ID)
            and any(says(name, _NAME) for name in table.columns)
        )
    ):
        return None
    if by_name == 0 and (says(column.source, _ZIP) or not (column.is_code or column.is_whole)):
        return None
    if by_name == 0 and column.distinct < _LEAST_DISTINCT * column.rows:
        return None  # a shop, a channel, a small number: so few customers have no columns without a name
    if table.has_event_times and by_name < _NAMED and (column.is_unique or _numbers_sales(table, column)):
        return None  # the number of the row
    if by_name == 0 and table.rows >= _MANY_ROWS and column.distinct < _FEWEST_CUSTOMERS:
        return None  # a code of one of a few kinds: nobody has three customers and hundreds of rows
    points = by_name + _points_of_values(table, column, by_name, unique, evidence)
    shared = _shared(table, column, others.named)
    if shared:
        points += 0.15
        evidence.append(shared)
    elif by_name < _NAMED and any(other is not table for other, _ in others.named):
        return None  # another table names the customer, and this column does not share its values
    if points < _LEAST:
        return None
    if is_bare and by_name < _NAMED and len(others.tables) > 1 and _is_running(column):
        evidence.append("but running numbers stand in each other by chance, and no name says that these are customers")
        return Key(column.source, min(points, 0.6), "; ".join(evidence), (column.source,))
    return Key(column.source, round(min(points, 0.99), 2), "; ".join(evidence))


def _numbers_sales(table: TableProfile, column: Profile) -> bool:
    """Whether a column hardly ever holds a value twice, in a table of amounts: it numbers sales, and not all rows."""
    has_amounts = any(each.is_number and not each.is_written_whole for each in table.columns.values())
    return has_amounts and table.rows >= _MANY_ROWS and column.share_distinct >= _HARDLY_TWICE


def _points_of_values(table: TableProfile, column: Profile, by_name: float, unique: int, evidence: list[str]) -> float:
    """How much the values speak for a column; what they say is added to the evidence."""
    points = 0.0
    if column.is_unique:
        points += 0.25
        evidence.append("names each row once")
        if unique == 1:
            points += 0.2
            evidence.append("no other column does")
    elif column.share_distinct <= 0.98 and (by_name > 0 or table.times):
        points += 0.25
        evidence.append(f"{column.distinct:,} different values in {column.filled:,} rows")
    elif by_name >= _NAMED:
        points += 0.15
        evidence.append(f"{column.distinct:,} different values in {column.filled:,} rows")
    if column.has_leading_zeros or column.is_code:
        points += 0.1
        evidence.append("leading zeros" if column.has_leading_zeros else "written as codes")
    return points


def _is_running(column: Profile) -> bool:
    """Whether the values are numbers that were counted up, with few gaps: 1, 2, 3 ..."""
    if not column.is_whole or column.has_leading_zeros:
        return False
    return greatest_of(column.numbers) - least_of(column.numbers) + 1 <= _GAPS * column.distinct


def _name_points(table: TableProfile, column: Profile, others: _Others) -> tuple[float, list[str]]:
    shown = " ".join(words(column.source))
    if column.source == table.sample.heading:
        is_said = says(table.sample.title, _PERSON) or says(table.name, _PERSON) or _is_named(column)
        return 0.6 if is_said else 0.3, ["a report with groups: these stand on a row above the lines of each group"]
    if says(column.source, CUSTOMER_ID):
        return 0.6, [f'the name says "{shown}"']
    if says(column.source, CUSTOMER_WORD):
        return 0.5, [f'the name says "{shown}"']
    if not table.sample.headed:
        return 0.4 if column.has_leading_zeros or column.is_code else 0.3, [
            "the file names no columns, so the values decide"
        ]
    if says(column.source, BARE_ID):
        if others.things(table):
            return 0.0, [f"names the rows of {table.name}"]
        if others.people(table):
            return _NAMED, [f'the name says only "{shown}", in the table {table.name}']
        return 0.3, [f'the name says only "{shown}"']
    return 0.0, ["the name says nothing of a customer"]


def _shared(table: TableProfile, column: Profile, named: Sequence[tuple[TableProfile, Profile]]) -> str:
    for other, theirs in named:
        if other is table:
            continue
        share = max(containment(column, theirs), containment(theirs, column))
        if share >= 0.5:
            return f"{percent(share, 0)} of the values stand in {other.name}.{theirs.source} too"
    return ""


def may_be_of_customers(table: TableProfile) -> bool:
    """Whether it would be a loss to leave a table out: its rows are dated, or each is one of something."""
    return bool(table.times) or any(column.is_unique for column in table.columns.values())
