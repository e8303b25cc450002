"""Kinds of transactions whose word leaves open whether their money is revenue, and what each is most likely."""

# ruff: noqa: E501
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from holdfast.inference.words.names import exactly, plain, says
from holdfast.meanings import Meaning


@dataclass(frozen=True)
class OpenKind:
    """A word of which only the reader can say whether its money is revenue."""

    word: str
    whole: re.Pattern[str]
    inside: re.Pattern[str]
    unsigned: Meaning  # most likely, where no amount of the column has a minus sign
    out: Meaning  # where its own amounts are negative
    into: Meaning  # where its own amounts are positive and others are negative
    beside_sales: Meaning | None = None  # where the column also names sales, without signs
    no_doubt_out: bool = False  # negative amounts of it can only be given back


@dataclass(frozen=True)
class _Word:
    word: str
    words: str
    unsigned: Meaning
    out: Meaning
    into: Meaning
    beside_sales: Meaning | None = None
    no_doubt_out: bool = False


_S, _R, _T = Meaning.SALE, Meaning.REFUND, Meaning.TRANSFER
# In this order; the first whose words fit counts.
_WORDS: tuple[_Word, ...] = (
    _Word("fee of the customer", r"(?:late|booking|delivery|service|set ?up|joining|membership|admission|cancell?ation|no ?show|cleaning|annual|monthly|registration|activation|anmelde|aufnahme|storno|mahn|liefer|jahres|monats)(?: payment)? ?(?:fees?|charges?|gebuhr(?:en)?)|frais (?:de dossier|d ?inscription|de retard)|surcharges?|zuschlag|zuschlage|toeslag(?:en)?|supplements?|suplementos?|supplemento|tillagg|doplata", _S, _T, _S),
    _Word("tax", r"tax|taxes|sales tax|vat|gst|mwst|ust|steuern?|tva|iva|btw|moms|impuestos?|impostos?|imposte?|podatek|ндс|withholding(?: tax)?", _T, _T, _T),
    _Word("bet", r"bets?|wagers?|stakes?|wette|wetten|einsatz|einsatze|einsaetze|mise|mises|apuestas?|apostas?|puntata|giocata|inzet|stawka|ставк\w*", _S, _S, _S),
    _Word("win", r"wins?|winnings?|prizes?|jackpots?|gewinn(?:e|auszahlung)?|gains?|premios?|vincit[ae]|winst|wygrana|выигрыш\w*", _R, _R, _R),
    _Word("bonus", r"bonus\w*|rewards?|cash ?back|promo(?:tion(?:al)?)?(?: credit)?|free (?:bet|spin)s?|goodwill|kulanz|treuebonus|pramien?|bonificacion|bonifica|рекламный", _T, _T, _T),
    _Word("fee", r"fees?|commissions?|gebuhr(?:en)?|entgelte?|provision(?:en)?|frais|comision(?:es)?|comissao|comissoes|taxas?|commissioni?|kosten|prowizj\w*|avgifter?|gebyr\w*|комисси\w*|手数料|手续费|processing|interchange|service charges?", _T, _T, _S),
    _Word("withdrawal", r"withdrawals?|withdraw|pay ?outs?|disbursements?|cash ?outs?|auszahlung(?:en)?|entnahmen?|retraits?|reversement|versement vendeur|retiros?|retiradas?|saques?|prelievi|prelievo|opnames?|uitbetaling(?:en)?|uttag|wyplat\w*|вывод\w*|出金|提现", _T, _T, _T),
    _Word("top-up", r"top ?ups?|topped up|recharges?|reloads?|load|aufladung(?:en)?|guthabenaufladung|rechargement|recargas?|ricarich?e?a?|ricarica|opwaardering|opwaarderen|doladowanie|pafyllning|пополнен\w*|充值|チャージ", _S, _T, _S, _T),
    _Word("security deposit", r"(?:security|damage|rental) deposits?|kaution(?:en)?|pfand|borg|waarborgsom|cautions?|depots? de garantie|fianzas?|cauzion[ei]|caucao|kaucj\w*|залог", _T, _T, _T),
    _Word("deposit", r"deposits?|down ?payments?|einzahlung(?:en)?|anzahlung(?:en)?|acomptes?|depots?|depositos?|anticip[oi]|versamenti|versamento|caparra|sinal|storting(?:en)?|aanbetaling(?:en)?|insattning\w*|wplat\w*|zaliczk\w*|депозит\w*|入金", _S, _R, _S),
    _Word("transfer", r"(?:internal |bank |wire |balance )?transfers?|umbuchung(?:en)?|ubertrag\w*|uberweisung(?:en)?|virements?|transferencias?|transferimenti|giroconto|bonific[oi]|overboeking(?:en)?|overschrijving(?:en)?|overforing\w*|przelew\w*|перевод\w*|振替|转账|(?:currency )?conversion|exchange|fx", _T, _T, _T),
    _Word("hold", r"(?:\w+ )?holds?|(?:rolling )?reserves?|reserved|escrow|reserva de fondos|einbehalt|blocage|bloqueos?|release|releases|freigabe", Meaning.OPEN, Meaning.OPEN, Meaning.OPEN),
    _Word("settlement", r"settlements?|clearing|ausgleich|abrechnung|liquidacion(?:es)?|liquidacao|afrekening|rozliczenie|verrekening|factuurverrekening", _S, _T, _S, Meaning.SETTLEMENT),
    _Word("adjustment", r"adjustments?|adj|corrections?|korrektur(?:en)?|anpassung(?:en)?|ajustements?|regularisations?|regulari[sz]ation|ajustes?|rettific\w*|correcties?|correctie|justering\w*|korekt\w*|корректировк\w*|調整|调整|misc(?:ellaneous)?|other|sonstige\w*|manual(?: \w+)?", _R, _R, _S),
    _Word("interest", r"interests?|zinsen|interets?|intereses|juros|interessi|rente|odsetki|проценты|dividends?", _T, _T, _T),
    _Word("loan", r"loans?|loan disbursements?|advances?|darlehen|kredit(?:e)?|prets?|prestamos?|emprestimos?|prestit[oi]", _T, _T, _T),
    _Word("credit", r"(?:account |customer |store |general |manual )?credits?|haben|abonos?|creditos?|accrediti|accredito|kredit|uznani\w*|кредит", _R, _R, _S, no_doubt_out=True),
    _Word("debit", r"(?:account |customer |manual )?debits?|soll|cargos?|addebit[oi]|debet|obciazeni\w*|дебет", _S, _R, _S),
)  # fmt: skip
_KINDS = tuple(
    OpenKind(
        each.word,
        re.compile(rf"^(?:{each.words})$"),
        re.compile(rf"(?<![^ ])(?:{each.words})(?![^ ])"),
        each.unsigned,
        each.out,
        each.into,
        each.beside_sales,
        each.no_doubt_out,
    )
    for each in _WORDS
)
_CUSTOMERS_MONEY = frozenset({"withdrawal", "bet", "win"})  # beside them a deposit is the customer's own money still
# What is paid with, not what for: these columns divide the money too, and all of it may be revenue.
_METHOD = re.compile(
    r"(?<![^ ])(?:cards?|cash|visa|master ?card|amex|american express|maestro|debit card|credit card|pay ?pal|ideal|bancontact|klarna|sofort|giropay|apple ?pay|google ?pay|stripe|wallet"
    r"|cheques?|checks?|sepa|direct debit|lastschrift|bank transfer|wire(?: transfer)?|bank ?uberweisung|ec|karte|kreditkarte|girocard|bar|barzahlung|rechnung|vorkasse|tarjeta|efectivo|carte|especes|contanti|carta|cartao|dinheiro|pix|boleto|pin|contant)(?![^ ])"
)
# Names of columns that say of which kind a transaction is, and not of which kind a product, customer or plan.
_TYPE_ALONE = exactly(r"(?:type|kind|typ|art|tipo|typo|soort|rodzaj|typen|sorte|nature|тип|类型|種別)")
_OF_TRANSACTIONS = exactly(
    r"(?:\w+ )?(?:transaction|trans|tran|trx|txn|tx|transaktions?|transactie|transacao|transaccion|transazione|entry|record|movement|operation|posting|ledger|journal|document|doc|movimiento|movimento|mouvement|operacion|operazione|operacao|buchungs?|vorgangs?|beleg|umsatz|mutatie|boekings?|operacji|операции|payment event|balance|statement) ?(?:type|kind|typ|art|tipo|soort|code|class|category|nature|name|description)",
    r"(?:type|kind|tipo|typ|rodzaj|nature|тип) (?:de |d ?|di |da |do |du |of )?(?:transaction|transaccion|transacao|transazione|movimiento|movimento|mouvement|operacion|operazione|operation|operacao|operacji|операции)",
    r"buchungsart|vorgangsart|umsatzart|belegart|buchungstyp|transaktionsart|transaktionstyp|bewegungsart|mutatiesoort|transactiesoort|boekingssoort|movimiento|movimento|mouvement|operacion|operazione|operacao|transactietype|trans type",
)
_THIRD = 1 / 3


def names_a_method(text: str) -> bool:
    """Whether a text says what was paid with: cash, a card, a cheque."""
    return _METHOD.search(_words_of(text)) is not None


def open_kind_of(text: str, *, whole: bool) -> OpenKind | None:
    """The kind of transaction that a value may be, which leaves open whether it is revenue.

    Args:
        text: the value, as written.
        whole: only if all of the text is such a word; else a word within it counts too ("Google fee").
    """
    if names_a_method(text):
        return None
    words = _words_of(text)
    return next((kind for kind in _KINDS if (kind.whole.match(words) if whole else kind.inside.search(words))), None)


def names_transactions(name: str) -> bool:
    """Whether the name of a column says that it holds kinds of transactions."""
    return says(name, _OF_TRANSACTIONS)


def names_kinds(name: str) -> bool:
    """Whether a column is called a type and nothing else: of transactions, or of coffee."""
    return says(name, _TYPE_ALONE)


def are_methods(texts: Sequence[str]) -> bool:
    """Whether the values of a column say how was paid and not for what."""
    methods = [text for text in texts if _METHOD.search(" ".join(re.split(r"[\s_\-./:;,()&]+", plain(text))))]
    return len(methods) >= max(1.0, len(texts) * _THIRD)


def likeliest(kind: OpenKind, *, out: bool, is_signed: bool, sells: bool, beside: Collection[str]) -> Meaning:
    """What the rows of an open kind are most likely.

    Args:
        kind: as its word says.
        out: its own amounts are negative.
        is_signed: any amount of the column is.
        sells: another value of the column is a sale.
        beside: the other open kinds of the column.
    """
    if kind.word in {"deposit", "top-up"} and _CUSTOMERS_MONEY & set(beside):
        return Meaning.TRANSFER
    if out:
        return kind.out
    if is_signed:
        return kind.into
    return kind.beside_sales if sells and kind.beside_sales is not None else kind.unsigned


def _words_of(text: str) -> str:
    return " ".join(re.split(r"[\s_\-./:;,()\[\]]+", plain(text))).strip()
