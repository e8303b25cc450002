"""Tables that hold a document's head, its lines and its payments in rows of their own: one level is the money."""

from collections.abc import Collection, Sequence

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_MOST_LEVELS = 8  # different values of a column of levels
_FEWEST = 20  # documents with both levels
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
            repeated = _repeated(sums)
            if repeated:
                return _status(table, numbers, kind, document, repeated)
    return None


def _sums(table: TableProfile, numbers: pl.Series, kind: str, document: str) -> pl.DataFrame:
    """kind, document, rows, amount: what each level of a document comes to."""
    rows = pl.DataFrame(
        {"document": as_keys(table.columns[document]), "kind": table.columns[kind].series, "amount": numbers}
    ).head(_MOST_ROWS)
    sums = rows.drop_nulls().group_by("kind", "document").agg(rows=pl.len(), amount=pl.col("amount").sum())
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


def _same_sign(both: pl.DataFrame) -> bool:
    """Whether two levels have the same sign; what goes in and out again is no level."""
    return share_of((both["amount"] > 0) == (both["amount_right"] > 0)) >= _PROVEN


def _status(
    table: TableProfile, numbers: pl.Series, kind: str, document: str, repeated: tuple[str, Sequence[str], float]
) -> StatusColumn:
    head, others, agrees = repeated
    rows = pl.DataFrame({"text": table.columns[kind].series, "amount": numbers}).drop_nulls("text")
    by_text = rows.group_by("text").agg(rows=pl.len(), amount=pl.col("amount").sum())
    by_text = by_text.sort(["rows", "text"], descending=[True, False])
    texts = [str(text) for text in by_text["text"]]
    rest = tuple(text for text in texts if text != head and text not in others)
    means = {Meaning.SALE: (head,), Meaning.SETTLEMENT: tuple(others)} | ({Meaning.NEUTRAL: rest} if rest else {})
    shown = ", ".join(others)
    return StatusColumn(
        kind,
        means,
        (),
        dict(zip(texts, by_text["rows"].to_list(), strict=True)),
        dict(zip(texts, by_text["amount"].to_list(), strict=True)),
        f"{shown} of one {document} come to the amount of {head} in {percent(agrees)} of them: only {head} counts",
    )
