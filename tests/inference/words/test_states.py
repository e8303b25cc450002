"""Words of endings and undoings are understood in many languages; what is not known is left open."""

import re

import polars as pl
import pytest

from holdfast.inference.guesses import Sample
from holdfast.inference.profiles.tables import profile_tables
from holdfast.inference.words.states import WORDS, Purpose, meaning_of
from holdfast.inference.words.status_column import StatusColumn
from holdfast.inference.words.status_columns import status_columns
from holdfast.meanings import Meaning

M = Meaning
MONEY = {
    M.SALE: ["paid", "Completed", "wc-completed", "Closed Won", "Closed Won (Sales Pipeline)", "succeeded", "bezahlt",
             "partially_refunded", "Payé", "entregado", "已完成", "оплачен", "gewonnen", "COMPLETE", "processing"],
    M.FAILED: ["failed", "Declined", "unpaid", "fehlgeschlagen", "rechazado", "отклонено",
               "失败", "requires_payment_method"],
    M.VOID: ["voided", "Cancelled", "canceled", "storniert", "annulé", "cancelado", "geannuleerd", "キャンセル"],
    M.REVERSED: ["refunded", "Returned", "charged_back", "chargeback", "erstattet", "remboursé", "reembolsado", "退款"],
    M.LOST: ["Closed Lost", "lost", "verloren", "perdido"],
    M.DRAFT: ["draft", "checkout-draft", "Entwurf"],
    M.PENDING: ["pending", "on-hold", "ausstehend", "en attente", "pendiente"],
    M.OPEN: ["authorized", "Negotiation", "open"],
    M.TEST: ["test", "TEST order"],
    None: ["blue", "R2D2", "tier 3", "42b"],
}  # fmt: skip
FROZEN = ["frozen", "on hold", "Congelado", "Gelé", "gelée", "eingefroren", "ruhend", "Bevroren", "Zamrożony",
          "Congelato", "Fryst", "休会中"]  # fmt: skip
EVENTS = {
    M.START: ["start", "subscription_started", "signed up"],
    M.RENEWAL: ["renewal", "renewed", "Verlängerung"],
    M.END: ["cancel", "cancelled", "subscription_cancelled", "churned", "expired", "Kündigung"],
    M.NOTICE: ["cancel_requested", "non_renewing", "notice given", "cancel at period end"],
    M.PAUSE: ["pause", "paused", *FROZEN],
    M.RESUME: ["resume", "reactivated"],
    M.UPGRADE: ["upgrade", "Upgraded"],
    M.PAYMENT_FAILED: ["payment_failed", "invoice payment failed"],
}
STATES = {
    M.RUNNING: ["active", "Aktiv", "ativo"],
    M.TRIALING: ["trialing", "in trial"],
    M.ENDED: ["canceled", "Churned", "expired", "inactive", "gekündigt"],
    M.PAUSED: ["paused", *FROZEN],
    M.PAST_DUE: ["past_due", "unpaid"],
    M.NOTICE: ["non_renewing", "pending-cancel"],
    M.NEVER_STARTED: ["incomplete_expired"],
}


@pytest.mark.parametrize(
    ("purpose", "text", "meaning"),
    [
        (purpose, text, meaning)
        for purpose, words in ((Purpose.MONEY, MONEY), (Purpose.EVENTS, EVENTS), (Purpose.STATES, STATES))
        for meaning, texts in words.items()
        for text in texts
    ],
)
def test_a_word_means_what_people_mean_by_it(purpose: Purpose, text: str, meaning: Meaning | None) -> None:
    assert meaning_of(text, purpose) is meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("Dispute won", Meaning.SALE), ("chargeback_reversed", Meaning.SALE), ("dispute lost", Meaning.REVERSED)],
)
def test_a_dispute_that_was_won_gives_the_money_back(text: str, meaning: Meaning) -> None:
    assert meaning_of(text, Purpose.MONEY) is meaning


def test_what_was_not_cancelled_is_no_cancellation() -> None:
    assert meaning_of("not cancelled", Purpose.MONEY) is Meaning.NEUTRAL


def guess(columns: dict[str, list[str]], amount: str | None = "total") -> tuple[StatusColumn, ...]:
    frame = pl.DataFrame(columns)
    table = profile_tables([Sample("orders", frame, frame.height)])[0]
    return status_columns(table, Purpose.MONEY, amount)


def test_values_are_grouped_by_meaning_and_the_unknown_ones_are_left_open() -> None:
    states = ["paid"] * 60 + ["voided"] * 20 + ["zurg"] * 20
    [found] = guess({"financial_status": states, "total": ["10"] * 100})
    assert found.means == {Meaning.SALE: ("paid",), Meaning.VOID: ("voided",)}
    assert found.unknown == ("zurg",)
    assert found.amounts == {"paid": 600.0, "voided": 200.0, "zurg": 200.0}
    assert found.excludes


def test_returns_with_a_minus_sign_are_the_money_back_not_a_sale_to_take_out() -> None:
    states = ["completed"] * 8 + ["returned"] * 2
    [found] = guess({"status": states, "total": ["5"] * 8 + ["-5"] * 2})
    assert found.means[Meaning.REFUND] == ("returned",)


def test_products_and_methods_are_no_states() -> None:
    columns = {
        "product": ["Test tube", "Paid map", "Chair"] * 10,
        "payment_method": ["card", "refund voucher", "cash"] * 10,
        "fulfillment_status": ["fulfilled", "unfulfilled", "cancelled"] * 10,
        "total": ["5"] * 30,
    }
    assert guess(columns) == ()


def _alternatives(words: str) -> list[str]:
    """The words of a set, cut where it offers another one."""
    depth, cuts = 0, [-1]
    for place, letter in enumerate(words):
        is_escaped = place > 0 and words[place - 1] == "\\"
        depth += 0 if is_escaped else (letter == "(") - (letter == ")")
        if letter == "|" and not depth:
            cuts.append(place)
    return [words[first + 1 : last] for first, last in zip(cuts, [*cuts[1:], len(words)], strict=True)]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_word_has_one_home(purpose: Purpose) -> None:
    """No word stands twice, and none stands where an earlier set takes it first."""
    sets = [(meaning, words) for meaning, words, purposes in WORDS if purpose in purposes]
    homes: dict[str, Meaning] = {}
    for number, (meaning, words) in enumerate(sets):
        for word in _alternatives(words):
            assert word not in homes, f"{word}: {homes[word]} and {meaning}"
            homes[word] = meaning
            plain = word.removesuffix(r"\w*")
            if not re.search(r"[\\()\[\]?*+|.]", plain):
                earlier = [other for other, others in sets[:number] if re.fullmatch(f"(?:{others})", plain)]
                assert not earlier, f"{word} of {meaning}: taken by {earlier}"


@pytest.mark.parametrize("text", ["remboursement", "zwrot"])
def test_a_refund_by_its_noun_is_money_given_back(text: str) -> None:
    assert meaning_of(text, Purpose.MONEY) is Meaning.REFUND
