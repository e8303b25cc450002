"""What the rows of a state lack, or have, beside those of sales: a payment, a delivery, a sale of the same soon after.

trace_of(rows, text, sold) -> Trace | None
contradicted(rows, sales) -> words that say sale, of whose rows a day or number of payment is missing
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import as_keys
from holdfast.inference.words.kind_rows import NEARLY_ALL, OF_DELIVERY, KindRows
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.vocabulary import CANCELLED_ON
from holdfast.meanings import Meaning

_MOST, _HARDLY_ANY = 0.9, 0.02  # shares of the rows that have something
_FEWEST = 8  # rows of a state that can be compared
_SOME = 0.6  # share of the sales up to which something happens to some of them
_EXPECTED = 8  # rows that would have it by chance, of which none has
_SOON = 7  # days in which a payment that failed is tried again
_TRIED_AGAIN, _TIMES_THE_OTHERS = 0.25, 4
_FEWEST_CONTRADICTED = 20
_OF_PAYMENT = whole_words(
    r"paid|payment|payments|captured|settled|charged|transaction|bezahlt|zahlung\w*|gezahlt|paye\w*|paiement|regle\w*|pagad\w*|pago\w*|pagamento|pagat\w*|betaal\w*|betal\w*|zaplac\w*|platnos\w*|oplacon\w*|maksu\w*|maksettu|оплат\w*|fizet\w*|odeme|platit\w*|入金|支払\w*|付款|支付|결제\w*"
)


@dataclass(frozen=True)
class Trace:
    """What the rows of a value show that it means."""

    meaning: Meaning
    words: str


def trace_of(rows: KindRows, text: str, sold: Collection[str]) -> Trace | None:
    """What the rows of a value lack or have beside those of sales; None where they are like these.

    Args:
        rows: of the table, beside the column of states.
        text: the value.
        sold: the values of sales.
    """
    others = [each for each in sold if each != text]
    if not others or _rows_of(rows, [text]).sum() < _FEWEST or _rows_of(rows, others).sum() < _FEWEST:
        return None
    of_sales = ", ".join(others[:2])
    lacking = next(_lacking(rows, text, others), "")
    if lacking:
        return Trace(Meaning.OPEN, f"no {text} has a {lacking}, as {of_sales} have")
    if again := _tried_again(rows, text, others):
        return Trace(
            Meaning.FAILED,
            f"{again} of {text} come again as {of_sales} of the same customer and amount within {_SOON} days",
        )
    if rows.is_late(text):
        return None
    own = next(_of_its_own(rows, text, others), None)
    if own is not None:
        column, meaning = own
        return Trace(meaning, f"each {text} has a {column}, as hardly any {of_sales} has")
    if undelivered := next(_lacking(rows, text, others, of_delivery=True), ""):
        return Trace(Meaning.VOID, f"no {text} ever has a {undelivered}, as {of_sales} have")
    if never := next(_never(rows, text, others), ""):
        return Trace(Meaning.OPEN, f"no {text} has a {never}, as some of {of_sales} have")
    return None


def contradicted(rows: KindRows, sales: Sequence[str]) -> dict[str, str]:
    """The values of sales of which no row has the day or number of payment that all others have -> what shows it."""
    shown = {}
    for text in sales:
        others = [each for each in sales if each != text]
        if min(int(_rows_of(rows, [text]).sum()), int(_rows_of(rows, others).sum())) < _FEWEST_CONTRADICTED:
            continue
        lacking = (name for name in _lacking(rows, text, others, least=NEARLY_ALL) if says(name, _OF_PAYMENT))
        if name := next(lacking, ""):
            shown[text] = f"no {text} has a {name}, as all other sales have"
    return shown


def _rows_of(rows: KindRows, texts: Collection[str]) -> pl.Series:
    return rows.column.series.is_in([*texts]).fill_null(value=False)


def _beside(rows: KindRows, *, of_delivery: bool = False) -> Iterator[tuple[str, Profile]]:
    """The other columns of the table: those that come with the delivery, or all others."""
    for name, column in rows.table.columns.items():
        if name not in {rows.column.source, rows.whose} and says(name, OF_DELIVERY) == of_delivery:
            yield name, column


def _has(column: Profile) -> pl.Series:
    """(rows,) whether something stands there; a fee of 0 is none."""
    filled = column.series.is_not_null()
    is_measure = column.is_number and column.flag is None
    return filled & (column.all_numbers != 0).fill_null(value=False) if is_measure else filled


def _lacking(
    rows: KindRows, text: str, others: Collection[str], *, of_delivery: bool = False, least: float = _MOST
) -> Iterator[str]:
    """Columns that no row of a value fills, and nearly all of the others do."""
    of_text, of_others = _rows_of(rows, [text]), _rows_of(rows, others)
    for name, column in _beside(rows, of_delivery=of_delivery):
        has = _has(column)
        if share_of(has.filter(of_others)) >= least and share_of(has.filter(of_text)) <= _HARDLY_ANY:
            yield name


def _of_its_own(rows: KindRows, text: str, others: Collection[str]) -> Iterator[tuple[str, Meaning]]:
    """Columns that the rows of a value alone fill: what was given back, the day or the reason of an undoing."""
    of_text, of_others = _rows_of(rows, [text]), _rows_of(rows, others)
    for name, column in _beside(rows):
        has = _has(column)
        if share_of(has.filter(of_text)) < _MOST or share_of(has.filter(of_others)) > _HARDLY_ANY:
            continue
        is_later = name in rows.table.times and not says(name, CANCELLED_ON)
        is_undone = is_later or (column.is_number and not column.is_whole)
        yield name, Meaning.REVERSED if is_undone else Meaning.VOID


def _never(rows: KindRows, text: str, others: Collection[str]) -> Iterator[str]:
    """Columns that some of the others fill, and none of so many rows of the value."""
    of_text, of_others = _rows_of(rows, [text]), _rows_of(rows, others)
    for name, column in _beside(rows):
        has = _has(column)
        usual = share_of(has.filter(of_others))
        if _HARDLY_ANY <= usual <= _SOME and usual * int(of_text.sum()) >= _EXPECTED and not (has & of_text).any():
            yield name


def _tried_again(rows: KindRows, text: str, others: Collection[str]) -> str:
    """In words, how many rows of a value are followed soon by a sale of the same customer and amount; empty if few."""
    when = next(iter(rows.table.times), None)
    if rows.whose is None or when is None or rows.numbers is None:
        return ""
    each = pl.DataFrame(
        {
            "who": as_keys(rows.table.columns[rows.whose]),
            "cents": (rows.numbers.abs() * 100).round().cast(pl.Int64, strict=False),
            "at": rows.table.timestamps(when),
            "failed": _rows_of(rows, [text]),
            "sold": _rows_of(rows, others),
        }
    ).with_row_index("row").drop_nulls().filter(pl.col("cents") > 0)  # fmt: skip
    sold = each.filter("sold")
    followed = each.join(sold, on=["who", "cents"]).filter(
        pl.col("row") != pl.col("row_right"),
        pl.col("at_right") >= pl.col("at"),
        pl.col("at_right") <= pl.col("at").dt.offset_by(f"{_SOON}d"),
    )
    of_text = followed.filter("failed")["row"].n_unique() / max(int(each["failed"].sum()), 1)
    of_others = followed.filter("sold")["row"].n_unique() / max(sold.height, 1)
    if of_text < _TRIED_AGAIN or of_text < _TIMES_THE_OTHERS * of_others:
        return ""
    return percent(of_text, 0)
