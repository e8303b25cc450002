"""Columns that no name calls states, by their rows: a day that some of their values have and the others lack.

    ends_of(rows, texts) -> the values whose rows have a day, and those whose rows lack it | None
    may_undo(rows, texts) -> whether a column that nothing explains could say what became of a sale

A deal has a day of closing once it is won or lost, an order a day of payment once it is paid: whatever the column is
called, its values then say how far a row came. A region, a colour or a plan does not.
"""

# ruff: noqa: E501
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.inference.profiles.columns import greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import as_keys
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, NEARLY_ALL, OF_DELIVERY, KindRows
from holdfast.inference.words.kind_traces import OF_PAYMENT
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.open_kinds import are_methods
from holdfast.inference.words.vocabulary import CATEGORY, CHANNEL, PAYMENT_METHOD, PRODUCT

_FEWEST = 5  # rows of a value that can be judged
_HALF = 0.5
_COVERED = 0.95  # share of the rows whose values can be
_FEWEST_OF_EACH = 0.05  # share of the rows that have the day, and of those that lack it
_MOST_STATES = 8  # different values of a column that nothing explains
_FEWEST_ROWS = 40
_SEVERAL = 10  # customers or products with several rows
_ALIKE = 0.7  # share of them that have one value only: it says what they are, not what became of a sale
_MOST_LETTERS = 40
_MOST_STAND, _FEW_ARE_UNDONE = 0.5, 0.25  # shares of the rows with the most frequent value, and with the rarest
_ATTRIBUTE = whole_words(
    r"regions?|area|zone|zona|gebiet|bezirk|bundesland|province|provinc\w*|provinz|county|countr(?:y|ies)|land|pays|pais|paese|kraj|zeme|maa|ulke|cit(?:y|ies)|town|stadt|ort|ville|ciudad|cidade|citta|miasto|stad|by|mesto|kaupunki|sehir|国|地域|都市|県"
    r"|colou?rs?|farbe|couleur|cor|colore|kolor|kleur|farg|farve|barva|vari|renk|色|sizes?|grosse|taille|talla|tamanho|taglia|rozmiar|maat|storlek|storrelse|velikost|koko|beden|サイズ"
    r"|brands?|marke|marque|marca|marka|merk|brand|model|make|material|design|style|variant|flavou?r|finish"
    r"|stores?|shops?|branch\w*|filiale\w*|laden|magasin|boutique|tienda|sucursal|loja|negozio|sklep|winkel|vestiging|butik|prodejna|myymala|magaza|店舗|店|outlet|location|site|warehouse|lager|entrepot|almacen|deposito|magazzino|magazyn|depot|sklad|varasto|venue|room|table|terminal|register|till|kasse|caisse|caja|caixa|cassa|kassa|kasa|lane"
    r"|segments?|tiers?|levels?|class|classe|klasse|clase|gender|sex|geschlecht|sexe|sexo|sesso|plec|age group|age band|title|anrede|salutation|language|sprache|langue|idioma|lingua|jezyk|taal|sprak|sprog|jazyk|kieli|dil|言語|locale"
    r"|sales ?(?:person|rep\w*|man)|seller|rep|agents?|owners?|manager|employees?|staff|clerk|cashier|operator|verkaufer|vertreter|bearbeiter|betreuer|mitarbeiter|vendeur|vendedor|venditore|sprzedawca|verkoper|saljare|saelger|prodejce|myyja|satici|担当者?|team|department|abteilung|division|business unit|cost cent(?:er|re)|kostenstelle"
    r"|carriers?|couriers?|shipping (?:method|type|service)|delivery (?:method|type|service)|versandart|mode de livraison|transporteur|transportista|spediteur|incoterms?"
    r"|campaigns?|kampagne|utm \w+|referr\w*|origin|herkunft|quelle|fuente|fonte|zrodlo|bron|kalla|kilde|zdroj|lahde|kaynak|device|browser|os|app|version"
    r"|currency|wahrung|devise|moneda|moeda|valuta|waluta|mena|valuutta|para birimi|通貨|tax (?:code|class|rate|type)|vat (?:code|class|rate)|steuersatz|unit|einheit|uom|weekday|wochentag|day of week|season|quarter|shift|slot"
    r"|type of (?:customer|product)|(?:customer|client|account|product|item|room|ticket|service|course|vehicle|policy|contract|price|donor|member\w*) ?(?:type|group|class|category|kind|list)|kundengruppe|kundenart|produktgruppe|artikelgruppe|warengruppe|gruppe|groupe|grupo|gruppo|grupa|groep|group|series|collection|fund|cause|purpose|zweck|projekt|project|programme?|kurs|course|service|leistung|behandlung|treatment"
)  # fmt: skip
_DEALS = whole_words(
    r"deals?|opps?|opportunit\w*|pipeline|leads?|verkaufschancen?|chancen?|opportunite\w*|affaires?|oportunidad\w*|negocios?|oportunit\w*|trattativ\w*|szans[ae]|kansen|verkoopkansen|affarer|affarsmojlighet\w*|salgsmulighed\w*|myyntimahdollisuu\w*|prilezitost\w*|firsat\w*|prilik[ae]|案件|商談"
)


@dataclass(frozen=True)
class Ends:
    """How a day divides the values of a column."""

    by: str  # the column of the day
    having: tuple[str, ...]  # values whose rows have it
    lacking: tuple[str, ...]

    @property
    def is_payment(self) -> bool:
        """Whether the day's name says that it is one of payment or delivery: whatever has it was sold."""
        return says(self.by, OF_PAYMENT) or says(self.by, OF_DELIVERY)

    @property
    def is_of_deals(self) -> bool:
        """Whether several values go before two ends, one of which is no sale: stages, and then won or lost."""
        return not self.is_payment and len(self.having) > 1 and len(self.lacking) > 1

    @property
    def words(self) -> str:
        """What shows it."""
        return f"{', '.join(self.having[:4])} have a {self.by}, {', '.join(self.lacking[:4])} have none"


def ends_of(rows: KindRows, texts: Sequence[str]) -> Ends | None:
    """The values whose rows have a day and those whose rows lack it; None where no day divides them.

    Args:
        rows: of the table, beside the column.
        texts: its values.
    """
    if not 2 <= len(texts) <= MOST_UNKNOWN or rows.table.rows < _FEWEST_ROWS or is_attribute(rows, texts):
        return None
    for name in rows.table.times:
        has = rows.table.columns[name].series.is_not_null()
        if not _FEWEST_OF_EACH <= share_of(has) <= 1 - _FEWEST_OF_EACH:
            continue
        by_text = pl.DataFrame({"text": rows.column.series.cast(pl.String), "has": has}).drop_nulls()
        shares = by_text.group_by("text").agg(pl.len().alias("rows"), pl.col("has").mean())
        shares = shares.filter(pl.col("rows") >= _FEWEST).sort(["rows", "text"], descending=[True, False])
        pure = shares.filter((pl.col("has") >= NEARLY_ALL) | (pl.col("has") <= 1 - NEARLY_ALL))
        if pure.height < shares.height or int(pure["rows"].sum()) < _COVERED * rows.table.rows:
            continue
        having, lacking = (pure.filter(condition)["text"].to_list() for condition in (pl.col("has") > _HALF, pl.col("has") < _HALF))  # fmt: skip
        if having and lacking:
            return Ends(name, tuple(having), tuple(lacking))
    return None


def may_undo(rows: KindRows, texts: Sequence[str]) -> bool:
    """Whether a column that nothing explains could say which sales came to nothing: few values, of sales alone.

    Most sales stand and few are undone; of deals, any share is lost. What is the same in all rows of a customer or a product says what these are.
    """
    column = rows.column
    if rows.numbers is None or column.flag is not None or not 2 <= len(texts) <= _MOST_STATES:
        return False
    if rows.table.rows < _FEWEST_ROWS or is_attribute(rows, texts) or any(len(text) > _MOST_LETTERS for text in texts):
        return False
    counts = column.series.drop_nulls().value_counts(sort=True)["count"]
    least, most, every = least_of(counts), greatest_of(counts), len(column.series.drop_nulls())
    stand = most >= _MOST_STAND * every and least <= _FEW_ARE_UNDONE * every
    if least < _FEWEST or not (stand or _holds_deals(rows)):
        return False
    products = [name for name in rows.table.columns if says(name, PRODUCT) and name != column.source]
    keys = [name for name in (rows.whose, *products) if name is not None]
    if sum(not rows.is_out(text) for text in texts) <= 1:
        return False  # what is taken off has a minus sign already
    return not any(_is_one_for_each(rows, name) for name in keys)


def is_attribute(rows: KindRows, texts: Sequence[str]) -> bool:
    """Whether the name of a column, or its values, say that it holds something else: a region, a way of payment."""
    plain = (_ATTRIBUTE, CATEGORY, CHANNEL, PAYMENT_METHOD, PRODUCT)
    return are_methods(texts) or any(says(rows.column.source, pattern) for pattern in plain)


def _holds_deals(rows: KindRows) -> bool:
    """Whether the table's name, or that of a column, says that its rows are deals, most of which are no sale yet."""
    return any(says(name, _DEALS) for name in (rows.table.name, *rows.table.columns))


def _is_one_for_each(rows: KindRows, key: str) -> bool:
    """Whether most customers, or products, that have several rows have one value of the column in all of them."""
    each = pl.DataFrame({"key": as_keys(rows.table.columns[key]), "text": rows.column.series}).drop_nulls()
    several = each.group_by("key").agg(pl.len(), pl.col("text").n_unique()).filter(pl.col("len") > 2)
    return several.height >= _SEVERAL and share_of(several["text"] == 1) >= _ALIKE
