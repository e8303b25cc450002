"""Columns of states and of kinds, and what each of their values means, by its words and by the amounts of its rows."""

# ruff: noqa: E501
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.inference.profiles.columns import Profile, profile
from holdfast.inference.profiles.tables import CodeWords, TableProfile, as_keys
from holdfast.inference.readings.kind_links import taken_off_sales, with_links
from holdfast.inference.words.decided_states import ends_of, may_undo
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, WORTH, KindRows
from holdfast.inference.words.kind_traces import contradicted
from holdfast.inference.words.meanings_in_rows import are_dues, by_rows, of_a_bill, of_open_kinds, settling
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.open_kinds import OpenKind, are_methods, names_kinds, names_transactions, open_kind_of
from holdfast.inference.words.states import (
    MOST_STATES,
    Purpose,
    is_named_kind,
    is_named_state,
    meaning_of,
    tests_among,
)
from holdfast.inference.words.status_column import StatusColumn, built
from holdfast.inference.words.under_way import under_way
from holdfast.inference.words.unknown_kinds import (
    Divided,
    earning,
    going_out,
    kinds_by_rows,
    kinds_with_amounts,
    likeliest_states,
    of_other_rows,
    only_sale,
    the_rest_undoes,
    traced,
    undoes_some,
)
from holdfast.inference.words.won_flags import meanings_by_flag, meanings_by_probability
from holdfast.meanings import Meaning

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
    guesses, unexplained = [], list[KindRows]()
    numbers = table.columns[amount].all_numbers if isinstance(amount, str) else amount
    others = {*taken, *([amount] if isinstance(amount, str) else ())}
    for name, written in table.columns.items():
        codes = table.code_words.get(name)
        column = written if codes is None else _in_words(written, codes)
        if name in others or not _may_hold_states(name, column, table):
            continue
        rows = KindRows(table, column, numbers, whose, received)
        guess = _guess(rows, purpose)
        guess = with_links(rows, guess) if guess is not None and purpose is Purpose.MONEY else guess
        if guess is not None:
            guesses.append(guess if codes is None else guess.in_codes(codes, as_keys(written)))
        elif purpose is Purpose.MONEY and may_undo(rows, column.values.to_list()):
            unexplained.append(rows)
    # What nothing explains is asked about where no other column says what became of the sales.
    return tuple(guesses or map(_asked_in_full, unexplained))


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


@dataclass(frozen=True)
class _Words:
    """What the words of a column say by themselves."""

    is_state: bool
    is_kind: bool
    opens: Mapping[str, OpenKind]  # value -> the kind of transaction that leaves open whether it is revenue
    explained: Mapping[str, Meaning]
    unexplained: tuple[str, ...]

    @property
    def telling(self) -> set[Meaning]:
        """The meanings that prove something. A plain sale proves nothing: "Order" may be a product."""
        return {meaning for meaning in self.explained.values() if meaning not in {Meaning.SALE, Meaning.NEUTRAL}}


@dataclass(frozen=True)
class _Draft:
    """What the values of a column mean so far."""

    means: dict[str, Meaning]
    unknown: tuple[str, ...]
    doubted: dict[str, Meaning]  # value -> its likeliest meaning
    why: tuple[str, ...] = ()


def _guess(rows: KindRows, purpose: Purpose) -> StatusColumn | None:
    texts = rows.column.values.to_list()
    is_money = purpose is Purpose.MONEY
    if is_money and (tests := tests_among(texts)):
        return built(rows, dict.fromkeys(texts, Meaning.NEUTRAL) | dict.fromkeys(tests, Meaning.TEST), (), {})
    words = _words_of(rows, texts, purpose)
    speaks = is_money and _speaks_of_transactions(rows, texts, words)
    if not words.is_state and not speaks and not _speaks_of_ends(rows, texts, words, is_money=is_money):
        return _by_rows_alone(rows, texts) if is_money else None
    if words.is_state and not words.explained:
        return _of_unknown_states(rows, texts, is_money=is_money)
    if not (words.telling or words.opens or words.is_state or speaks):
        return None
    means, doubtful = _by_their_rows(rows, words, is_money=is_money)
    sales = [text for text, meaning in words.explained.items() if meaning is Meaning.SALE]
    settled, doubted = of_open_kinds(rows, words.opens, sells=bool(sales), sales=sales)
    draft = _Draft(means | settled, words.unexplained, doubted)
    if purpose not in {Purpose.MONEY, Purpose.BANK} or (not words.is_state and is_money):
        draft = _without_silent(rows, draft, is_money=is_money)
    if is_money:
        draft = _of_states(rows, draft) if words.is_state else _of_kinds(rows, draft)
    in_doubt = (*draft.unknown, *(text for text in draft.doubted if text not in draft.unknown), *doubtful)
    return built(rows, draft.means, in_doubt, draft.doubted, why="; ".join(draft.why))


def _by_rows_alone(rows: KindRows, texts: Sequence[str]) -> StatusColumn | None:
    """A column that neither its name nor its words explain, by its rows; None where they show nothing."""
    divided = kinds_by_rows(rows, texts)
    if divided is not None:
        return _of_divided(rows, divided)
    fees = taken_off_sales(rows, texts)
    if fees:
        shown = (
            f"{', '.join(fees)} are taken off most of the sales: fees that the customer has paid, or less that he paid"
        )
        rest = dict.fromkeys(set(texts) - set(fees), Meaning.NEUTRAL)
        return built(rows, rest, fees, dict.fromkeys(fees, Meaning.TRANSFER), why=shown)
    paying = kinds_with_amounts(rows, texts)
    if paying:
        draft = _of_kinds(rows, _Draft(dict.fromkeys(set(texts) - set(paying), Meaning.NEUTRAL), paying, {}))
        shown = f"only {', '.join(paying)} have an amount"
        return built(rows, draft.means, draft.unknown, draft.doubted, why="; ".join((shown, *draft.why)))
    rated, shown = meanings_by_probability(rows)
    return built(rows, rated, (), {}, shown) if rated else None


def _asked_in_full(rows: KindRows) -> StatusColumn:
    """A column of few values that nothing explains: each is asked about, and most likely a sale."""
    texts = rows.column.values.to_list()
    likely, shown = traced(rows, [text for text in texts if not rows.is_out(text)])
    likely |= {text: going_out(rows, text) for text in texts if rows.is_out(text)}
    why = (*shown, f"no word says whether {rows.column.source} tells of sales that came to nothing")
    return built(rows, {}, tuple(texts), dict.fromkeys(texts, Meaning.SALE) | likely, why="; ".join(why))


def _of_divided(rows: KindRows, divided: Divided) -> StatusColumn:
    return built(rows, divided.means, tuple(divided.doubted), divided.doubted, why="; ".join(divided.why))


def _words_of(rows: KindRows, texts: Sequence[str], purpose: Purpose) -> _Words:
    name, is_money = rows.column.source, purpose is Purpose.MONEY
    is_state = is_named_state(name) or (is_money and ends_of(rows, texts) is not None)
    is_kind = is_named_kind(name) or (is_money and (names_transactions(name) or names_kinds(name)))
    opens = _open_kinds(texts, is_kind=is_kind) if is_money and not is_state else {}
    meanings = {
        text: None if text in opens else meaning_of(text, purpose, whole=not (is_state or is_kind)) for text in texts
    }
    if is_money and not is_state:
        meanings |= _first_sales(texts, meanings)
    explained = {text: meaning for text, meaning in meanings.items() if meaning is not None}
    unexplained = tuple(text for text, meaning in meanings.items() if meaning is None and text not in opens)
    return _Words(is_state, is_kind, opens, explained, unexplained)


def _speaks_of_transactions(rows: KindRows, texts: Sequence[str], words: _Words) -> bool:
    """Whether a column of kinds, by its name, has values that divide the money."""
    name = rows.column.source
    is_of_money = names_transactions(name) or (names_kinds(name) and bool(words.explained or words.opens))
    return not words.is_state and is_of_money and _divides(rows, texts, words.explained)


def _speaks_of_ends(rows: KindRows, texts: Sequence[str], words: _Words, *, is_money: bool) -> bool:
    """Whether words of an ending, or of open kinds, say what a column holds: once half of its values speak."""
    half = len(words.explained) + len(words.opens) >= max(2, len(texts) / 2)
    if (words.telling and (words.is_kind or half)) or (words.opens and half):
        return True
    return is_money and undoes_some(rows, words.explained)


def _of_unknown_states(rows: KindRows, texts: Sequence[str], *, is_money: bool) -> StatusColumn | None:
    """A column of states of which no word is known; None where they are too many, or regions."""
    if rows.column.distinct > MOST_UNKNOWN or all(_REGION.match(text) for text in texts):
        return None
    for settle in (meanings_by_flag, meanings_by_probability) if is_money else ():
        settled, shown_by = settle(rows)
        if settled:
            return built(rows, settled, (), {}, shown_by)
    sold = only_sale(rows, texts) if is_money else {}
    unknown = tuple(text for text in texts if text not in sold)
    likely, shown = likeliest_states(rows, unknown, sold) if is_money else ({}, [])
    return built(rows, sold, unknown, likely, why="; ".join(shown))


def _by_their_rows(rows: KindRows, words: _Words, *, is_money: bool) -> tuple[dict[str, Meaning], tuple[str, ...]]:
    """What known words mean in this table, and those of invoices and payments that only a reader can tell."""
    sales = [text for text, meaning in words.explained.items() if meaning is Meaning.SALE]
    is_kind = words.is_kind and not words.is_state
    means = {
        text: of_a_bill(rows.table, text, by_rows(rows, text, meaning, sales, is_kind=is_kind))
        for text, meaning in words.explained.items()
    }
    if words.is_state and is_money and are_dues(rows.table):
        # What is due by a plan and not collected is no order that waits for its payment.
        means = {text: Meaning.OPEN if meaning is Meaning.PENDING else meaning for text, meaning in means.items()}
    doubtful = settling(rows, means) if is_money else ()
    return {text: meaning for text, meaning in means.items() if text not in doubtful}, doubtful


def _without_silent(rows: KindRows, draft: _Draft, *, is_money: bool) -> _Draft:
    """Of events most kinds are neither an end nor an undoing; what carries money is asked about."""
    silent = [text for text in draft.unknown if not is_money or (rows.numbers is not None and not rows.carries(text))]
    unknown = tuple(text for text in draft.unknown if text not in silent)
    return replace(draft, means=draft.means | dict.fromkeys(silent, Meaning.NEUTRAL), unknown=unknown)


def _of_kinds(rows: KindRows, draft: _Draft) -> _Draft:
    """Kinds of transactions: what others undo is sold, and what repeats the amounts of others is no sale of its own."""
    means = draft.means | the_rest_undoes(rows, draft.unknown, draft.means | draft.doubted)
    unknown = tuple(text for text in draft.unknown if text not in means)
    doubted = {text: going_out(rows, text) if rows.is_out(text) else Meaning.SALE for text in unknown}
    doubted |= draft.doubted
    sales = [text for text, meaning in (means | doubted).items() if meaning is Meaning.SALE]
    again, promised = of_other_rows(rows, sales)
    again = {text: meaning for text, meaning in again.items() if means.get(text, Meaning.SALE) is Meaning.SALE}
    means = {text: meaning for text, meaning in means.items() if text not in again}
    likely = earning(rows, doubted | again, set(means) | set(doubted), promised)
    return _Draft(means, unknown, likely, tuple(promised.values()))


def _with_received(rows: KindRows, draft: _Draft) -> _Draft:
    """Amounts that were received: a word that says unpaid and carries money is asked about."""
    means = draft.means
    paid = [text for text in means if means[text] in _UNPAID and rows.share(text) >= WORTH and rows.carries(text)]
    rest = {text: meaning for text, meaning in means.items() if text not in paid}
    return replace(draft, means=rest, unknown=(*draft.unknown, *paid))


def _of_states(rows: KindRows, draft: _Draft) -> _Draft:
    """States of sales: the likeliest of unknown words, and known ones that their own rows speak against."""
    draft = _with_received(rows, draft) if rows.is_received else draft
    rated, shown_by = meanings_by_probability(rows)
    if rated:
        return _Draft(rated, (), {}, (shown_by,))
    by_flag, _ = meanings_by_flag(rows) if draft.unknown else ({}, "")
    means = draft.means | {text: by_flag[text] for text in draft.unknown if text in by_flag}
    means |= only_sale(rows, draft.unknown)
    unknown = tuple(text for text in draft.unknown if text not in means)
    likely, shown = likeliest_states(rows, unknown, means)
    going_on = under_way(rows, likely | means)
    means = {text: meaning for text, meaning in means.items() if text not in going_on.doubted} | dict(going_on.means)
    likely, shown = {**likely, **going_on.doubted}, [*shown, *going_on.why]
    sales = [text for text, meaning in means.items() if meaning is Meaning.SALE]
    against = {} if rows.is_received else contradicted(rows, sales)
    open_ones = earning(rows, dict.fromkeys(against, Meaning.OPEN), {*means, *unknown})
    rest = {text: meaning for text, meaning in means.items() if text not in against}
    return _Draft(rest, unknown, draft.doubted | likely | open_ones, (*shown, *against.values()))


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
