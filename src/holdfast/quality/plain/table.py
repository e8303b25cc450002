"""Plain rows of a table, which cleaning keeps as they are read: what a run's settings say of them, worked out once.

PlainTable.of(state, schema, training, settings) -> PlainTable | str      or why no rows of it are plain
plain_table.read(values, heights, typed) -> PlainRows                     rows of customers as cleaning leaves them
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise, repeat
from typing import Any

import polars as pl

from holdfast.column_types import DTYPES, Kind
from holdfast.quality.checks.wrong_numbers import ENOUGH_ROWS, any_looks_eaten, holds_ids, may_carry
from holdfast.quality.exclusions import drops_repeats
from holdfast.quality.new_rows import ColumnCount
from holdfast.quality.plain.readers import NotPlainError, Reader, Values, reader_of
from holdfast.quality.plain.words import RowWords, category_words
from holdfast.quality.returns import LINKED_BY, linked_returns
from holdfast.quality.table_state import POSITION, TableState, as_promised
from holdfast.quality.training_columns import TrainingTable
from holdfast.settings import Settings
from holdfast.stats.columns import column_of
from holdfast.table_settings import MoneySettings, TableSettings
from holdfast.tables.contracts import LONGEST_KEY

_CONTRACTS = frozenset(
    {"customers", "transactions", "interactions", "marketing", "usage", "sessions", "crashes", "support", "events"}
)
# Settings by which rows are more than they say; of such tables no row is plain.
_NEVER_PLAIN: tuple[tuple[str, Callable[[TableSettings], bool]], ...] = (
    ("its customers are found through another table", lambda table: table.through is not None),
    ("its rows are parts of others", lambda table: table.parts_of is not None),
    ("its rows are about subscriptions", lambda table: table.subscriptions is not None),
    ("its money is computed", lambda table: table.money is not None and _but_once(table.money) != MoneySettings()),
    ("cells are carried down", lambda table: table.carry_down is not None),
    ("later exports hold its rows again", lambda table: bool(table.row_id)),
    ("only some of its values count", lambda table: bool(table.only)),
    ("rows of zeros are set aside", lambda table: bool(table.idle_when_zero)),
    ("a status depends on two columns", lambda table: any(status.unless for status in table.statuses)),
    ("wildcards name nobody", lambda table: any("*" in text for text in _nobody(table))),
)
_BAD_DEBT = "bad"  # stands in what speaks of bad debts
_OF_RETURNS = frozenset({"is_return", "returned_order"})
_DERIVED = _OF_RETURNS | {"known_at", "is_passive"}


@dataclass(frozen=True)
class PlainRows:
    """Rows of customers as cleaning leaves them, one customer after the other; one entry a customer, in their order."""

    columns: Mapping[str, Sequence[Any]]  # times are microseconds since 1970, UTC
    heights: Sequence[int]
    set_aside: Sequence[int]  # rows that a word excludes, or that repeat another
    respelt: Sequence[tuple[ColumnCount, ...]]  # of columns with words that were written as the run wrote them

    @property
    def height(self) -> int:
        return sum(self.heights)

    @property
    def ids(self) -> list[str | None]:
        """The customer whom each one's rows name; None where no row remains."""
        ids, begins = self.columns["customer_id"], accumulate(self.heights, initial=0)
        return [ids[begin] if height else None for begin, height in zip(begins, self.heights, strict=False)]


@dataclass(frozen=True)
class _PlainColumn:
    ours: str
    source: str  # in the file
    of_texts: Reader
    of_values: Reader  # numbers or flags, as JSON has them
    respelt: frozenset[str]  # texts that are written another way
    count: ColumnCount


@dataclass(frozen=True)
class PlainTable:
    """How the plain rows of a table are read."""

    schema: Mapping[str, pl.DataType]  # of the cleaned table
    columns: tuple[_PlainColumn, ...]
    others: tuple[str, ...]  # columns of the file that are not read: rows are repeats only if these agree, too
    words: RowWords
    numbers: tuple[str, ...]
    ids: tuple[str, ...]  # columns whose texts a spreadsheet may have eaten
    texts: tuple[str, ...]  # columns that may speak of bad debts
    nobody: frozenset[str]  # ids in lower case that name nobody
    is_events: bool
    drops_repeats: bool
    once_per: str  # a column by which amounts count once; "": each counts

    @classmethod
    def of(
        cls, state: TableState, schema: Mapping[str, pl.DataType], training: TrainingTable, settings: Settings
    ) -> "PlainTable | str":
        """From settings in the notation of a run.

        Args:
            state: of the raw table without rows, as read.
            schema: of the cleaned table.
            training: what the run saw in the table.
            settings: of the project.
        """
        table, contract = state.settings, state.contract
        reasons = [reason for reason, applies in _NEVER_PLAIN if applies(table)]
        if contract.name not in _CONTRACTS:
            reasons.append(f"it holds {contract.name}")
        if reasons:
            return reasons[0]
        columns = _columns(state, training, settings)
        if isinstance(columns, str):
            return columns
        words = RowWords.of(state, category_words(training), settings)
        if isinstance(words, str):
            return words
        read = {column.ours for column in columns}
        if read & (_OF_RETURNS | {"is_passive"}):
            return "it says itself what cleaning finds out"
        if not read <= schema.keys() or not schema.keys() <= read | _DERIVED:
            return "cleaning adds columns"
        if any(schema[each.ours] != DTYPES[each.count.kind] for each in columns):
            return "cleaning changes the type of a column"
        named = {name: dtype for name, dtype in schema.items() if name in read}
        return cls(
            schema=schema,
            columns=columns,
            others=tuple(state.rest.columns),
            words=words,
            numbers=tuple(name for name, dtype in named.items() if dtype == pl.Float64),
            ids=tuple(name for name, dtype in named.items() if holds_ids(name, dtype)),
            texts=tuple(name for name, dtype in named.items() if dtype == pl.String)
            if contract.name == "transactions"
            else (),
            nobody=frozenset(text.strip().lower() for text in _nobody(table)),
            is_events=contract.is_events,
            drops_repeats=drops_repeats(state, settings),
            once_per=table.money.once_per if table.money is not None and table.money.once_per in read else "",
        )

    def read(self, sent: Mapping[str, Values], heights: Sequence[int], typed: frozenset[str]) -> PlainRows:
        """The rows of customers as cleaning each one's alone would leave them.

        Args:
            sent: column of the file -> (rows,) values, one customer's after the other's; those that are not there are
                not known.
            heights: how many rows each has, at least one.
            typed: columns of the file that hold numbers or flags, no texts.

        Raises:
            NotPlainError: a row is not plain.
        """
        bounds = [*accumulate(heights, initial=0)]
        columns: dict[str, list[Any]] = {}
        respelt: list[list[ColumnCount]] = [[] for _ in heights]
        for column in self.columns:
            values = sent.get(column.source)
            if not values:
                columns[column.ours] = [None] * bounds[-1]
                continue
            read = column.of_values if column.source in typed else column.of_texts
            columns[column.ours] = read(values)
            if _written_in(values, column.respelt):
                for counts, (begin, end) in zip(respelt, pairwise(bounds), strict=True):
                    if again := _written_in(values[begin:end], column.respelt):
                        filled = end - begin - columns[column.ours][begin:end].count(None)
                        counts.append(replace(column.count, filled=filled, respelt=again))
        if self.is_events:
            self._complete(columns)
        self._refuse_odd(columns, bounds)
        self._give_signs(columns)
        excluded = self.words.excluded(columns) | self._repeated(columns, sent, bounds[-1])
        set_aside = [0] * len(heights)
        if excluded:
            remaining = [row for row in range(bounds[-1]) if row not in excluded]
            columns = {name: [values[row] for row in remaining] for name, values in columns.items()}
            for row in excluded:
                set_aside[bisect_right(bounds, row) - 1] += 1
            heights = [height - aside for height, aside in zip(heights, set_aside, strict=True)]
            bounds = [*accumulate(heights, initial=0)]
        self._refuse_far(columns, bounds)
        self._derive(columns, bounds)
        return PlainRows(columns, heights, set_aside, [*map(tuple, respelt)])

    def _complete(self, columns: dict[str, list[Any]]) -> None:
        """Fill known_at and amount where they follow from other columns, as `events.complete` does."""
        happened, known_at = columns["happened_at"], columns.get("known_at")
        columns["known_at"] = (
            happened
            if known_at is None
            else [moment if each is None else each for each, moment in zip(known_at, happened, strict=True)]
        )
        if not {"quantity", "unit_price", "amount"} <= columns.keys():
            return
        if None in columns["amount"]:
            rows = zip(columns["amount"], columns["quantity"], columns["unit_price"], strict=True)
            columns["amount"] = [
                units * price if amount is None and units is not None and price is not None else amount
                for amount, units, price in rows
            ]

    def _repeated(self, columns: Mapping[str, list[Any]], sent: Mapping[str, Values], height: int) -> frozenset[int]:
        """Rows that say exactly what an earlier one says, where such are set aside."""
        if not self.drops_repeats or height < 2:
            return frozenset()
        others = [sent[name] for name in self.others if sent.get(name)]
        # Mostly an id of the row makes it another one.
        if any(len({*values}) == height for values in (*(columns[name] for name in self.ids), *others)):
            return frozenset()
        rows = [*zip(*columns.values(), *others, strict=True)]
        if len(set(rows)) == height:
            return frozenset()
        written, first, repeated = [*zip(*sent.values(), strict=True)], dict[Any, int](), set[int]()
        for row, values in enumerate(rows):
            if values not in first:
                first[values] = row
            elif repr(written[row]) == repr(written[first[values]]):
                repeated.add(row)
            else:  # one value in two spellings, 0 and -0: whether these are the same is not decided here
                raise NotPlainError
        return frozenset(repeated)

    def _is_no_id(self, text: str) -> bool:
        """Whether a text stands for no customer, or is no id at all."""
        return text.lower() in self.nobody or len(text) > LONGEST_KEY

    def _refuse_odd(self, columns: Mapping[str, list[Any]], bounds: Sequence[int]) -> None:
        """Refuse rows that cleaning would look at twice: whose, when, without a price, with eaten ids."""
        ids = columns["customer_id"]
        heads = [ids[begin] for begin in bounds[:-1]]
        of_heads = chain.from_iterable(map(repeat, heads, (end - begin for begin, end in pairwise(bounds))))
        if ids != [*of_heads] or any(head is None or self._is_no_id(head) for head in heads):
            raise NotPlainError
        if self.is_events and None in columns["happened_at"]:
            raise NotPlainError
        for begin, end in pairwise(bounds) if self.once_per else ():
            orders = [order for order in columns[self.once_per][begin:end] if order is not None]
            if len(set(orders)) < len(orders):  # amounts count on one row of each
                raise NotPlainError
        if any(any_looks_eaten(set(columns[name])) for name in self.ids):
            raise NotPlainError
        if any(_speak_of_bad_debt(columns[name]) for name in self.texts):
            raise NotPlainError
        if _least(columns.get("unit_price", ()), 1.0) <= 0:
            raise NotPlainError
        self.words.refuse(columns)

    def _give_signs(self, columns: dict[str, list[Any]]) -> None:
        """Give the amounts of negative quantities their minus sign, as `events.complete` does; no price is below 0."""
        if "is_return" not in self.schema or not {"quantity", "amount"} <= columns.keys():
            return
        quantities = columns["quantity"]
        if _least(quantities, 0.0) < 0:
            columns["amount"] = [
                -amount if units is not None and units < 0 and amount is not None and amount > 0 else amount
                for units, amount in zip(quantities, columns["amount"], strict=True)
            ]

    def _refuse_far(self, columns: Mapping[str, list[Any]], bounds: Sequence[int]) -> None:
        many = [(begin, end) for begin, end in pairwise(bounds) if end - begin >= ENOUGH_ROWS]
        for name in self.numbers if many else ():
            column = columns[name]
            for begin, end in many:
                if may_carry([abs(each) for each in column[begin:end] if each is not None], end - begin):
                    raise NotPlainError

    def _derive(self, columns: dict[str, list[Any]], bounds: Sequence[int]) -> None:
        """Add what cleaning finds out about rows that remain."""
        if "is_passive" in self.schema:
            columns["is_passive"] = self.words.passive(columns, bounds[-1])
        if "is_return" not in self.schema:
            return
        returns = [False] * bounds[-1]
        for signed in (columns[name] for name in ("quantity", "amount") if name in columns):
            if _least(signed, 0.0) < 0:
                below = (each is not None and each < 0 for each in signed)
                returns = [is_return or is_below for is_return, is_below in zip(returns, below, strict=True)]
        columns["is_return"] = returns
        returned_order = [None] * bounds[-1]
        for begin, end in pairwise(bounds) if any(returns) else ():
            if not any(returns[begin:end]):
                continue
            own = {name: columns[name][begin:end] for name in LINKED_BY if name in columns}
            linked = linked_returns(own, returns[begin:end])
            if linked is None or linked[1]:  # a sale and its return that cancel each other
                raise NotPlainError
            for row, sale in linked[0].items() if "returned_order" in self.schema else ():
                returned_order[begin + row] = columns["order_id"][begin + sale]
        if "returned_order" in self.schema:
            columns["returned_order"] = returned_order


def _least(numbers: Sequence[float | None], otherwise: float) -> float:
    """The least of the numbers that are known; where none is, another."""
    return min((number for number in numbers if number is not None), default=otherwise)


def _speak_of_bad_debt(texts: Sequence[str | None]) -> bool:
    return _BAD_DEBT in "\n".join(filter(None, set(texts))).lower()


def _written_in(values: Values, words: frozenset[str]) -> int:
    """How many of some texts are one of the words."""
    if not words or words.isdisjoint([value.strip(" ") for value in set(values) if value]):
        return 0
    return sum(value.strip(" ") in words for value in values if value)


def frame_of(columns: Mapping[str, Sequence[Any]], schema: Mapping[str, pl.DataType], height: int) -> pl.DataFrame:
    """Columns of plain rows as a table, those of the schema that are there, in its order."""
    if not height:
        return pl.DataFrame(schema={name: dtype for name, dtype in schema.items() if name in columns})
    return pl.DataFrame([column_of(name, columns[name], dtype) for name, dtype in schema.items() if name in columns])


def _but_once(money: MoneySettings) -> MoneySettings:
    return money.model_copy(update={"once_per": ""})


def _nobody(table: TableSettings) -> tuple[str, ...]:
    column = table.columns.get("customer_id")
    return column.nobody if column is not None else ()


def _columns(state: TableState, training: TrainingTable, settings: Settings) -> tuple[_PlainColumn, ...] | str:
    """The readers of a table's columns, in the order in which the run has them; or why there are none."""
    read = [name for name in state.table.columns if name != POSITION]
    if "customer_id" not in read or not set(read) <= training.columns.keys():
        return "the run did not read all of its columns"
    columns = []
    for ours, column in training.columns.items():
        if ours not in read:
            continue
        if as_promised(column.settings, ours, state.contract).kind is not column.settings.kind:
            return f"{ours} is read as another kind"
        readers = reader_of(column, training.read, settings.time_zone, may_be_negative=state.contract.is_events)
        if readers is None:
            return f"{ours} is written in more than one way"
        spelling, is_word = column.spelling, column.settings.kind is Kind.CATEGORY
        respelt = frozenset(spelling.decided().written_as) if spelling is not None and is_word else frozenset()
        usual = spelling.taken[:8] if spelling is not None and is_word else ()
        count = ColumnCount(state.name, ours, column.settings.source, column.settings.kind, 0, usual=usual)
        columns.append(_PlainColumn(ours, column.settings.source, readers[True], readers[False], respelt, count))
    return tuple(columns)
