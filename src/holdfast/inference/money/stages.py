"""Ledgers in which one payment stands in several rows, a stage each: the row of the last stage is the money."""

# ruff: noqa: E501
import re
from collections.abc import Collection

import polars as pl

from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, spaced, whole_words
from holdfast.inference.words.states import (
    MOST_STATES,
    Purpose,
    is_named_kind,
    is_named_state,
    meaning_of,
)
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_REFERENCE = whole_words(r"reference|ref|order|payment|transaction|psp|charge|invoice|id")
# Of the stages of one payment the first of these that stands there is that in which the money is the seller's.
_ARRIVED = tuple(
    whole_words(words)
    for words in (r"settled|settlement", r"captured?", r"paid ?out", r"paid|collected|completed|succeeded|success|complete", r"charged?|sale|received")
)  # fmt: skip
_GIVEN_BACK = tuple(whole_words(words) for words in (r"refunded", r"refund(?: settled| completed| succeeded)?|refunds"))
_BACK = whole_words(r"refund\w*|charge ?back\w*|chargedback|reversed|reversal")
_ON_THE_WAY = whole_words(r"sent|requested|pending|initiated|submitted|for")
_SEVERAL = 1.5  # rows of one payment, in the middle, from which on it stands in stages
_ALIKE = 0.9  # share of the payments whose stages have one amount
_ONCE = 0.95  # share of a payment's stages that are different ones


def stages_of(table: TableProfile, amount: str | None, taken: Collection[str]) -> StatusColumn | None:
    """The column of stages of a ledger that books one payment several times; None where each row is money of its own.

    Args:
        table: the ledger.
        amount: its source column of money.
        taken: source columns with another role.
    """
    if amount is None:
        return None
    kinds = [
        name
        for name, column in table.columns.items()
        if name not in taken and name != amount and 2 <= column.distinct <= MOST_STATES and not column.is_number
        and (is_named_kind(name) or is_named_state(name))
    ]  # fmt: skip
    references = [
        name
        for name, column in table.columns.items()
        if says(name, _REFERENCE) and name not in table.times and column.could_name_things
        and column.share_filled >= _ONCE and not column.is_unique
    ]  # fmt: skip
    for kind in kinds:
        for reference in references:
            repeated = _repeated(table, amount, kind, reference)
            if repeated:
                return _status(
                    table, amount, kind, f"{repeated} of one {reference} carry the same amount, a stage each"
                )
    return None


def _repeated(table: TableProfile, amount: str, kind: str, reference: str) -> str:
    """In words, how many rows of a payment repeat its amount; empty where they do not."""
    numbers = table.columns[amount].all_numbers.abs()
    rows = pl.DataFrame({"ref": as_keys(table.columns[reference]), "kind": table.columns[kind].series, "n": numbers})
    rows = rows.drop_nulls().filter(pl.col("n") > 0)
    by_payment = rows.group_by("ref").agg(
        pl.len().alias("rows"),
        (pl.col("kind").n_unique() / pl.len()).alias("once"),
        (pl.col("n").max() - pl.col("n").min() <= 0.011).alias("alike"),
    )
    several = by_payment.filter(pl.col("rows") > 1)
    usual = by_payment["rows"].median()
    if not isinstance(usual, float) or usual < _SEVERAL or several.height < 10:
        return ""
    fits = share_of(several["alike"]) >= _ALIKE and share_of(several["once"]) >= _ONCE
    return f"{usual:.0f} rows" if fits else ""


def _status(table: TableProfile, amount: str, kind: str, evidence: str) -> StatusColumn:
    column = table.columns[kind]
    counted = pl.DataFrame({"text": column.series, "amount": table.columns[amount].all_numbers}).drop_nulls("text")
    by_text = counted.group_by("text").agg(pl.len().alias("rows"), pl.col("amount").sum())
    by_text = by_text.sort(["rows", "text"], descending=[True, False])
    texts = [str(text) for text in by_text["text"]]
    back = [text for text in texts if says(text, _BACK)]
    arrived = _first([text for text in texts if text not in back], _ARRIVED)
    given_back = _first(back, _GIVEN_BACK)
    means: dict[Meaning, tuple[str, ...]] = {}
    unknown: list[str] = []
    for text in texts:
        meaning = _meaning(text, arrived, given_back, is_back=text in back)
        if meaning is None:
            unknown.append(text)
        else:
            means[meaning] = (*means.get(meaning, ()), text)
    shown = f"{evidence}: {arrived} counts" if arrived else evidence
    return StatusColumn(
        kind,
        {meaning: means[meaning] for meaning in Meaning if meaning in means},
        tuple(unknown),
        dict(zip(texts, by_text["rows"].to_list(), strict=True)),
        dict(zip(texts, by_text["amount"].to_list(), strict=True)),
        shown,
    )


def _meaning(text: str, arrived: str, given_back: str, *, is_back: bool) -> Meaning | None:
    if text == arrived:
        return Meaning.SALE
    if text == given_back or (is_back and not says(text, _ON_THE_WAY) and "refund" not in spaced(text)):
        return Meaning.REFUND
    if is_back:
        return Meaning.OPEN
    meaning = meaning_of(text, Purpose.MONEY, whole=True)
    if meaning in {Meaning.FAILED, Meaning.VOID, Meaning.TEST, Meaning.TRANSFER}:
        return meaning
    return Meaning.OPEN if arrived else None


def _first(texts: list[str], ranked: tuple[re.Pattern[str], ...]) -> str:
    """The text of the first rank that any has, without one that is still on its way; empty where none has any."""
    settled = [text for text in texts if not says(text, _ON_THE_WAY)]
    return next((text for pattern in ranked for text in settled if says(text, pattern)), "")
