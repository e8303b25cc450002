"""What a known word means in its table: by the signs and numbers of its rows, and by what else stands there."""

# ruff: noqa: E501
import re
from collections.abc import Mapping, Sequence

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.kind_rows import ONE_SIGN, WORTH, KindRows
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.open_kinds import OpenKind, likeliest
from holdfast.inference.words.states import AWAITING_PAYMENT, NO, is_named_kind, is_named_state, words_of
from holdfast.inference.words.vocabulary import ORDER_ID
from holdfast.meanings import Meaning

_NOT_PAID = re.compile(rf"^{NO}(?:yet )?(?:paid|received|settled|bezahlt|eingegangen|encaiss\w*)$")
_BILLS = whole_words(r"invoices?|bills?|rechnung(?:en)?|factures?|facturas?|fatture|fattura|faktura|facturen|faturas?")
_ORDERS = whole_words(
    r"orders?|pedidos?|encomendas?|commandes?|bestell\w*|bestelling(?:en)?|ordin[ei]|ordre[rn]?|ordrar|zamowien\w*|objednav\w*|заказ\w*|注文\w*|订单\w*|주문\w*"
)
_AWAITED = re.compile(rf"^(?:{AWAITING_PAYMENT})$")
_INVOICE = re.compile(r"^(?:sales )?(?:invoices?|bills?|rechnung|facture|factura|fattura|fatura|factuur|faktura)$")
_DUES = whole_words(
    r"instal?l?ments?|membership (?:fees?|dues)|dues|cuotas?|recibos?|mensualidad(?:es)?|echeances?|echeancier|loyers?|mensualites?|cotisations?|rat[ae]|raten|mensilita|quot[ae] (?:associativ[ae]|mensil[ei])|mensalidades?|parcelas?|prestac(?:ao|oes)|termijn(?:en)?|contributie|lidmaatschap\w*|mitgliedsbeitr\w*|monatsbeitrag|avdrag|raty"
)
_FEW = 5  # different texts of a column that say what all rows are
_CHARGE = re.compile(r"^(?:\w+ )?(?:charges?|debits?|cargos?|debe|belastung(?:en)?)$")
_PAYMENT = re.compile(
    r"^(?:customer )?(?:payments?|receipts?|zahlung|zahlungseingang|paiement|reglement|pago|cobro|pagamento|incasso|betaling|platnosc)$"
)
# Of kinds of transactions these name a row of its own that gives the money back; of states the sale that came back.
_GIVES_BACK = re.compile(
    r"^(?:charge ?backs?|reversals?|disputes?|returns?|retro ?cession\w*|ruckbuchung(?:en)?|ruckgaben?|retouren?|stornobuchung|contracargos?|extornos?|estornos?)$"
)


def of_open_kinds(
    rows: KindRows, opens: Mapping[str, OpenKind], *, sells: bool, sales: Sequence[str]
) -> tuple[dict[str, Meaning], dict[str, Meaning]]:
    """What open kinds mean where their rows leave no doubt or hardly any money, and the likeliest of those in doubt."""
    settled: dict[str, Meaning] = {}
    doubted: dict[str, Meaning] = {}
    words = {kind.word for kind in opens.values()}
    for text, kind in opens.items():
        # A fee that is given back is still of fees: what most of the kind's rows show counts.
        alike = [other for other in opens if opens[other].word == kind.word]
        is_out = rows.is_out(max(alike, key=rows.share))
        best = likeliest(kind, out=is_out, is_signed=rows.is_signed, sells=sells, beside=words - {kind.word})
        gives_back = kind.no_doubt_out and sells and (is_out or rows.undoes(text, sales))
        if gives_back:
            settled[text] = Meaning.REFUND
        elif rows.of_nobody(text):
            settled[text] = Meaning.TRANSFER
        elif rows.share(text) < WORTH:
            settled[text] = best
        else:
            doubted[text] = best
    return settled, doubted


def settling(rows: KindRows, means: dict[str, Meaning]) -> tuple[str, ...]:
    """Of a ledger with invoices and their payments, what only a reader can tell: the same money must not count twice.

    Payments of the other sign than the invoices settle them, and `means` says so.
    """
    bills = [text for text in means if _INVOICE.match(words_of(text))]
    payments = [text for text in means if _PAYMENT.match(words_of(text)) and means[text] is Meaning.SALE]
    negative = [text for text in payments if share_of(rows.amounts(text) <= 0) >= ONE_SIGN]
    if negative:  # of other ledgers a charge is a payment itself
        bills += [text for text in means if _CHARGE.match(words_of(text))]
    if rows.numbers is None or not bills or not payments:
        return ()
    if share_of(rows.amounts(*bills) >= 0) < ONE_SIGN:
        return (*bills, *payments)
    means.update(dict.fromkeys(negative, Meaning.SETTLEMENT))
    return tuple(text for text in payments if text not in negative)


def of_a_bill(table: TableProfile, text: str, meaning: Meaning) -> Meaning:
    """What is not paid is a payment that failed; of an invoice it is one that is due still, and so is one awaited.

    An order that waits for its payment may never be paid; an invoice is sent for what was sold.
    """
    if meaning not in {Meaning.FAILED, Meaning.OPEN} or not names_bills(table):
        return meaning
    if meaning is Meaning.OPEN and any(says(name, _ORDERS) for name in (table.name, *table.columns)):
        return meaning
    pattern = _NOT_PAID if meaning is Meaning.FAILED else _AWAITED
    return Meaning.PENDING if pattern.match(words_of(text)) else meaning


def names_bills(table: TableProfile) -> bool:
    """Whether a table or one of its columns is called after invoices, which are sent for what was sold."""
    return any(says(name, _BILLS) for name in (table.name, *table.columns))


def are_dues(table: TableProfile) -> bool:
    """Whether a table holds what is due by a plan: instalments, fees of members, direct debits of each month."""
    texts = [table.name, *table.columns]
    for column in table.columns.values():
        if column.is_text_typed and column.distinct <= _FEW:
            texts += column.values.to_list()
    return any(says(text, _DUES) for text in texts)


def by_rows(rows: KindRows, text: str, meaning: Meaning, sales: Sequence[str], *, is_kind: bool) -> Meaning:
    """A word of an undone sale whose rows are negative, or name the sale in another row, is the money given back itself.

    And the other way: "return" as the state of an order is the order that came back, not a row of money given back.
    """
    if meaning is Meaning.FAILED and is_kind and rows.is_out(text):
        return Meaning.REFUND  # what is written off of a charge that stands in a row of its own
    if meaning not in {Meaning.REVERSED, Meaning.VOID, Meaning.REFUND}:
        return meaning
    of_text = rows.amounts(text)
    if meaning is Meaning.REFUND:
        if rows.has_fees_given_back(text):
            return Meaning.NEUTRAL
        is_state = is_named_state(rows.column.source) and not is_named_kind(rows.column.source)
        is_of_orders = any(says(name, ORDER_ID) and other.is_unique for name, other in rows.table.columns.items())
        is_sale = rows.numbers is None or (len(of_text) > 0 and share_of(of_text > 0) >= ONE_SIGN)
        return Meaning.REVERSED if is_state and is_of_orders and is_sale else meaning
    if rows.numbers is None:
        return meaning
    if rows.is_out(text):
        return Meaning.REFUND
    others = [other for other in rows.column.values.to_list() if other != text]
    if rows.repeats_a_row(text, others):
        return Meaning.REFUND
    is_own_row = is_kind and (bool(_GIVES_BACK.match(words_of(text))) or (bool(sales) and rows.undoes(text, sales)))
    return Meaning.REFUND if is_own_row else meaning
