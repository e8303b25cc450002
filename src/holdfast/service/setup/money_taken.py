"""What `init` takes each kind of row for, and `check` again, in the same words."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.inference.guesses import ProjectGuess, Sample, StatusGuess, TableGuess
from holdfast.inference.joins.order_lines import with_first_lines_carried
from holdfast.inference.profiles.columns import profile
from holdfast.ingest.future_rows import rows_after_today
from holdfast.meanings import TAKEN_FOR, Meaning
from holdfast.notation.number_letters import with_letters_as_columns
from holdfast.quality.gross_to_net import MoneyLine, lines_from_record, sum_in_words
from holdfast.quality.money import PARTS_OF_NET
from holdfast.quality.money_kinds import (
    MoneyKind,
    kinds_from_record,
    kinds_of,
    money_in_words,
    orders_in,
    texts_of,
    words_beside,
)
from holdfast.stats.sums import total_of
from holdfast.status_settings import UnlessSettings
from holdfast.store.artifacts import read_json

_OF_MONEY = frozenset({"transactions", "payments"})
_UNANSWERED = "asked"


def money_taken(guess: ProjectGuess, samples: Sequence[Sample]) -> tuple[str, ...]:
    """A line for each column of kinds, or for the column of the money where no column divides it.

    Known exports have an account of their own; of tables read in part, or of amounts in several currencies, no sum is
    the whole one, so none is said.

    Args:
        guess: what `init` guessed.
        samples: the tables as their files hold them.
    """
    if guess.currencies is not None:  # asked: amounts in several currencies are no sum of one
        return ()
    frames = {sample.name: sample.frame for sample in samples if sample.is_whole}
    kinds = [
        kind
        for table in guess.tables
        if table.holds.value in _OF_MONEY and not table.recipe and not table.left_out and table.sample in frames
        for kind in _kinds(table, with_letters_as_columns(frames[table.sample], table.letters_of))
    ]
    return money_in_words(kinds, guess.currency.value)


_ABOVE = "; the sums above are of all rows, each less what was given back of it, before the others are taken off"


def notes_of_check(run: Path, currency: str, now: datetime) -> tuple[str, ...]:
    """What `check` says beside its grade: the same lines by the records, what is left of them, known totals, rows dated
    after today.

    Args:
        run: the folder of the run. currency: of the project. now: the moment of the check.
    """
    cleaning = read_json(run / "reports" / "cleaning.json")
    accounts = [lines_from_record(table, record) for table, record in cleaning["money"].items()]
    left = [
        f"{lines[0].table}: {sum_in_words(lines, currency)}, the revenue{_ABOVE}"
        for lines in accounts
        if _is_less(lines)
    ]
    kinds = kinds_from_record(cleaning["money_kinds"])
    totals = read_json(run / "reports" / "readiness.json")["known_totals"]["words"]
    return (*money_in_words(kinds, currency), *left, *([totals] if totals else []), *rows_after_today(run, now))


def _is_less(lines: Sequence[MoneyLine]) -> bool:
    return any(each.line not in {"gross", "net", *PARTS_OF_NET} for each in lines)


def _kinds(table: TableGuess, frame: pl.DataFrame) -> tuple[MoneyKind, ...]:
    if table.carry_down is not None and (line := table.carry_down.lines_have) in frame.columns:
        frame = frame.filter((pl.col(line).cast(pl.String).str.strip_chars() != "").fill_null(value=False))
    elif table.carry_down is not None and table.carry_down.by in frame.columns:
        frame = with_first_lines_carried(frame, table.carry_down)
    of_lines = table.sale_lines or (table.money is not None and table.money.once_per in table.row_id)
    names = [] if of_lines else [column.source for name in table.row_id if (column := table.column(name))]
    if names and set(names) <= set(frame.columns):  # rows that later files hold again count as the last has them
        frame = frame.unique(names, keep="last", maintain_order=True)
    source, amounts = _amounts(table, frame)
    if table.money is not None and table.money.gives_back and source:
        amount = None if amounts is None else total_of(amounts)
        return (MoneyKind(table.name, "", source, frame.height, amount, TAKEN_FOR[Meaning.REFUND]),)
    column = table.column("order_id")
    orders = None if column is None or column.source not in frame.columns else profile(frame[column.source]).series
    statuses = [(status, each) for status in table.statuses if (each := _source(table, status)) in frame.columns]
    if not statuses:
        sale = TAKEN_FOR[Meaning.SALE]
        if amounts is None:
            return ()
        return (MoneyKind(table.name, "", source, len(amounts), total_of(amounts), sale, orders_in(orders)),)
    kinds: list[MoneyKind] = []
    for status, name in statuses:
        unless, words = _unless(table, status), _taken_for(status)
        texts = texts_of(frame, name, unless, words)
        words = words_beside(words, unless, "" if unless is None else unless.column)
        kinds += kinds_of(table.name, name, texts, amounts, words, orders)
    return tuple(kinds)


def _taken_for(status: StatusGuess) -> dict[str, str]:
    """Value, lower case -> what its rows are taken for; asked, where a question is open."""
    taken = {text.strip().lower(): TAKEN_FOR[meaning] for meaning, texts in status.means.items() for text in texts}
    return taken | {text.strip().lower(): _UNANSWERED for text in status.unknown}


def _unless(table: TableGuess, status: StatusGuess) -> UnlessSettings | None:
    """The rows that a status leaves alone, by the column as the file names it."""
    unless = status.unless
    column = None if unless is None else table.column(unless.column)
    return None if unless is None or column is None else UnlessSettings(column=column.source, says=unless.says)


def _source(table: TableGuess, status: StatusGuess) -> str:
    column = table.column(status.column)
    return "" if column is None else column.source


def _amounts(table: TableGuess, frame: pl.DataFrame) -> tuple[str, pl.Series | None]:
    """The column of the money and the amount of each row, as the settings will count it; None where it is asked."""
    if any(guess.about == f"{table.name}.money.scale" for guess in table.settings_guesses):
        return "", None  # asked: the sum may be a hundred times as much
    scale = 1.0 if table.money is None else table.money.scale
    names = ("amount", "quantity", "unit_price")
    columns = {name: column.source for name in names if (column := table.column(name))}
    if not set(columns.values()) <= set(
        frame.columns
    ):  # one column a month, cells of JSON: the file has no such column
        return "", None
    once_per = table.money.once_per if table.money is not None else ""
    order = table.column(once_per)
    if once_per and (order is None or order.source not in frame.columns or "amount" not in columns):
        return columns.get("amount", ""), None
    if "amount" in columns:
        column = table.column("amount")
        added = () if column is None else column.plus
        total = profile(frame[columns["amount"]]).all_numbers.fill_null(0.0)
        for name in added:
            total = total + profile(frame[name]).all_numbers.fill_null(0.0)
        if order is not None and once_per:
            of_order = profile(frame[order.source]).series
            total = total.zip_with(of_order.is_null() | of_order.is_first_distinct(), pl.zeros(len(total), eager=True))
        return " + ".join((columns["amount"], *added)), total * scale
    if {"quantity", "unit_price"} <= columns.keys():
        units, price = (profile(frame[columns[name]]).all_numbers for name in ("quantity", "unit_price"))
        return f"{columns['quantity']} x {columns['unit_price']}", units * price * scale
    return "", None
