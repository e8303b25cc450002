"""How well a column names the customer, by its name, its values and the other tables."""

# ruff: noqa: E501
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from holdfast.formatting import percent
from holdfast.inference.people.addresses import ADDRESS
from holdfast.inference.people.key import Key
from holdfast.inference.people.totals import looks_like_totals
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile, containment
from holdfast.inference.subscriptions.prices.readings import could_count
from holdfast.inference.words.entities import is_of_customers, is_of_things, without_better_target
from holdfast.inference.words.names import inner_name, says, spaced, whole_words, words
from holdfast.inference.words.subscriptions import SEATS, SUBSCRIPTION_ID
from holdfast.inference.words.vocabulary import (
    BARE_ID,
    CUSTOMER_ID,
    CUSTOMER_WORD,
    ID_ENDING,
    ORDER_ID,
    PERSONAL,
    PRODUCT,
)

PERSON = whole_words(
    r"customers?|clients?|clientes?|clienti|kunden?|klant|klanten|klient|kund|cust|kundennummer|kundennr|klantnummer|klantnr|клиента?|客户|顾客|顧客|покупателя?|acheteur|comprador|buyers?|shoppers?|(?:booked|ordered|bought|purchased|reserved|paid) by|gebucht von|bestellt von|reservado por|prenotato da"
)
_ZIP = whole_words(
    r"zip(?: code)?|zipcode|post(?:al)? code|postcode|plz|cp|codigo postal|postleitzahl|year|jahr|age|week|month|day"
)
A_NAME = whole_words(
    r"names?|customer|client|tenant|lessee|mieter|leasingnehmer|locataire|preneur|arrendatario|inquilino|locatario|huurder|contact|company|firma|firm|buyer|payer|payee|debtor|account|nazwa|nom|nombre|nome|nabywca"
    r"|empresa|entreprise|societe|raison sociale|azienda|societa|ragione sociale|razon social|unternehmen|bedrijf"
    r"|foretag|virksomhed|yritys|spolka"
    r"|kunde|kundenname|auftraggeber|zahlungspflichtiger|beguenstigter|begunstigter|empfanger|counterparty|partner"
)
TAX_NUMBER = whole_words(
    r"(?:tax|vat|gst|ust|mwst|btw|tva|iva|fiscal|siret|siren) ?(?:id|no|nr|num|number|numero|nummer|identnr|idnr|code|reg(?:istration)?(?: no)?)|nip|partita iva|p iva|piva|codice fiscale|nif|cif|cuit|rut|ruc|cnpj|cpf|rfc|abn|gstin|steuer ?(?:nummer|nr|id)|ustid\w*|ust id(?: nr| nummer)?|(?:numero|no|n) (?:de )?(?:tva|iva|siret|fiscal)\w*(?: \w+)?|tva intracom\w*|siret|siren|btw ?nummer|org(?:anisations?)? ?(?:nr|nummer)|y tunnus|ico|dic|inn|инн|税号|法人番号"
)
SHARED = whole_words(  # digits that many people's cards have
    r"(?:last|letzte|derniers?|ultim[oaie]s?|laatste) (?:4|four|vier|quatre|cuatro|quattro|digits|ziffern|chiffres|digitos|cifre)(?: \w+)*|(?:card )?last ?4|bin|first ?6(?: \w+)*"
)
NAMED = 0.5  # points of a column whose name says that it names a customer
_SAME_TEXTS = 0.4  # points of a column without such a name whose texts are those of one with it
_FEWEST_TEXTS, _NEARLY_ALL = 20, 0.9  # different texts, and the share of them that stand there
_LEAST = 0.3  # points below which a column is not even asked about
_FEW_ROWS = 20  # rows of a file in which one value may be the only customer's
LEAST_DISTINCT = 0.01  # different values a row, of numbers that could name customers
MANY_ROWS, FEWEST_CUSTOMERS = 100, 10  # fewer different values in as many rows are kinds of something
_HARDLY_TWICE = 0.98  # share of different values
_GAPS = 2  # running numbers fill at least every second place between the least and the greatest


@dataclass(frozen=True)
class Others:
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


def is_named_customer(column: Profile) -> bool:
    """Whether the name of a column says that it names customers."""
    return says(column.source, CUSTOMER_ID) or _is_who(column.source)


def _is_who(name: str) -> bool:
    """Whether the name is a word for customers and nothing more; of a value within objects its own name counts."""
    return says(name, CUSTOMER_WORD) or says(inner_name(name), CUSTOMER_WORD)


def may_be_ids(column: Profile) -> bool:
    """Whether the values can be identifiers, and most rows have one."""
    return column.could_name_things and column.share_filled >= 0.3 and not is_constant(column)


def is_time_of_day(column: Profile) -> bool:
    """Whether the values are times of a day: 08:30."""
    return column.is_text_typed and share_of(column.values.str.contains(r"^\d{1,2}:\d{2}(?::\d{2})?$")) >= ADDRESS


def is_constant(column: Profile) -> bool:
    """Whether every row has the same value: it may name the shop, and it tells no customer from another."""
    return column.distinct == 1 and column.filled == column.rows >= _FEW_ROWS


def candidate_of(table: TableProfile, column: Profile, others: Others, unique: int) -> Key | None:
    """The column as the one that names the customer, with how sure that is; None where it is not even asked about.

    Args:
        table: the table.
        column: one of its columns.
        others: what all tables say.
        unique: how many columns of the table hold no value twice.
    """
    by_name, evidence = _name_points(table, column, others)
    if by_name == 0 and column.is_unique and ID_ENDING.search(spaced(column.source)) and looks_like_totals(table):
        by_name, evidence = NAMED, ["the number of rows that each hold the totals of one customer"]
    if by_name == 0 and _are_known_customers(table, column, others):
        by_name, evidence = _SAME_TEXTS, ["its texts name customers of another table"]
    if (
        says(column.source, SEATS)
        and column.is_written_whole
        and not column.is_unique
        and could_count(column.all_numbers)
    ):
        return None  # how many users, not which
    is_bare = says(column.source, BARE_ID)
    if by_name == 0 and (
        is_bare
        or says(column.source, SHARED)
        or says(column.source, ORDER_ID)
        or says(column.source, PRODUCT)
        or says(column.source, PERSONAL)
        or (
            column.is_unique
            and says(column.source, SUBSCRIPTION_ID)
            and any(says(name, A_NAME) for name in table.columns)
        )
    ):
        return None
    if by_name == 0 and (says(column.source, _ZIP) or not (column.is_code or column.is_whole)):
        return None
    if by_name == 0 and column.distinct < LEAST_DISTINCT * column.rows:
        return None  # a shop, a channel, a small number: so few customers have no columns without a name
    if table.has_event_times and by_name < NAMED and (column.is_unique or numbers_sales(table, column)):
        return None  # the number of the row
    if by_name == 0 and table.rows >= MANY_ROWS and column.distinct < FEWEST_CUSTOMERS:
        return None  # a code of one of a few kinds: nobody has three customers and hundreds of rows
    points = by_name + _points_of_values(table, column, by_name, unique, evidence)
    shared = _shared(table, column, others.named)
    if shared:
        points += 0.15
        evidence.append(shared)
    elif by_name < NAMED and any(other is not table for other, _ in others.named):
        return None  # another table names the customer, and this column does not share its values
    if points < _LEAST:
        return None
    if is_bare and by_name < NAMED and len(others.tables) > 1 and _is_running(column):
        evidence.append("but running numbers stand in each other by chance, and no name says that these are customers")
        return Key(column.source, min(points, 0.6), "; ".join(evidence), (column.source,))
    return Key(column.source, round(min(points, 0.99), 2), "; ".join(evidence))


def _are_known_customers(table: TableProfile, column: Profile, others: Others) -> bool:
    """Whether texts, of a table that names no customers, nearly all stand where another table names its customers."""
    if not column.is_text_typed or column.is_number or column.distinct < _FEWEST_TEXTS:
        return False
    if any(other is table for other, _ in others.named):
        return False
    return any(
        theirs.is_text_typed
        and not theirs.is_number
        and max(containment(column, theirs), containment(theirs, column)) >= _NEARLY_ALL
        for _, theirs in others.named
    )


def numbers_sales(table: TableProfile, column: Profile) -> bool:
    """Whether a column hardly ever holds a value twice, in a table of amounts: it numbers sales, and not all rows."""
    has_amounts = any(each.is_number and not each.is_written_whole for each in table.columns.values())
    return has_amounts and table.rows >= MANY_ROWS and column.share_distinct >= _HARDLY_TWICE


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
    elif by_name >= NAMED:
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


def _name_points(table: TableProfile, column: Profile, others: Others) -> tuple[float, list[str]]:
    shown = " ".join(words(column.source))
    if column.source == table.sample.heading:
        is_said = says(table.sample.title, PERSON) or says(table.name, PERSON) or is_named_customer(column)
        return 0.6 if is_said else 0.3, ["a report with groups: these stand on a row above the lines of each group"]
    if says(column.source, CUSTOMER_ID):
        return 0.6, [f'the name says "{shown}"']
    if _is_who(column.source):
        return 0.5, [f'the name says "{shown}"']
    if not table.sample.headed:
        return 0.4 if column.has_leading_zeros or column.is_code else 0.3, [
            "the file names no columns, so the values decide"
        ]
    if says(column.source, BARE_ID):
        if others.things(table):
            return 0.0, [f"names the rows of {table.name}"]
        if others.people(table):
            return NAMED, [f'the name says only "{shown}", in the table {table.name}']
        return 0.3, [f'the name says only "{shown}"']
    if says(column.source, TAX_NUMBER) and not any(map(is_named_customer, table.columns.values())):
        return 0.45, [f'the name says "{shown}", the number of a company or person by which they pay taxes']
    return 0.0, ["the name says nothing of a customer"]


def _shared(table: TableProfile, column: Profile, named: Sequence[tuple[TableProfile, Profile]]) -> str:
    for other, theirs in named:
        if other is table:
            continue
        of_column, of_theirs = containment(column, theirs), containment(theirs, column)
        if max(of_column, of_theirs) < 0.5:
            continue
        if of_column >= of_theirs:
            return f"{percent(of_column, 0)} of the values stand in {other.name}.{theirs.source} too"
        return f"{percent(of_theirs, 0)} of the values of {other.name}.{theirs.source} stand here too"
    return ""
