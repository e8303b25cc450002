"""Who bought and who pays, where the column by whose name a customer is meant numbers tickets or members."""

# ruff: noqa: E501
import polars as pl

from holdfast.formatting import plural
from holdfast.inference.people.addresses import holds_addresses, holds_names
from holdfast.inference.people.candidates import FEWEST_CUSTOMERS, MANY_ROWS
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys, one_to_one
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.vocabulary import AMOUNT_STRONG, HAPPENED_STRONG, ORDER_ID, SIGNED_UP

_BUYER = whole_words(
    r"buyers?|payers?|payors?|purchasers?|(?:bill(?:ed|ing)?|sold|invoiced) ?to|billing|(?:booked|ordered|bought|purchased|reserved|paid) by"
    r"|kaufer|besteller|auftraggeber|zahler|acheteur|payeur|commande par|comprador|pagador|acquirente|pagante|koper|betaler|nabywca"
)
_PAYER = whole_words(
    r"payers?|payors?|(?:contract|account|policy|fee|primary|main|membership) ?(?:holders?|owners?)|bill(?:ed|ing)? to|responsible party|guarantor|guardian|parent"
    r"|(?:family|household|haushalt|famili\w*|familie\w*|foyer|famiglia|nucleo) (?:id|no|nr|number|nummer|code|key|nr)|(?:id|no|nr|numero|n) (?:family|household|haushalt|famille|foyer|familia|famiglia)"
    r"|(?:beitrags|rechnungs|haupt)?zahler|hauptmitglied|vertragspartner|vertragsinhaber|kontoinhaber|haushaltsnummer|familiennummer|payeurs?|titulaires?|responsable|pagador(?:es)?|titular(?:es)?|responsavel|pagante|intestatario|betaler|contracthouder|platnik"
)
_COMPANY = whole_words(
    r"compan(?:y|ies)|organi[sz]ations?|business|firm(?:a|en)?|unternehmen|societe|entreprise|empresa|azienda|societa|bedrijf|foretag|virksomhed|yritys|spolka|cari|会社|会社名|公司|회사"
)
_FEE = whole_words(
    r"fees?|price|prices|dues|premiums?|beitrag|jahresbeitrag|monatsbeitrag|cotisation|cuota|quota|preis|prix|precio|prezzo"
)
_COMES_AGAIN = 0.8  # share of different values, above which a column hardly names anybody twice
_NO_PERSON = whole_words(
    r"status|type|method|count|phone|telefon|city|country|zip|postcode|street|address|state|region|since|date|relation\w*"
    r"|periods?|interval\w*|cycles?|frequency|terms?|days?|months?|plans?|currency|(?:first|last|given|family) ?names?"
)
_ONE_PAYER = 0.97  # share of the members who have one payer
_FEWER = 0.95  # payers for each member, at most
_LEAST_COMPANIES = 0.2  # companies for each contact, at least: fewer are cities or segments
_CODES = 0.5  # share of the rows that must name a payer


def rather_buyer(table: TableProfile, key: Key) -> Key:
    """The column of who bought in place of one that numbers each row of a log of sales: the number of a ticket.

    A question where several columns could name the buyer.
    """
    column = table.columns[key.source]
    if not column.is_unique or not _is_log_of_sales(table):
        return key
    people = [each for each in table.columns.values() if each.source != key.source and _names_people(each)]
    buyers = [each for each in people if says(each.source, _BUYER)]
    holding = buyers or [each for each in people if holds_addresses(each)]
    holding = sorted(holding, key=lambda each: (not holds_addresses(each), -each.share_filled))
    if not holding:
        return key
    first = holding[0]
    others = [each for each in holding[1:] if holds_addresses(each) and not one_to_one(first, each)]
    evidence = (
        f"{key.source} numbers each of the {column.rows:,} rows, as tickets are; {first.source} names "
        f"{first.distinct:,} who bought"
    )
    if not others:
        return Key(first.source, 0.85, evidence)
    counts = ", ".join(f"{each.source} {each.distinct:,}" for each in others)
    names = (first.source, *(each.source for each in others))
    return Key(first.source, 0.5, f"{evidence}; so may {counts}", names)


def or_payer(table: TableProfile, key: Key) -> Key:
    """The column with the question whether a customer is who takes part or who pays for several of them."""
    column = table.columns[key.source]
    payers = [each for each in table.columns.values() if each.source != key.source and _pays_for(each, column)]
    if not payers or key.choices or says(key.source, _PAYER):
        return key
    # The number of a payer before the name, which several may have.
    payer = min(payers, key=lambda each: (not (each.is_code or each.is_whole), not holds_addresses(each)))
    evidence = (
        f"{column.distinct:,} different values in {key.source} belong to {payer.distinct:,} in {payer.source}: is a "
        f"customer each of the first, or {plural(payer.distinct, 'one')} who pay for them"
    )
    has_money = any(says(name, AMOUNT_STRONG) or says(name, _FEE) for name in table.columns)
    names = (payer.source, key.source) if has_money else (key.source, payer.source)
    return Key(names[0], 0.5, evidence, names)


def or_company(table: TableProfile, key: Key) -> Key:
    """The column with the question whether a customer is a contact or the company that several of them buy for.

    Each contact has one company, and some companies have several. That the contact's text begins with the company's
    shows it without names; a city or a segment is none.
    """
    column = table.columns[key.source]
    if key.choices or not (holds_names(column) or holds_addresses(column)):
        return key
    texts = column.series.cast(pl.String)
    for name, other in table.columns.items():
        if name == key.source or name in table.times or not holds_names(other) or other.share_filled < _CODES:
            continue
        pairs = pl.DataFrame({"contact": texts, "company": other.series.cast(pl.String)}).drop_nulls().unique()
        contacts, companies = pairs["contact"].n_unique(), pairs["company"].n_unique()
        begins = share_of(pairs.select(pl.col("contact").str.starts_with(pl.col("company")).alias("begins"))["begins"])
        is_named = says(name, _COMPANY) and not says(name, _NO_PERSON)
        if (
            not (is_named or begins >= _CODES)
            or not 1 < companies < contacts
            or companies < _LEAST_COMPANIES * contacts
        ):
            continue
        if share_of(pairs.group_by("contact").len()["len"] == 1) >= _ONE_PAYER:
            evidence = (
                f"{contacts:,} different values in {key.source} belong to {companies:,} in {name}: is a customer each "
                "contact, or the company that they buy for"
            )
            return Key(name, 0.5, evidence, (name, key.source))
    return key


def _is_log_of_sales(table: TableProfile) -> bool:
    dated = [name for name in table.times if not says(name, SIGNED_UP)]
    has_order = any(says(name, ORDER_ID) for name in table.columns)
    return bool(dated) and (has_order or any(says(name, HAPPENED_STRONG) for name in dated))


def _names_people(column: Profile) -> bool:
    """Whether a column names people who come again."""
    if not column.is_text_typed or column.distinct < 2 or column.share_filled < _CODES:
        return False
    is_named = says(column.source, _BUYER) and not says(column.source, _NO_PERSON)
    is_person = holds_addresses(column) or (is_named and _are_many(column))
    return is_person and column.share_distinct <= _COMES_AGAIN


def _are_many(column: Profile) -> bool:
    """Whether a column has as many different texts as customers would: fewer on many rows are kinds of something."""
    return column.rows < MANY_ROWS or column.distinct >= FEWEST_CUSTOMERS


def _pays_for(payer: Profile, member: Profile) -> bool:
    """Whether each member has one payer, and some payers have several members."""
    if not says(payer.source, _PAYER) or says(payer.source, _NO_PERSON) or payer.share_filled < _CODES:
        return False
    if payer.flag is not None or not payer.could_name_things:
        return False
    pairs = pl.DataFrame({"member": as_keys(member), "payer": as_keys(payer)}).drop_nulls().unique()
    members, payers = pairs["member"].n_unique(), pairs["payer"].n_unique()
    has_one = share_of(pairs.group_by("member").len()["len"] == 1)
    return 1 < payers <= _FEWER * members and has_one >= _ONE_PAYER
