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
_EXPECTED = 16  # rows that would have it by chance, of which none has
_SOON = 7  # days in which a payment that failed is tried again
_TRIED_AGAIN, _TIMES_THE_OTHERS = 0.25, 4
_FEWEST_CONTRADICTED = 20
_PAIR = 2  # payments of a promise, at least
_ONCE, _OFTEN = 0.95, 0.7  # shares of the promises that are the only ones of their amount, and that are paid
_FEW_BUYERS = 0.1  # share of the rows of money going out whose party ever brought any
OF_PAYMENT = whole_words(
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
    own = next(_of_its_own(rows, text), None)
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
        lacking = (name for name in _lacking(rows, text, others, least=NEARLY_ALL) if says(name, OF_PAYMENT))
        if name := next(lacking, ""):
            shown[text] = f"no {text} has a {name}, as all other sales have"
    return shown


def promises(rows: KindRows, sales: Sequence[str]) -> dict[str, str]:
    """The kinds of sales whose rows are promises that those of another kind pay, each several times -> what shows it.

    A customer has the promise once and its payments regularly, the first of them sooner than the next: of what begins
    with a sale and goes on by renewals the first one comes after a whole term.
    """
    each = _dated(rows)
    if each is None or len(sales) < _PAIR:
        return {}
    each = each.filter(pl.col("kind").is_in([*sales]))
    by_kind = each.group_by("kind").agg(pl.len().alias("rows"), own=pl.struct("who", "cents").n_unique() / pl.len())
    counts = {str(kind): (int(count), float(own)) for kind, count, own in by_kind.iter_rows()}
    shown = {}
    for promise, payment in ((first, second) for first in counts for second in counts if first != second):
        (few, own), (many, _) = counts[promise], counts[payment]
        if few < _FEWEST or own < _ONCE or many < _PAIR * few:
            continue
        paid = each.filter(pl.col("kind") == promise).join(
            each.filter(pl.col("kind") == payment), on=["who", "cents"], suffix="_paid"
        )
        paid = paid.filter(pl.col("at_paid") >= pl.col("at")).sort("at_paid")
        follows, reached = paid["row_paid"].n_unique() / many, paid["row"].n_unique() / few
        lags = paid.group_by("row").agg(
            first=(pl.col("at_paid") - pl.col("at")).min(), between=pl.col("at_paid").diff().median()
        ).drop_nulls()  # fmt: skip
        if follows < _MOST or reached < _OFTEN or lags.height < _FEWEST:
            continue
        if share_of(lags["first"] <= lags["between"] / _PAIR) >= _MOST:
            shown[promise] = (
                f"{percent(follows, 0)} of {payment} pay an earlier {promise} of the same customer and amount"
            )
    return shown


def follows_others(rows: KindRows, text: str) -> bool:
    """Whether most rows of a value come after one of another value with their customer and amount, each after its own.

    What gives money back does; what comes first was sold, and goes on, and more than was sold cannot come back. True
    where customers or days are not known.
    """
    each = _dated(rows)
    if each is None:
        return True
    own, others = each.filter(pl.col("kind") == text), each.filter(pl.col("kind") != text)
    pairs = own.join(others, on=["who", "cents"], suffix="_other")
    if pairs.is_empty():
        return True
    rows_of_text, rows_of_others = pairs["row"].n_unique(), pairs["row_other"].n_unique()
    later = pairs.filter(pl.col("at_other") <= pl.col("at"))["row"].n_unique()
    return later >= rows_of_text / _PAIR and rows_of_text <= rows_of_others


def goes_to_others(rows: KindRows, text: str) -> bool:
    """Whether the rows of a value pay those who hardly ever paid anything themselves: suppliers, and no customers."""
    if rows.whose is None or rows.numbers is None:
        return False
    who = as_keys(rows.table.columns[rows.whose])
    paid_to = who.filter(_rows_of(rows, [text])).drop_nulls()
    buyers = who.filter((rows.numbers > 0).fill_null(value=False)).drop_nulls().unique()
    return len(paid_to) >= _FEWEST and share_of(paid_to.is_in(buyers.implode())) <= _FEW_BUYERS


def _dated(rows: KindRows) -> pl.DataFrame | None:
    """row, who, cents, at, kind of the rows with money; None where customer or day are not known."""
    when = next(iter(rows.table.times), None)
    if rows.whose is None or when is None or rows.numbers is None:
        return None
    return pl.DataFrame(
        {
            "who": as_keys(rows.table.columns[rows.whose]),
            "cents": (rows.numbers.abs() * 100).round().cast(pl.Int64, strict=False),
            "at": rows.table.timestamps(when),
            "kind": rows.column.series.cast(pl.String),
        }
    ).with_row_index("row").drop_nulls().filter(pl.col("cents") > 0)  # fmt: skip


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


def _of_its_own(rows: KindRows, text: str) -> Iterator[tuple[str, Meaning]]:
    """Columns that the rows of a value alone fill: what was given back, the day or the reason of an undoing.

    What rows of further values have as well is none: the rest of a sum is open of what was paid in part or not at all.
    """
    of_text, of_others = _rows_of(rows, [text]), ~_rows_of(rows, [text])
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
    dated = _dated(rows)
    if dated is None:
        return ""
    each = dated.with_columns(failed=pl.col("kind") == text, sold=pl.col("kind").is_in([*others]))
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
