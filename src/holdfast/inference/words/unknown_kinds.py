"""What states and kinds of unknown words mean most likely, by the money of their rows and the words around them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.inference.words.decided_states import Ends, ends_of
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, NEARLY_ALL, KindRows
from holdfast.inference.words.kind_traces import follows_others, goes_to_others, promises, trace_of
from holdfast.inference.words.names import says
from holdfast.inference.words.open_kinds import are_methods
from holdfast.inference.words.states import Purpose, meaning_of, meaning_of_end, words_of
from holdfast.inference.words.vocabulary import CHANNEL, PAYMENT_METHOD, PRODUCT
from holdfast.meanings import EXCLUDED, Meaning

_HALF = 0.5
_RARE = 0.15  # of the money: a word with more is no exception
_FEW_KINDS = 6  # different values of a column that divides documents
_UNDONE = frozenset({Meaning.REFUND, Meaning.REVERSED, Meaning.VOID, Meaning.TEST})
_UNPAID = frozenset({Meaning.VOID, Meaning.FAILED, Meaning.OPEN, Meaning.PENDING})
# What the business moves of its own, or holds for others, may be most of the money; what sales come to may not.
_NO_REVENUE = (frozenset(EXCLUDED) | {Meaning.REFUND}) - {Meaning.TRANSFER, Meaning.OPEN}


@dataclass(frozen=True)
class Divided:
    """What the values of a column that is no plain category mean: without doubt, and most likely."""

    means: Mapping[str, Meaning]
    doubted: Mapping[str, Meaning]
    why: tuple[str, ...] = ()


def undoes_some(rows: KindRows, explained: Mapping[str, Meaning]) -> bool:
    """Whether a column of few values has one that can only undo a sale, by all of its text, and that moves money."""
    if not 2 <= rows.column.distinct <= _FEW_KINDS or rows.numbers is None or is_plain_category(rows.column.source):
        return False
    return any(meaning in _UNDONE and rows.carries(text) for text, meaning in explained.items())


def is_plain_category(name: str) -> bool:
    return any(says(name, pattern) for pattern in (PAYMENT_METHOD, PRODUCT, CHANNEL))


def kinds_by_rows(rows: KindRows, texts: Sequence[str]) -> Divided | None:
    """A column that neither its name nor most of its words explain: by how the rows of its values lie to each other.

    None for a plain category, whose values occur with sales alike.
    """
    if len(texts) < 2 or rows.numbers is None or are_methods(texts) or is_plain_category(rows.column.source):
        return None
    doubted, shown = of_other_rows(rows, texts)
    if not doubted and len(texts) <= _FEW_KINDS:
        is_numbered = rows.numbered_apart()
        inside = {text: meaning_of(text, Purpose.MONEY) for text in texts if rows.carries(text)}
        if is_numbered or _have_a_word_in_common(texts):
            # A document with a number of its own is a row of its own: what it undoes stands in another.
            of_own = dict.fromkeys(_UNDONE - {Meaning.TEST}, Meaning.REFUND) if is_numbered else {}
            undone = _UNDONE | {Meaning.DRAFT}
            doubted = {text: of_own.get(each, each) for text, each in inside.items() if each in undone}
    doubted = earning(rows, doubted, set(texts), shown)
    if not any(meaning is not Meaning.SALE for meaning in doubted.values()):
        return None
    others = {text: Meaning.SALE for text in texts if text not in doubted and rows.carries(text)}
    others |= {text: Meaning.NEUTRAL for text in texts if text not in doubted and text not in others}
    return Divided(others, doubted, tuple(shown.values()))


def kinds_with_amounts(rows: KindRows, texts: Sequence[str]) -> tuple[str, ...]:
    """The several kinds of events that have an amount, where rows of other kinds have none; empty where none lacks it.

    A basket that was filled has one as well as the sale, so each of them is asked about.
    """
    few = 2 < len(texts) <= MOST_UNKNOWN
    if rows.numbers is None or not few or are_methods(texts) or is_plain_category(rows.column.source):
        return ()
    filled = pl.DataFrame({"text": rows.column.series.cast(pl.String), "filled": rows.numbers.is_not_null()})
    shares = dict(filled.drop_nulls().group_by("text").agg(pl.col("filled").mean()).iter_rows())
    with_amount = tuple(text for text in texts if shares.get(text, 0.0) >= NEARLY_ALL)
    lacking = [text for text in texts if shares.get(text, 0.0) <= 1 - NEARLY_ALL]
    is_divided = len(with_amount) > 1 and lacking and len(with_amount) + len(lacking) == len(texts)
    return with_amount if is_divided else ()


def going_out(rows: KindRows, text: str) -> Meaning:
    """What negative amounts mean: given back, or paid by the business to others who never bought anything."""
    return Meaning.TRANSFER if goes_to_others(rows, text) else Meaning.REFUND


def of_other_rows(rows: KindRows, sales: Sequence[str]) -> tuple[dict[str, Meaning], dict[str, str]]:
    """The kinds whose money stands in rows of other kinds too: given back, counted already, or only promised.

    Returns:
        Text -> its likeliest meaning, and of promises text -> what shows it.
    """
    promised = promises(rows, sales)
    again = {
        text: meaning
        for text, meaning in rows.repeating().items()
        if meaning is not Meaning.REFUND or follows_others(rows, text)
    }
    # What pays a promise is money, though its amount stands in the promise too.
    paying = {text for text in again if promised and again[text] is Meaning.REFUND and text not in promised}
    again = {text: meaning for text, meaning in again.items() if text not in paying}
    return again | dict.fromkeys(promised, Meaning.OPEN), promised


def _have_a_word_in_common(texts: Sequence[str]) -> bool:
    """Whether all values have a word in common: sales invoice, return invoice."""
    return bool(set.intersection(*(set(words_of(text).split()) for text in texts)))


def likeliest_states(
    rows: KindRows, unknown: Sequence[str], means: Mapping[str, Meaning]
) -> tuple[dict[str, Meaning], list[str]]:
    """What states that no word explains mean most likely, by the rows of each and by the states around them.

    The word of most of the money is a sale, unless known ones are and its rows are not like theirs. What else a word
    means its rows show: they lack the payment that sales have, or come again soon after as sales, or have something
    of their own. A rare one beside the sale that stands over all the time is how a sale was undone, unless the words
    for that are there already, or waits for its payment, unless that has a word too; one of the last days only is
    still on its way, unless it has the day that only the unpaid ones lack.

    Returns:
        Text -> meaning, and in words what shows it.
    """
    likely: dict[str, Meaning] = {}
    ends = _telling(ends_of(rows, rows.column.values.to_list()))
    main, explained = _main(rows, ends, unknown), set(means.values())
    unpaid = [text for text, meaning in means.items() if meaning in _UNPAID]
    sold = [text for text, meaning in means.items() if meaning is Meaning.SALE] or [main]
    traces = {text: trace for text in unknown if rows.carries(text) and (trace := trace_of(rows, text, sold))}
    for text in unknown:
        ending = meaning_of_end(text)
        if rows.numbers is not None and not rows.carries(text):
            likely[text] = Meaning.VOID
        elif rows.is_out(text):
            likely[text] = going_out(rows, text)
        elif text in traces and not rows.is_received:
            likely[text] = traces[text].meaning
        elif text == main or rows.is_received:
            likely[text] = Meaning.SALE
        elif ending is not None:
            likely[text] = Meaning.REVERSED if ending is Meaning.REFUND else ending
        elif ends is not None and text in ends.lacking:
            likely[text] = Meaning.OPEN
        elif ends is not None and ends.is_of_deals and Meaning.LOST not in explained:
            likely[text] = Meaning.LOST  # it is over, and another one that is over brought more
        elif Meaning.LOST in explained:
            likely[text] = Meaning.OPEN  # a further stage of deals that are won or lost
        elif rows.share(text) > _RARE:
            likely[text] = Meaning.SALE
        elif rows.is_late(text):
            is_there = Meaning.PENDING in explained or rows.is_paid(text, main, unpaid)
            likely[text] = Meaning.SALE if is_there else Meaning.PENDING
        else:
            undone = next((meaning for meaning in (Meaning.VOID, Meaning.REVERSED) if meaning not in explained), None)
            waits = None if explained & {Meaning.OPEN, Meaning.PENDING} else Meaning.OPEN
            likely[text] = undone or waits or Meaning.SALE
    shown = [trace.words for text, trace in traces.items() if likely[text] is trace.meaning]
    shown = shown if ends is None or not unknown else [ends.words, *shown]
    return earning(rows, likely, set(means) | set(unknown), traces), shown


def traced(rows: KindRows, texts: Sequence[str]) -> tuple[dict[str, Meaning], list[str]]:
    """What values mean by what their rows lack or have beside those of the main one, and in words what shows it."""
    main = rows.main
    traces = {text: trace for text in texts if text != main and (trace := trace_of(rows, text, [main]))}
    return {text: trace.meaning for text, trace in traces.items()}, [trace.words for trace in traces.values()]


def _telling(ends: Ends | None) -> Ends | None:
    """Ends of deals or by a payment; any other day may be that on which a sale was undone."""
    return ends if ends is not None and (ends.is_of_deals or ends.is_payment) else None


def _main(rows: KindRows, ends: Ends | None, unknown: Sequence[str]) -> str:
    """The value that carries most of the money; where a day says which are over, of these."""
    over = [text for text in ends.having if text in unknown] if ends is not None else []
    return max(over, key=lambda text: (rows.share(text), text)) if over else rows.main


def only_sale(rows: KindRows, unknown: Sequence[str]) -> dict[str, Meaning]:
    """The one value of a column of states that carries money, as a sale where no word explains it; else none."""
    carrying = [text for text in rows.column.values.to_list() if rows.carries(text)]
    is_one = len(carrying) == 1 and carrying[0] in unknown
    return {carrying[0]: Meaning.SALE} if is_one and not rows.is_out(carrying[0]) else {}


def the_rest_undoes(rows: KindRows, unknown: Sequence[str], means: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """The one kind of an unknown word that brings most of the money, as a sale where others undo it and none sells.

    What is given back was sold, so it can be nothing but the sale.
    """
    if len(unknown) != 1 or rows.main != unknown[0] or rows.is_out(unknown[0]) or rows.share(unknown[0]) <= _HALF:
        return {}
    moving = {meaning for text, meaning in means.items() if rows.carries(text)}
    is_undone = bool(moving & {Meaning.REFUND, Meaning.REVERSED, Meaning.VOID})
    is_alone = is_undone and moving <= _NO_REVENUE | {Meaning.TRANSFER, Meaning.OPEN}
    return {unknown[0]: Meaning.SALE} if is_alone else {}


def earning(
    rows: KindRows, likely: Mapping[str, Meaning], texts: Collection[str], shown: Collection[str] = ()
) -> dict[str, Meaning]:
    """The likeliest meanings, so that to accept them all leaves most of the money as revenue.

    Args:
        rows: of the table. likely: text -> meaning. texts: those that count.
        shown: texts whose rows themselves show what they mean.
    """
    result = dict(likely)
    if rows.numbers is None:
        return result
    for text in sorted(result, key=rows.share, reverse=True):
        lost = [other for other, meaning in result.items() if meaning in _NO_REVENUE and other in texts]
        if sum(rows.share(other) for other in lost) <= _HALF:
            break
        if text in lost and text not in shown:
            result[text] = Meaning.SALE
    return result
