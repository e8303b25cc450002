"""Columns of states and of kinds, and what each of their values means, by its words and by the amounts of its rows."""

# ruff: noqa: E501
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.inference.profiles.columns import Profile, profile, share_of
from holdfast.inference.profiles.tables import CodeWords, TableProfile, as_keys
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, ONE_SIGN, WORTH, KindRows
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.open_kinds import (
    OpenKind,
    are_methods,
    likeliest,
    names_kinds,
    names_transactions,
    open_kind_of,
)
from holdfast.inference.words.states import (
    MOST_STATES,
    NO,
    Purpose,
    is_named_kind,
    is_named_state,
    meaning_of,
    tests_among,
    words_of,
)
from holdfast.inference.words.unknown_kinds import (
    earning,
    kinds_by_rows,
    likeliest_states,
    only_sale,
    the_rest_undoes,
    undoes_some,
)
from holdfast.inference.words.vocabulary import ORDER_ID
from holdfast.meanings import EXCLUDED, Meaning


@dataclass(frozen=True)
class StatusColumn:
    """What one source column's values mean."""

    source: str
    means: Mapping[Meaning, tuple[str, ...]]  # values as the file writes them, the most frequent first
    unknown: tuple[str, ...] = ()  # values that no word explains, or whose word leaves it open, the most frequent first
    rows: Mapping[str, int] = field(default_factory=dict)  # value -> rows
    amounts: Mapping[str, float] = field(default_factory=dict)  # value -> sum of the amount, where there is one
    evidence: str = ""
    likeliest: Mapping[str, Meaning] = field(default_factory=dict)  # unknown value -> what it means most likely
    words: Mapping[str, str] = field(default_factory=dict)  # of a column of codes: value -> its word

    @property
    def excludes(self) -> bool:
        """Whether any value keeps a row out of the money received."""
        return any(meaning in EXCLUDED or meaning is Meaning.REFUND for meaning in self.means)

    def moved(self, text: str, meaning: Meaning) -> "StatusColumn":
        """The column with another meaning of a value."""
        means = self._without(text)
        return replace(self, means={**means, meaning: (*means.get(meaning, ()), text)})

    def doubting(self, text: str, likeliest: Meaning) -> "StatusColumn":
        """The column with a value that is asked about."""
        return replace(
            self,
            means=self._without(text),
            unknown=(*self.unknown, text),
            likeliest={**self.likeliest, text: likeliest},
        )

    def in_codes(self, codes: CodeWords, written: pl.Series) -> "StatusColumn":
        """A column whose codes were read as their words, with the codes as the file writes them."""
        present = set(written.drop_nulls().to_list())
        code_of = {word: code for code, word in codes.words.items() if code in present}
        return replace(
            self,
            means={meaning: tuple(code_of[text] for text in texts) for meaning, texts in self.means.items()},
            unknown=tuple(code_of[text] for text in self.unknown),
            rows={code_of[text]: rows for text, rows in self.rows.items()},
            amounts={code_of[text]: amount for text, amount in self.amounts.items()},
            evidence=f"the words of its codes stand in {codes.where}; {self.evidence}",
            likeliest={code_of[text]: meaning for text, meaning in self.likeliest.items()},
            words={code: word for word, code in code_of.items()},
        )

    def _without(self, text: str) -> dict[Meaning, tuple[str, ...]]:
        means = {meaning: tuple(each for each in texts if each != text) for meaning, texts in self.means.items()}
        return {meaning: texts for meaning, texts in means.items() if texts}


_NOT_PAID = re.compile(rf"^{NO}(?:yet )?(?:paid|received|settled|bezahlt|eingegangen|encaiss\w*)$")
_BILLS = whole_words(r"invoices?|bills?|rechnung(?:en)?|factures?|facturas?|fatture|fattura|faktura|facturen|faturas?")
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
_CHANGES = frozenset({Meaning.UPGRADE, Meaning.DOWNGRADE})  # of a subscription, which bring money as its renewals do
_UNPAID = frozenset({Meaning.VOID, Meaning.PENDING, Meaning.OPEN, Meaning.DRAFT, Meaning.FAILED})
_NO_STATE = whole_words(  # names of columns whose states say nothing of the money
    r"fulfil\w*|shipping|delivery|shipment|versand|lieferung|livraison|envio|marital|civil|method|card|account type|customer type|product type|plan|device|channel|country|priority|address"
)
_REGION = re.compile(r"^[A-Z]{2,3}$")  # of a column called state: CA, NY, NSW


def status_columns(
    table: TableProfile,
    purpose: Purpose,
    amount: str | pl.Series | None = None,
    taken: Iterable[str] = (),
    whose: str | None = None,
    *,
    received: bool = False,
) -> tuple[StatusColumn, ...]:
    """The columns of a table whose values say how a row ended or what it is, with the meaning of each value.

    Args:
        table: the table.
        purpose: MONEY for tables of sales and payments, EVENTS or STATES for subscriptions.
        amount: the source column of money or the amounts, for the sums that a question shows and for signs.
        taken: source columns with another role.
        whose: the source column that names the customer.
        received: the amounts are what was received, so that money shows a sale whatever the word says.
    """
    guesses = []
    numbers = table.columns[amount].all_numbers if isinstance(amount, str) else amount
    others = {*taken, *([amount] if isinstance(amount, str) else ())}
    for name, written in table.columns.items():
        codes = table.code_words.get(name)
        column = written if codes is None else _in_words(written, codes)
        if name in others or not _may_hold_states(name, column, table):
            continue
        guess = _guess(KindRows(table, column, numbers, whose, received), purpose)
        if guess is not None:
            guesses.append(guess if codes is None else guess.in_codes(codes, as_keys(written)))
    return tuple(guesses)


def _in_words(column: Profile, codes: CodeWords) -> Profile:
    """A column of codes as one of their words."""
    return profile(as_keys(column).replace(dict(codes.words)).alias(column.source))


def _may_hold_states(name: str, column: Profile, table: TableProfile) -> bool:
    return (
        column.is_text_typed
        and (not column.is_number or _holds_codes(name, column))
        and name not in table.times
        and 1 <= column.distinct <= MOST_STATES
        and not says(name, _NO_STATE)
    )


def _holds_codes(name: str, column: Profile) -> bool:
    """Whether a column of states or kinds of transactions writes them as numbers: 0 unpaid, 1 paid, 2 given back."""
    is_named = is_named_state(name) or names_transactions(name)
    return is_named and column.is_written_whole and 2 <= column.distinct <= MOST_UNKNOWN


def _guess(rows: KindRows, purpose: Purpose) -> StatusColumn | None:
    name, texts = rows.column.source, rows.column.values.to_list()
    is_money = purpose is Purpose.MONEY
    if is_money and (tests := tests_among(texts)):
        return built(rows, dict.fromkeys(texts, Meaning.NEUTRAL) | dict.fromkeys(tests, Meaning.TEST), (), {})
    is_state, is_kind = (
        is_named_state(name),
        is_named_kind(name) or (is_money and (names_transactions(name) or names_kinds(name))),
    )
    opens = _open_kinds(texts, is_kind=is_kind) if is_money and not is_state else {}
    meanings = {
        text: None if text in opens else meaning_of(text, purpose, whole=not (is_state or is_kind)) for text in texts
    }
    if is_money and not is_state:
        meanings |= _first_sales(texts, meanings)
    explained = {text: meaning for text, meaning in meanings.items() if meaning is not None}
    # A plain sale proves nothing: "Order" may be a product. Words of an ending do, once half of the values speak.
    telling = {meaning for meaning in explained.values() if meaning not in {Meaning.SALE, Meaning.NEUTRAL}}
    half = len(explained) + len(opens) >= max(2, len(texts) / 2)
    is_of_money = names_transactions(name) or (names_kinds(name) and bool(explained or opens))
    speaks = is_money and not is_state and is_of_money and _divides(rows, texts, explained)
    speaks_of_it = (telling and (is_kind or half)) or (opens and half) or (is_money and undoes_some(rows, explained))
    if not is_state and not speaks and not speaks_of_it:
        divided = kinds_by_rows(rows, texts) if is_money else None
        return built(rows, divided.means, tuple(divided.doubted), divided.doubted) if divided is not None else None
    if is_state and not explained:
        is_region = all(_REGION.match(text) for text in texts)
        if rows.column.distinct > MOST_UNKNOWN or is_region:
            return None
        sold = only_sale(rows, texts) if is_money else {}
        unknown = tuple(text for text in texts if text not in sold)
        return built(rows, sold, unknown, likeliest_states(rows, unknown, sold) if is_money else {})
    if not telling and not opens and not is_state and not speaks:
        return None
    sales = [text for text, meaning in explained.items() if meaning is Meaning.SALE]
    means = {
        text: _by_rows(rows, text, meaning, sales, is_kind=is_kind and not is_state)
        for text, meaning in explained.items()
    }
    means = {text: _of_a_bill(rows.table, text, meaning) for text, meaning in means.items()}
    if is_state and is_money and _are_dues(rows.table):
        # What is due by a plan and not collected is no order that waits for its payment.
        means = {text: Meaning.OPEN if meaning is Meaning.PENDING else meaning for text, meaning in means.items()}
    doubtful = _settling(rows, means) if is_money else ()
    means = {text: meaning for text, meaning in means.items() if text not in doubtful}
    settled, doubted = _of_open_kinds(rows, opens, sells=bool(sales), sales=sales)
    means |= settled
    unknown = tuple(text for text, meaning in meanings.items() if meaning is None and text not in opens)
    if purpose not in {Purpose.MONEY, Purpose.BANK} or (not is_state and is_money):
        # Of events most kinds are neither an end nor an undoing; what carries money is asked about.
        silent = [text for text in unknown if not is_money or (rows.numbers is not None and not rows.carries(text))]
        means |= dict.fromkeys(silent, Meaning.NEUTRAL)
        unknown = tuple(text for text in unknown if text not in silent)
    if is_money and not is_state:
        means |= the_rest_undoes(rows, unknown, means | doubted)
        unknown = tuple(text for text in unknown if text not in means)
        doubted = {text: Meaning.REFUND if rows.is_out(text) else Meaning.SALE for text in unknown} | doubted
        repeating = rows.repeating()
        again = {text: meaning for text, meaning in repeating.items() if means.get(text, Meaning.SALE) is Meaning.SALE}
        means = {text: meaning for text, meaning in means.items() if text not in again}
        doubted = earning(rows, doubted | again, set(means) | set(doubted))
    if is_state and rows.is_received:
        paid = [text for text in means if means[text] in _UNPAID and rows.share(text) >= WORTH and rows.carries(text)]
        means = {text: meaning for text, meaning in means.items() if text not in paid}
        unknown = (*unknown, *paid)
    if is_money and is_state:
        means |= only_sale(rows, unknown)
        unknown = tuple(text for text in unknown if text not in means)
        doubted |= likeliest_states(rows, unknown, means)
    return built(rows, means, (*unknown, *(text for text in doubted if text not in unknown), *doubtful), doubted)


def _first_sales(texts: Sequence[str], meanings: Mapping[str, Meaning | None]) -> dict[str, Meaning | None]:
    """Of kinds of sales, what begins or changes what others renew: "New" beside "Renewal" is sold, no open deal."""
    changes = {text: meaning_of(text, Purpose.EVENTS, whole=True) for text in texts}
    if Meaning.RENEWAL not in changes.values() and not set(changes.values()) >= _CHANGES:
        return {}
    sold = {Meaning.START, Meaning.RENEWAL, *_CHANGES}
    return {text: Meaning.SALE for text in texts if changes[text] in sold and meanings[text] in {None, Meaning.OPEN}}


def _open_kinds(texts: Sequence[str], *, is_kind: bool) -> dict[str, OpenKind]:
    """Value -> the kind of transaction whose word leaves open whether it is revenue."""
    if are_methods(texts):
        return {}
    opens: dict[str, OpenKind] = {}
    for text in texts:
        kind = open_kind_of(text, whole=True)
        if kind is None and is_kind and meaning_of(text, Purpose.MONEY, whole=True) is None:
            kind = open_kind_of(text, whole=False)
        if kind is not None:
            opens[text] = kind
    return opens


def _divides(rows: KindRows, texts: Sequence[str], explained: Mapping[str, Meaning]) -> bool:
    """Whether a column of kinds of transactions has values that no list holds and that carry money."""
    if len(texts) < 2 or are_methods(texts):
        return False
    return any(rows.numbers is None or rows.carries(text) for text in texts if text not in explained)


def _of_open_kinds(
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


def _settling(rows: KindRows, means: dict[str, Meaning]) -> tuple[str, ...]:
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


def _of_a_bill(table: TableProfile, text: str, meaning: Meaning) -> Meaning:
    """What is not paid is a payment that failed; of an invoice it is one that is open still."""
    is_bill = any(says(name, _BILLS) for name in (table.name, *table.columns))
    return Meaning.PENDING if meaning is Meaning.FAILED and is_bill and _NOT_PAID.match(words_of(text)) else meaning


def _are_dues(table: TableProfile) -> bool:
    """Whether a table holds what is due by a plan: instalments, fees of members, direct debits of each month."""
    texts = [table.name, *table.columns]
    for column in table.columns.values():
        if column.is_text_typed and column.distinct <= _FEW:
            texts += column.values.to_list()
    return any(says(text, _DUES) for text in texts)


def _by_rows(rows: KindRows, text: str, meaning: Meaning, sales: Sequence[str], *, is_kind: bool) -> Meaning:
    """A word of an undone sale whose rows are negative, or name the sale in another row, is the money given back itself.

    And the other way: "return" as the state of an order is the order that came back, not a row of money given back.
    """
    if meaning is Meaning.FAILED and is_kind and rows.is_out(text):
        return Meaning.REFUND  # what is written off of a charge that stands in a row of its own
    if meaning not in {Meaning.REVERSED, Meaning.VOID, Meaning.REFUND} or rows.numbers is None:
        return meaning
    of_text = rows.amounts(text)
    if meaning is Meaning.REFUND:
        is_state = is_named_state(rows.column.source) and not is_named_kind(rows.column.source)
        is_of_orders = any(says(name, ORDER_ID) and other.is_unique for name, other in rows.table.columns.items())
        is_sale = len(of_text) > 0 and share_of(of_text > 0) >= ONE_SIGN
        return Meaning.REVERSED if is_state and is_of_orders and is_sale else meaning
    if rows.is_out(text):
        return Meaning.REFUND
    is_own_row = is_kind and (bool(_GIVES_BACK.match(words_of(text))) or (bool(sales) and rows.undoes(text, sales)))
    return Meaning.REFUND if is_own_row else meaning


def built(
    rows: KindRows,
    means: Mapping[str, Meaning],
    unknown: tuple[str, ...],
    likely: Mapping[str, Meaning],
    evidence: str = "",
) -> StatusColumn:
    """A column of states with its values in order of their rows.

    Args:
        rows: of its table. means: value -> what it means. unknown: values to ask about.
        likely: their likeliest meanings. evidence: what shows it, where words do not.
    """
    counted = pl.DataFrame({"text": rows.column.series}).with_columns(
        amount=rows.numbers if rows.numbers is not None else pl.lit(None, pl.Float64)
    )
    by_text = counted.drop_nulls("text").group_by("text").agg(rows=pl.len(), amount=pl.col("amount").sum())
    by_text = by_text.sort(["rows", "text"], descending=[True, False])
    order = by_text["text"].to_list()
    rare = _rare(by_text, unknown)
    grouped: dict[Meaning, tuple[str, ...]] = {}
    for text in order:
        meaning = Meaning.NEUTRAL if text in rare else means.get(text)
        if meaning is not None:
            grouped[meaning] = (*grouped.get(meaning, ()), text)
    shown = "; ".join(f"{meaning.value}: {', '.join(texts[:4])}" for meaning, texts in grouped.items())
    return StatusColumn(
        rows.column.source,
        {meaning: grouped[meaning] for meaning in Meaning if meaning in grouped},
        tuple(text for text in order if text in unknown and text not in rare),
        dict(zip(order, by_text["rows"].to_list(), strict=True)),
        dict(zip(order, by_text["amount"].to_list(), strict=True)) if rows.numbers is not None else {},
        evidence or (f"by their words: {shown}" if shown else "no value is a known word"),
        {text: meaning for text, meaning in likely.items() if text in unknown and text not in rare},
    )


def _rare(by_text: pl.DataFrame, unknown: tuple[str, ...]) -> frozenset[str]:
    """Unknown values too rare, and without money, to be worth a question."""
    rows = int(by_text["rows"].sum()) or 1
    few = by_text.filter(
        pl.col("text").is_in(list(unknown)), pl.col("rows") / rows < 0.01, pl.col("amount").fill_null(0.0) == 0
    )
    return frozenset(few["text"].to_list()) if few["rows"].sum() / rows < 0.03 else frozenset()
