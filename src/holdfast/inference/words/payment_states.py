"""Of several columns of states of the same orders, the state of the payment decides what is open."""

# ruff: noqa: E501
from collections.abc import Sequence
from dataclasses import replace

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.kind_rows import NEARLY_ALL
from holdfast.inference.words.kind_traces import OF_PAYMENT
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.states import is_named_state
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_FINANCIAL = whole_words(r"financial|finanziell\w*|financier\w*|financeir\w*|financier[oa]|finanziari[oa]|finance")
_PAYMENT_STATE = whole_words(
    r"(?:be)?zahl(?:ungs)?(?:status|stand|zustand)|betaal(?:status)|betaling(?:s)?status|betalnings?status|betalingsstatus|入金状況|支払い?状況|(?:付款|支付|支払い?|決済|입금|결제) ?(?:状态|狀態|状態|ステータス|상태)"
)
_OPEN = frozenset({Meaning.OPEN, Meaning.PENDING})
_OF_DEALS = frozenset({Meaning.LOST})
_MOSTLY = 0.5


def with_payment_deciding(table: TableProfile, states: Sequence[StatusColumn]) -> list[StatusColumn]:
    """The columns of states; beside the state of the payment, an open order is one that is not delivered or archived yet.

    What the payment's state calls paid counts, whatever else is open of the order. A payment that is pending in orders
    that are open is no money yet.

    Args:
        table: the table. states: its columns of states, each as its own words say.
    """
    payment = next((state for state in states if _is_of_payment(state)), None)
    if payment is None or share_of(table.columns[payment.source].series.is_not_null()) < NEARLY_ALL:
        return list(states)
    others = [state for state in states if state.source != payment.source and not _is_of_payment(state)]
    if any(_OF_DEALS & state.means.keys() for state in others):
        return list(states)
    result = {state.source: state for state in states}
    for state in others:
        result[payment.source] = _waiting(table, result[payment.source], state)
        result[state.source] = _without_open(state, payment.source)
    return list(result.values())


def _is_of_payment(state: StatusColumn) -> bool:
    """Whether a column is the state of the payment by its name, and calls some of the rows paid."""
    name = state.source
    is_named = is_named_state(name) and (says(name, OF_PAYMENT) or says(name, _FINANCIAL))
    return Meaning.SALE in state.means and (is_named or says(name, _PAYMENT_STATE))


def _waiting(table: TableProfile, payment: StatusColumn, order: StatusColumn) -> StatusColumn:
    """The state of the payment, where what is pending in it is open in the order's as well, so that it counts nowhere."""
    is_open = table.columns[order.source].series.is_in(list(order.means.get(Meaning.OPEN, ()))).fill_null(value=False)
    for text in payment.means.get(Meaning.PENDING, ()):
        rows = table.columns[payment.source].series == text
        if share_of(is_open.filter(rows.fill_null(value=False))) >= _MOSTLY:
            payment = payment.moved(text, Meaning.OPEN)
    return payment


def _without_open(order: StatusColumn, payment: str) -> StatusColumn:
    """The state of the order, in which what is open, or unknown and not undone most likely, says nothing of the money."""
    is_open = [text for meaning in _OPEN for text in order.means.get(meaning, ())]
    for text in is_open:
        order = order.moved(text, Meaning.NEUTRAL)
    if is_open:
        order = replace(
            order, evidence=f"whether an order is paid says {payment}: {', '.join(is_open)} settles nothing"
        )
    for text in order.unknown:
        if order.likeliest.get(text) in {Meaning.SALE, *_OPEN}:
            order = order.settled(text, Meaning.NEUTRAL)
    return order
