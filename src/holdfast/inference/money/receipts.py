"""What was received of each sale, in a column beside what was charged: by its values, not by its name alone."""

# ruff: noqa: E501
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.money.amounts import NEVER_ALONE, MoneyWord, refund_columns, word_of
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.open_kinds import names_a_method
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_state
from holdfast.inference.words.status_columns import status_columns
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.notation.column_sums import in_words

_CENT = 0.011
_TIMES_ONE = 1.3  # as often as by one part alone
_NEARLY_ALL = 0.99
_MOST = 0.5  # share of the sales that are received in full
_SOME = 0.002  # share of the sales of which something is still open
_BY_STATE = 0.95  # share of the sales whose state says whether they are received
_FEWEST = 10  # rows of which something is left to be paid
_MOST_MEANS = 4
_ONE_OF_THEM = 0.5  # share of the rows that are paid by one means alone
_PAID = 0.95  # share of the rows that are paid at all
_NEVER_MORE = "never more of it"
_AFTERWARDS = whole_words(  # of what remained of a sale once it was changed or given back in part
    r"(?:adjusted|current|corrected|revised)(?: \w+)* (?:totals?|amounts?|price|value|sum)|(?:totals?|amounts?|net)(?: \w+)* (?:after|less|net of|minus) (?:refunds?|returns?|credits?)"
    r"|(?:bereinigt|korrigiert|angepasst|aktuell)\w*(?: \w+)* (?:betrag|summe|gesamtbetrag|gesamtsumme|umsatz|total)|(?:betrag|summe|umsatz|total) nach (?:erstattung(?:en)?|retouren?)"
    r"|(?:montant|total)(?: \w+)* (?:ajuste|corrige|apres remboursements?)|(?:importe|total)(?: \w+)* (?:ajustado|corregido|tras (?:reembolsos?|devoluciones?))"
)
_MATTERS = 0.0005  # of all that was charged


@dataclass(frozen=True)
class Received:
    """A column of what was received of each sale."""

    source: str
    evidence: str
    is_paid: bool = True  # else what is left of it after refunds, of which a state still says whether it came in


def received_beside(
    table: TableProfile, amount: str, numbers: Mapping[str, Profile], *, is_doubted: bool = False
) -> Received | None:
    """The column of what was received of each amount; None where there is none, or states say the same already.

    It equals the amount in most rows, is 0 or a part of it in others, and never more; its name says so, or it is 0
    exactly in the rows of some states or without some day, or a column of what is open makes the two agree. Where no
    name says which of the two is the money, that is enough.

    Args:
        table: the log.
        amount: the source column of what was charged.
        numbers: its columns of numbers, by source.
        is_doubted: no name says that the amount is one.
    """
    charged = table.columns[amount].all_numbers.fill_null(0.0)
    sold = charged > _CENT
    for name, column in numbers.items():
        if name == amount or word_of(name) in NEVER_ALONE or not bool(sold.any()):
            continue
        paid = column.all_numbers.fill_null(0.0)
        full = share_of(((paid - charged).abs() <= _CENT).filter(sold))
        within = share_of(((paid >= -_CENT) & (paid <= charged + _CENT)).filter(sold))
        nothing = share_of((paid.abs() <= _CENT).filter(sold))
        if within < _NEARLY_ALL or full < _MOST or nothing < _SOME or _is_less_refunds(table, charged, paid, sold):
            continue
        proof = _proof(table, name, charged, paid, sold, numbers) or (_NEVER_MORE if is_doubted else "")
        if proof and _open_share(table, amount, charged, paid, sold) >= _MATTERS:
            total, is_paid = float(paid.sum()), not says(name, _AFTERWARDS)
            what = "received" if is_paid else "is left"
            evidence = (
                f"{amount} was charged, {float(charged.sum()):,.2f} in all, and {name} {what} of it, {total:,.2f}: "
                f"the same in {percent(full)} of the rows, 0 in {percent(nothing, 1)}; {proof}"
            )
            return Received(name, evidence, is_paid=is_paid)
    return None


def received_in_parts(table: TableProfile, paid: Sequence[str], numbers: Mapping[str, Profile]) -> str:
    """In words, what shows that several columns each hold a part of what was received; empty where nothing does.

    Together they are never more than some other column and in most rows as much, which none of them is by itself.

    Args:
        table: the log.
        paid: source columns that are called paid or received.
        numbers: its columns of numbers, by source.
    """
    if len(paid) < 2:
        return ""
    each = [numbers[name].all_numbers.fill_null(0.0) for name in paid]
    together = pl.select(pl.sum_horizontal(each)).to_series()
    for name, column in numbers.items():
        charged = column.all_numbers.fill_null(0.0)
        sold = charged > _CENT
        if name in paid or name in table.times or sold.sum() < _FEWEST:
            continue
        within = share_of((together <= charged + _CENT).filter(sold))
        full = share_of(((together - charged).abs() <= _CENT).filter(sold))
        alone = max(share_of(((piece - charged).abs() <= _CENT).filter(sold)) for piece in each)
        if within >= _NEARLY_ALL and full >= _MOST and full >= _TIMES_ONE * alone:
            return (
                f"{' + '.join(paid)} are together never more than {name}, and as much in {percent(full, 0)} of the "
                "rows: each is a part of what was received"
            )
    return ""


def _is_less_refunds(table: TableProfile, charged: pl.Series, paid: pl.Series, sold: pl.Series) -> bool:
    """Whether a column is what was charged less the refunds beside it, which are taken off anyway."""
    for name in refund_columns(table):
        back = table.columns[name].all_numbers.fill_null(0.0)
        returned = sold & (back > _CENT)
        if bool(returned.any()) and share_of(((charged - back - paid).abs() <= _CENT).filter(returned)) >= _BY_STATE:
            return True
    return False


def _proof(
    table: TableProfile,
    name: str,
    charged: pl.Series,
    paid: pl.Series,
    sold: pl.Series,
    numbers: Mapping[str, Profile],
) -> str:
    """In words, what shows that a column is what was received; empty where nothing does."""
    for other, column in numbers.items():
        if other == name or names_a_method(other):  # what is paid in cash is not left to be paid
            continue
        left = column.all_numbers.fill_null(0.0)
        is_rest = (charged - paid - left).abs() <= _CENT
        if word_of(other) is MoneyWord.BALANCE and share_of(is_rest.filter(sold)) >= _NEARLY_ALL:
            return f"the rest is {other}"
        # Of what was cancelled nothing is left to be paid, so that where something is left it must come out.
        is_open, is_full = sold & (left.abs() > _CENT), sold & ((paid - charged).abs() <= _CENT)
        is_nothing_left = share_of((left.abs() <= _CENT).filter(is_full)) >= _NEARLY_ALL
        if is_open.sum() >= _FEWEST and share_of(is_rest.filter(is_open)) >= _NEARLY_ALL and is_nothing_left:
            return f"the rest is {other}"
    if word_of(name) is MoneyWord.PAID:
        return "its name says so"
    if says(name, _AFTERWARDS):
        return "its name says that it is what remained"
    for state, column in table.columns.items():
        if not is_named_state(state) or not column.is_text_typed or not 2 <= column.distinct <= MOST_STATES:
            continue
        rows = pl.DataFrame({"state": column.series, "paid": paid > _CENT}).filter(sold).drop_nulls()
        shares = rows.group_by("state").agg(pl.len(), paid=pl.col("paid").mean())
        decided = shares.filter((pl.col("paid") <= 1 - _BY_STATE) | (pl.col("paid") >= _BY_STATE))
        differs = decided["paid"].n_unique() > 1 and bool((decided["paid"] < _MOST).any())
        if differs and int(decided["len"].sum()) >= _BY_STATE * rows.height:
            return f"{state} says which are 0"
    for day in table.times:
        has = table.columns[day].series.is_not_null()
        if share_of((has == (paid > _CENT)).filter(sold)) >= _NEARLY_ALL and int((sold & ~has).sum()) >= _FEWEST:
            return f"it is 0 where no {day} stands"
    return ""


def _open_share(table: TableProfile, amount: str, charged: pl.Series, paid: pl.Series, sold: pl.Series) -> float:
    """The share of what was charged that is not received, of the rows that no state sets aside or says is pending."""
    counts = sold
    for state in status_columns(table, Purpose.MONEY, amount):
        texts = [
            text
            for meaning, several in state.means.items()
            if meaning in EXCLUDED or meaning in {Meaning.REFUND, Meaning.PENDING}
            for text in several
        ]
        counts = counts & ~table.columns[state.source].series.is_in(texts).fill_null(value=False)
    total = float(charged.filter(sold).sum()) or 1.0
    short = float((charged - paid).filter(counts).sum())
    beyond = float(paid.filter(sold & ~counts).sum())
    return max(short, beyond) / total


def paid_by_several_means(numbers: Mapping[str, Profile], names: Sequence[str]) -> tuple[str, ...]:
    """The columns of what was paid by each means, in the file's order; none where they are something else.

    Args:
        numbers: a table's columns of numbers. names: those that could be the amount.
    """
    means = [name for name in numbers if name in names and names_a_method(name)]
    if not 2 <= len(means) <= _MOST_MEANS or len(means) < len(names):
        return ()
    each = pl.DataFrame({name: numbers[name].all_numbers.fill_null(0.0).abs() > _CENT for name in means})
    paid_by = each.select(pl.sum_horizontal(pl.all().cast(pl.Int64)).alias("paid_by"))["paid_by"]
    return tuple(means) if share_of(paid_by == 1) >= _ONE_OF_THEM and share_of(paid_by >= 1) >= _PAID else ()


def sums_of_means(numbers: Mapping[str, Profile], means: Sequence[str]) -> dict[str, float]:
    """The total of all means together, and of each, by the words in which they are offered."""
    totals = {name: float(numbers[name].all_numbers.fill_null(0.0).sum()) for name in means}
    return {in_words(means[0], means[1:]): sum(totals.values())} | totals
