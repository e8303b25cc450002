"""What the rows of a table are by the table's name, and which columns refer to them by theirs."""

import re
from collections.abc import Collection, Sequence

from holdfast.inference.words.names import says, whole_words, words
from holdfast.inference.words.vocabulary import BARE_ID, CUSTOMER_ID, CUSTOMER_WORD, TABLE_WORDS

_DECORATION = re.compile(
    r"raw|stg|staging|stage|src|source|tbl|tb|table|dim|fact|fct|exports?|exported|data|datasets?|dump|list|liste|all"
    r"|full|dbo|public|vw|view|sheet|csv|xlsx|file|records?|headers?|master|info|details?|attributes|demographics"
    r"|base|profiles?|daten|tabelle|tabla|stamm|neu|alt|new|old|final|clean|cleaned|backup|copy|sample|part|\d+"
)
_NUMBER = re.compile(r"ids?|nr|no|num|number|nummer|numero|n|key|code|ref|reference|uuid|guid|hash|identifier|[psf]k")
_PEOPLE = whole_words(
    r"customers?|clients?|clientes?|clienti|kunden?|klanten?|klienci|kunder|users?|members?|accounts?|households?"
    r"|subscribers?|players?|people|persons?|personen|contacts?|leads?|donors?|patients?|students?|guests?|shoppers?"
    r"|buyers?|policyholders?|companies|company|organi[sz]ations?|tenants?|mitglieder|abonnenten|usuarios|utilisateurs"
    r"|zakaznici|odberatele|klienti|ugyfelek|vasarlok|vevok|cumparatori|musteriler|uyeler|kupci|stranke|asiakkaat|brukere"
    r"|brugere|adherents|abonnes|abonados|assinantes|socios|soci|iscritti|utenti|leden|abonnees|kupujacy|czlonkowie"
    r"|debitoren|medlemmer|medlemmar|покупатели|клиенты|пользователи|客户|用户|会员|顧客|会員"
)
_THINGS = whole_words(
    r"items?|products?|articles?|artikel|plans?|stores?|shops?|campaigns?|shipments?|deliver(?:y|ies)|refunds?|reviews?"
    r"|categor(?:y|ies)|vendors?|suppliers?|employees?|staff|sellers?|regions?|countries|lines?|positions?|positionen"
    r"|events?|prices?|discounts?|coupons?|vouchers?|notes?|comments?|addresses|polozky|pozycje|produkty|towary|zbozi|stavy"
    r"|lignes|produits|articulos|productos|lineas|itens|produtos|articoli|prodotti|righe|regels|producten|varer|produkter"
    r"|ordrelinjer|varor|orderrader|tetelek|termekek|produse|urunler|kalemler|proizvodi|stavke|товары|позиции"
)
_SHORT = 3  # letters by which a plural may differ: categories of category, Bestellungen of Bestellung


def entity_of(name: str) -> tuple[str, ...]:
    """The words that say what the rows of a table are: `raw_order_items_2024` holds order items."""
    rest = [word for word in words(name) if not _DECORATION.fullmatch(word)]
    return tuple(rest) or words(name)


def is_of_customers(name: str) -> bool:
    """Whether a table's name says that its rows are customers: its last word does, so customer_orders are orders."""
    entity = entity_of(name)
    return bool(entity) and says(entity[-1], _PEOPLE)


def is_of_things(name: str, columns: Collection[str]) -> bool:
    """Whether the rows of a table are something else than customers, by its name or by columns that refer to it.

    Args:
        name: the table's.
        columns: of all tables; `payment_id` says that there are payments.
    """
    if is_of_customers(name):
        return False
    last = entity_of(name)[-1:]
    named = any(says(word, pattern) for word in last for _, pattern in TABLE_WORDS) or any(
        says(word, _THINGS) for word in last
    )
    return named or any(refers_to(column, name) for column in columns)


def stem_of(source: str) -> tuple[str, ...]:
    """The words of a column without those for a number: `invoice_no` and `Invoice Number` are both of an invoice."""
    return tuple(word for word in words(source) if not _NUMBER.fullmatch(word))


def refers_to(source: str, name: str) -> bool:
    """Whether a column's name says that it names rows of a table: `order_id` those of `raw_orders`."""
    stem, entity = stem_of(source), entity_of(name)
    if not stem or stem == words(source):
        return False
    if is_of_customers(name) and says(source, CUSTOMER_ID):
        return True
    return len(stem) <= len(entity) and all(
        _same_thing(ours, theirs) for ours, theirs in zip(stem, entity[len(entity) - len(stem) :], strict=True)
    )


def is_row_id(source: str, name: str) -> bool:
    """Whether a column's name says that it names the rows of its own table: `id`, or `order_no` of `orders`."""
    return says(source, BARE_ID) or refers_to(source, name)


def same_reference(ours: str, theirs: str) -> bool:
    """Whether two columns name the same sort of thing: `invoice_number` and `Invoice No`."""
    first, second = stem_of(ours), stem_of(theirs)
    return bool(first) and len(first) == len(second) and all(map(_same_thing, first, second))


def without_better_target(name: str, others: Sequence[str], columns: Collection[str]) -> bool:
    """Whether no other table of people is meant by the columns that name customers.

    `customer_id` beside `customers` and `users` means customers; beside `users` alone it means them.
    """
    exact = [column for column in columns if says(column, CUSTOMER_ID) or says(column, CUSTOMER_WORD)]
    if any(_names_exactly(column, name) for column in exact):
        return True
    return not any(_names_exactly(column, other) for column in exact for other in others if is_of_customers(other))


def _names_exactly(column: str, name: str) -> bool:
    stem, entity = stem_of(column) or words(column), entity_of(name)
    return bool(stem) and bool(entity) and _same_thing(stem[-1], entity[-1])


def _same_thing(ours: str, theirs: str) -> bool:
    """Whether two words are one in singular and plural."""
    if ours == theirs:
        return True
    shared = re.sub(r"(?:ies|es|s|en|n|[aeiouy])$", "", ours)
    return len(shared) >= _SHORT and theirs.startswith(shared) and len(theirs) - len(shared) <= _SHORT
