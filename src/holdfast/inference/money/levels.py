"""Tables that hold a document's head, its lines and its payments in rows of their own: one level is the money.

Of a deposit and a final document of the same deal, the deposit is whole percents of the price: of the final document,
which then contains it, or of both together.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.readings.sums_between import is_share_of
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_MOST_LEVELS = 8  # different values of a column of levels
_FEWEST = 20  # documents with both levels
_FEWEST_BALANCED = 3  # kinds, of which some come to the same as others together
_PROVEN = 0.95  # share of them in which the sums agree
_CENT = 0.011
_MOST_ROWS = 300_000
_WITH_MONEY = 0.001  # share of a level in all the money, from which on it is one


def levels_of(table: TableProfile, numbers: pl.Series | None, taken: Collection[str]) -> StatusColumn | None:
    """The column whose values divide documents into levels that each come to the same money; None where none does.

    Of levels that come to the same the one with fewest rows counts, the heads; the others count already.

    Args:
        table: the table.
        numbers: (rows,) the amount of each row, where there is one.
        taken: source columns with another role.
    """
    if numbers is None:
        return None
    kinds = [
        name
        for name, column in table.columns.items()
        if name not in taken and column.is_text_typed and not column.is_number and name not in table.times
        and 2 <= column.distinct <= _MOST_LEVELS
    ]  # fmt: skip
    documents = [
        name
        for name, column in table.columns.items()
        if name not in table.times and column.could_name_things and column.share_filled >= _PROVEN
        and column.distinct >= _FEWEST and column.share_distinct <= 1 - 1 / _MOST_LEVELS and not name.startswith("_")
    ]  # fmt: skip
    for kind in kinds:
        for document in documents:
            sums = _sums(table, numbers, kind, document)
            if repeated := _repeated(sums):
                head, others, agrees = repeated
                shown = (
                    f"{', '.join(others)} of one {document} come to the amount of {head} in {percent(agrees)} of them: "
                    f"only {head} counts"
                )
                return _status(table, numbers, kind, (head, *others), others, shown)
            if balanced := _balanced(sums):
                counted, again, agrees = balanced
                shown = (
                    f"{' and '.join(again)} of one {document} come to what {' and '.join(counted)} come to in "
                    f"{percent(agrees)} of them: the same money, which counts once"
                )
                out = [each for each in counted if float(sums.filter(pl.col("kind") == each)["amount"].sum()) < 0]
                sold = [each for each in counted if each not in out]
                return replace(_status(table, numbers, kind, (*sold, *again), again, shown), is_balanced=True)
            if ahead := _paid_ahead(sums):
                return _of_deposits(table, numbers, kind, document, ahead)
    return None


def _sums(table: TableProfile, numbers: pl.Series, kind: str, document: str) -> pl.DataFrame:
    """kind, document, rows, amount: what each level of a document comes to."""
    when = next(iter(table.times), None)
    days = pl.lit(None, pl.Date) if when is None else table.timestamps(when).dt.date()
    rows = (
        pl.DataFrame(
            {"document": as_keys(table.columns[document]), "kind": table.columns[kind].series, "amount": numbers}
        )
        .with_columns(day=days)
        .head(_MOST_ROWS)
    )
    sums = (
        rows.drop_nulls(["document", "kind", "amount"])
        .group_by("kind", "document")
        .agg(rows=pl.len(), amount=pl.col("amount").sum(), day=pl.col("day").min())
    )
    return sums.filter(pl.col("amount").abs() > _CENT)


def _repeated(sums: pl.DataFrame) -> tuple[str, tuple[str, ...], float] | None:
    """The level that counts, those that come to the same, and in which share of the documents; None without."""
    by_kind = sums.group_by("kind").agg(
        documents=pl.len(), rows=pl.col("rows").sum(), money=pl.col("amount").abs().sum()
    )
    total = float(by_kind["money"].sum())
    kinds = by_kind.filter(pl.col("documents") >= _FEWEST, pl.col("money") >= _WITH_MONEY * total)
    names = kinds.sort(pl.col("rows") / pl.col("documents"), "kind")["kind"].to_list()
    for head in names:
        own = sums.filter(pl.col("kind") == head)
        agreeing = {}
        for other in names:
            if other == head:
                continue
            level = sums.filter(pl.col("kind") == other)
            both = own.join(level, on="document")
            agrees = share_of((both["amount"].abs() - both["amount_right"].abs()).abs() <= _CENT)
            is_all = both.height >= _PROVEN * max(own.height, level.height)
            if both.height >= _FEWEST and is_all and agrees >= _PROVEN and _same_sign(both):
                agreeing[other] = agrees
        if agreeing:
            return head, tuple(agreeing), min(agreeing.values())
    return None


def _balanced(sums: pl.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], float] | None:
    """The kinds that count and those that come to the same in nearly all documents, and in which share; None without.

    Of a till's journal the items less their discounts, and what was handed over less the change. What is sold has more
    different amounts. Where all kinds of a document come to nothing together, no sum tells the two sides apart.
    """
    by_kind = sums.group_by("kind").agg(money=pl.col("amount").abs().sum())
    total = float(by_kind["money"].sum())
    kinds = by_kind.filter(pl.col("money") >= _WITH_MONEY * total)["kind"].sort().to_list()
    if not _FEWEST_BALANCED <= len(kinds) <= _MOST_LEVELS:
        return None
    wide = sums.pivot("kind", index="document", values="amount", aggregate_function="sum").fill_null(0.0)
    first, *others = kinds
    for size in range(len(others)):
        for chosen in combinations(others, size):
            side, rest = (first, *chosen), tuple(each for each in others if each not in chosen)
            ours, theirs = (
                pl.select(pl.sum_horizontal([wide[each] for each in kinds_of])).to_series() for kinds_of in (side, rest)
            )
            agrees = share_of((ours - theirs).abs() <= _CENT)
            if wide.height >= _FEWEST and agrees >= _PROVEN and share_of(ours.abs() > _CENT) >= _PROVEN:
                amounts = {each: sums.filter(pl.col("kind").is_in(each))["amount"] for each in (side, rest)}
                again, counted = sorted(amounts, key=lambda each: amounts[each].n_unique())
                return counted, again, agrees
    return None


@dataclass(frozen=True)
class _Ahead:
    """A kind of document that is paid ahead of another one of the same deal."""

    ahead: str
    final: str
    is_within: bool  # the other one is of the whole price, else of the rest of it


def _paid_ahead(sums: pl.DataFrame) -> _Ahead | None:
    """The kind that is whole percents of a later one, or of both together, in nearly all deals; None without such."""
    kinds = sums.group_by("kind").len().filter(pl.col("len") >= _FEWEST)["kind"].sort().to_list()
    for ahead, final in permutations(kinds, 2):
        first, later = (sums.filter(pl.col("kind") == kind) for kind in (ahead, final))
        both = first.join(later, on="document")
        if both.height < max(_FEWEST, _PROVEN * first.height) or not _same_sign(both):
            continue
        if share_of(both["day"] < both["day_right"]) < _PROVEN:
            continue
        piece, rest = both["amount"], both["amount_right"]
        if is_share_of(piece, rest, piece + rest):
            return _Ahead(ahead, final, is_within=True)
        if is_share_of(piece, piece + rest, rest):
            return _Ahead(ahead, final, is_within=False)
    return None


def _of_deposits(table: TableProfile, numbers: pl.Series, kind: str, document: str, paid: _Ahead) -> StatusColumn:
    if paid.is_within:
        shown = f"{paid.ahead} is whole percents of {paid.final} of the same {document}, which contains it"
        return _status(table, numbers, kind, (paid.final, paid.ahead), (paid.ahead,), shown)
    shown = f"{paid.ahead} is whole percents of it and {paid.final} of the same {document} together: both count"
    return _status(table, numbers, kind, (paid.final, paid.ahead), (), shown)


def _same_sign(both: pl.DataFrame) -> bool:
    """Whether two levels have the same sign; what goes in and out again is no level."""
    return share_of((both["amount"] > 0) == (both["amount_right"] > 0)) >= _PROVEN


def _status(
    table: TableProfile, numbers: pl.Series, kind: str, understood: Sequence[str], again: Sequence[str], shown: str
) -> StatusColumn:
    """The column of levels.

    Args:
        table: the table. numbers: (rows,) its money. kind: the column.
        understood: the levels whose money is understood. again: those of them that count already.
        shown: what shows it.
    """
    rows = pl.DataFrame({"text": table.columns[kind].series, "amount": numbers}).drop_nulls("text")
    by_text = rows.group_by("text").agg(rows=pl.len(), amount=pl.col("amount").sum())
    by_text = by_text.sort(["rows", "text"], descending=[True, False])
    texts = [str(text) for text in by_text["text"]]
    rest = tuple(text for text in texts if text not in understood)
    means: dict[Meaning, tuple[str, ...]] = {Meaning.SALE: tuple(text for text in understood if text not in again)}
    means |= {Meaning.SETTLEMENT: tuple(again)} if again else {}
    means |= {Meaning.NEUTRAL: rest} if rest else {}
    return StatusColumn(
        kind,
        means,
        (),
        dict(zip(texts, by_text["rows"].to_list(), strict=True)),
        dict(zip(texts, by_text["amount"].to_list(), strict=True)),
        shown,
    )
