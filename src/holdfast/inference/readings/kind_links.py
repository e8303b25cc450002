"""What rows of unknown kinds mean by the numbers that they share with the sales: given back, or only prepared.

    with_links(rows, status) -> the column of kinds, of which values that links speak of are likeliest something else
    taken_off_sales(rows, texts) -> the values that take something off most sales, in rows of the same number

A credit note names the invoice that it takes back. Of one session or order, a filled basket lies before its sale, and
what is given back after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import as_keys
from holdfast.inference.words.kind_rows import MOST_UNKNOWN, KindRows
from holdfast.inference.words.status_column import StatusColumn
from holdfast.meanings import Meaning

_FEWEST = 8  # rows of a kind that can be compared
_NEARLY_ALL = 0.95
_FEW = 0.3  # of the sales: more are not given back
_MOST_TIMES = 1.5  # of the sale: more than charges that a basket lacks
_LEAST_TIMES = 0.5
_CENT = 0.011
_MOST_SALES = 0.5  # share of the sales off which something is taken


def with_links(rows: KindRows, status: StatusColumn) -> StatusColumn:
    """The column; values in doubt whose rows name sales, or share a number with them, are given back or not sold yet.

    Args:
        rows: of its table. status: what its values mean so far.
    """
    main = rows.main
    if rows.numbers is None or not status.unknown or rows.is_signed:
        return status
    likeliest, why = dict(status.likeliest), [status.why] if status.why else []
    for text in status.unknown:
        if text == main or likeliest.get(text, Meaning.SALE) is not Meaning.SALE:
            continue
        for meaning, shown in (*_by_reference(rows, text, main), *_by_shared_number(rows, text, main)):
            likeliest[text] = meaning
            why.append(shown)
            break
    return replace(status, likeliest=likeliest, why="; ".join(why))


def _by_reference(rows: KindRows, text: str, main: str) -> Iterator[tuple[Meaning, str]]:
    """That the rows of a kind name rows of the main one in a column that these leave empty, never for more."""
    is_text, is_main = _is(rows, text), _is(rows, main)
    for naming in rows.table.columns.values():
        if naming.source in rows.table.times or naming.source == rows.column.source or naming.share_filled > _FEW:
            continue
        filled = naming.series.is_not_null()
        if (
            int(is_text.sum()) < _FEWEST
            or share_of(filled.filter(is_text)) < _NEARLY_ALL
            or bool((filled & is_main).any())
        ):
            continue
        for named in rows.table.columns.values():
            if named.source == naming.source or not named.is_unique or named.source in rows.table.times:
                continue
            sold = pl.DataFrame({"key": as_keys(named), "sold": rows.numbers}).filter(is_main)
            own = pl.DataFrame({"key": as_keys(naming), "back": rows.numbers}).filter(is_text).drop_nulls()
            both = own.join(sold, on="key")
            within = share_of(both["back"].abs() <= both["sold"].abs() + _CENT)
            if both.height >= _NEARLY_ALL * own.height and both.height >= _FEWEST and within >= _NEARLY_ALL:
                yield Meaning.REFUND, f"{naming.source} of {text} names the {named.source} of {main}, never for more"


def _by_shared_number(rows: KindRows, text: str, main: str) -> Iterator[tuple[Meaning, str]]:
    """That each row of a kind shares a number with a row of the main one: before it the same money, after it less."""
    when = next(iter(rows.table.times), None)
    if when is None:
        return
    times = rows.table.timestamps(when)
    for column in rows.table.columns.values():
        if not _may_join(rows, column):
            continue
        each = pl.DataFrame({"key": as_keys(column), "amount": rows.numbers, "at": times})
        sold = each.filter(_is(rows, main)).drop_nulls().filter(pl.col("amount") > 0)
        own = each.filter(_is(rows, text)).drop_nulls().filter(pl.col("amount") > 0)
        both = own.join(sold.unique("key", keep="first"), on="key")
        if sold["key"].n_unique() < _NEARLY_ALL * sold.height or both.height < max(_FEWEST, _NEARLY_ALL * own.height):
            continue
        before = share_of(both["at"] <= both["at_right"])
        times_of_it = both["amount"] / both["amount_right"]
        is_near = share_of(times_of_it.is_between(_LEAST_TIMES, _MOST_TIMES))
        within = share_of(both["amount"] <= both["amount_right"] + _CENT)
        if before >= _NEARLY_ALL and is_near >= _NEARLY_ALL and own.height >= sold.height * _FEW:
            yield Meaning.OPEN, f"each {text} of one {column.source} comes before its {main}: the same money"
        elif 1 - before >= _NEARLY_ALL and within >= _NEARLY_ALL and own.height <= sold.height * _FEW:
            yield Meaning.REFUND, f"{text} comes after the {main} of its {column.source}, of few and never for more"


def _may_join(rows: KindRows, column: Profile) -> bool:
    """Whether a column may number what rows of several kinds have in common."""
    is_other = column.source not in {rows.column.source, rows.whose, *rows.table.times}
    return is_other and column.could_name_things and not column.is_unique and column.distinct >= _FEWEST


def _is(rows: KindRows, text: str) -> pl.Series:
    return (rows.column.series == text).fill_null(value=False)


def taken_off_sales(rows: KindRows, texts: Sequence[str]) -> tuple[str, ...]:
    """The values whose rows have the other sign than the main one's of the same number and day, in most of these.

    A marketplace takes its fee off each sale, which the customer has paid all the same.
    """
    when = next(iter(rows.table.times), None)
    if rows.numbers is None or not rows.is_signed or when is None or not 2 < len(texts) <= MOST_UNKNOWN:
        return ()
    main, day = rows.main, rows.table.timestamps(when).dt.date()
    for column in rows.table.columns.values():
        if not _may_join(rows, column):
            continue
        each = pl.DataFrame({"key": as_keys(column), "day": day, "text": rows.column.series, "amount": rows.numbers})
        amounts = each.drop_nulls().filter(pl.col("amount").abs() > _CENT)
        sums = amounts.group_by("key", "day", "text").agg(pl.col("amount").sum())
        sold = sums.filter(pl.col("text") == main)
        if sold.height < _FEWEST or sold["key"].n_unique() < amounts["key"].n_unique() * _NEARLY_ALL:
            continue
        both = sums.filter(pl.col("text") != main).join(sold, on=["key", "day"])
        by_text = both.group_by("text").agg(
            pl.len(), (pl.col("amount") * pl.col("amount_right") < 0).mean().alias("off"), pl.col("amount").abs().sum()
        )
        off = by_text.filter(pl.col("off") >= _NEARLY_ALL, pl.col("len") >= _MOST_SALES * sold.height)
        with_sales = by_text.filter(pl.col("off") <= 1 - _NEARLY_ALL)
        if off.height and off.height + with_sales.height == by_text.height:
            return tuple(text for text in texts if text in set(off["text"]))
    return ()
