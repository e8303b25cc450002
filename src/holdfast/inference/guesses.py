"""Records of what `init` guesses: values with confidence, evidence, and how to change them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import plural
from holdfast.meanings import MONEY, Meaning
from holdfast.notation.column_sums import in_words
from holdfast.settings import UNANSWERED
from holdfast.status_settings import UnlessSettings
from holdfast.table_settings import (
    CarrySettings,
    MoneySettings,
    MonthColumns,
    SubscriptionSettings,
    ThroughSettings,
)

CONFIDENT = 0.7  # below it a guess becomes a question; docs/guides/your-own-data.md names this number


@dataclass(frozen=True)
class Sample:
    """One table as its files hold it."""

    name: str  # a short name, unique in the project
    frame: pl.DataFrame  # texts as written (empty fields '' or null), or typed columns
    records: int  # records in the files; the frame may hold fewer
    headed: bool = True  # False: the file names no columns, so names are no evidence
    files: tuple[int, ...] = ()  # rows of each file, in the frame's order, where it holds several
    title: str = ""  # the texts above the header
    heading: str = ""  # of a report with groups: the column whose texts stood on a row above each group

    @property
    def is_whole(self) -> bool:
        return self.frame.height >= self.records


@dataclass(frozen=True)
class Guess:
    """One guessed setting: its value, confidence, evidence, and how to change it."""

    about: str  # "transactions.happened_at", "churn.rule"
    value: str
    confidence: float  # 0 to 1
    evidence: str
    change: str = ""
    choices: tuple[str, ...] = ()  # what else it may be
    likeliest: dict[str, str] = field(default_factory=dict)  # of several values asked in one: the best answer for each
    shown_only: bool = False  # shown, never a question: a wrong guess here is noticed at once and harms nothing

    @property
    def is_question(self) -> bool:
        return self.confidence < CONFIDENT and not self.shown_only

    @property
    def written(self) -> str:
        """What stands in the project file."""
        return UNANSWERED if self.is_question else self.value


@dataclass(frozen=True)
class TimeReading:
    """How a column's times are written."""

    format: str | None  # None: ISO 8601, which needs none
    confidence: float
    evidence: str
    choices: tuple[str, ...] = ()
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class ColumnGuess:
    """One source column: what it is called here, and how it is read."""

    source: str
    name: str
    kind: Kind
    confidence: float
    evidence: str
    role: str = ""  # a column of the table's contract; empty: the user's own
    time: TimeReading | None = None
    true: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    fold_case: bool = False
    letters_and_digits: bool = False
    without_prefix: tuple[str, ...] = ()
    joined_with: tuple[str, ...] = ()
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    less_percent: str = ""


_MOST_SHOWN = 12  # values in one question


@dataclass(frozen=True)
class StatusGuess:
    """What the values of one status column mean, and those that mean nothing known."""

    column: str  # our name
    means: dict[Meaning, tuple[str, ...]]
    unknown: dict[str, int] = field(default_factory=dict)  # value without a meaning -> its rows
    proposed: tuple[Meaning, ...] = ()  # what the unknown ones mean most likely, by what the rows around them show
    why: str = ""  # what makes the question one
    amounts: dict[str, float] = field(default_factory=dict)  # value without a meaning -> its money, where known
    likeliest: dict[str, Meaning] = field(default_factory=dict)  # value without a meaning -> its likeliest
    unless: UnlessSettings | None = None  # rows of which another column takes back what this one says
    words: dict[str, str] = field(default_factory=dict)  # of a column of codes: value -> its word elsewhere
    by_amount: dict[str, dict[str, float]] = field(
        default_factory=dict
    )  # where the amount is asked as well: its columns

    def question(self, table: str) -> Guess:
        """What to ask about the values without a meaning; no question where there are none."""
        best = {value: self.likeliest[value] for value in self.unknown if value in self.likeliest}
        choices = (*best.values(), *self.proposed, *self.means, *self._further())
        listed = ", ".join(self._shown(value, rows) for value, rows in list(self.unknown.items())[:_MOST_SHOWN])
        return Guess(
            f"{table}.{self.column}.status",
            "",
            0.3 if self.unknown else 0.98,
            f"{self.why}{'; ' if self.why else ''}what do these mean: {listed}"
            if self.unknown
            else "every value has a meaning",
            f"tables.{table}.statuses, column {self.column}: move each text from unknown to its meaning",
            tuple(dict.fromkeys(map(str, choices))) if self.unknown else (),
            {value: str(meaning) for value, meaning in best.items()},
        )

    def _shown(self, value: str, rows: int) -> str:
        """A value that is asked about, with its rows, its money and what it is most likely."""
        money = f", {self.amounts[value]:,.2f} in all" if value in self.amounts else ""
        if self.by_amount:
            money = "".join(f", {sums.get(value, 0.0):,.2f} of {name}" for name, sums in self.by_amount.items())
        best = f": likeliest {self.likeliest[value]}" if value in self.likeliest else ""
        word = f"{self.words[value]}, " if value in self.words else ""
        return f"{value} ({word}{plural(rows, 'row')}{money}{best})"

    def scaled(self, factor: float) -> "StatusGuess":
        """The same with its sums multiplied: amounts are written in cents, or in thousands."""
        by_amount = {
            name: {value: round(amount * factor, 6) for value, amount in sums.items()}
            for name, sums in self.by_amount.items()
        }
        amounts = {value: round(amount * factor, 6) for value, amount in self.amounts.items()}
        return replace(self, amounts=amounts, by_amount=by_amount)

    def _further(self) -> tuple[Meaning, ...]:
        """What else a value may mean, of money only where the known ones are of money."""
        if self.means and not any(meaning in MONEY for meaning in self.means):
            return (Meaning.NEUTRAL,)
        undecided = (Meaning.OPEN,) if Meaning.LOST in self.means else ()
        return (Meaning.SALE, *undecided, Meaning.REFUND, Meaning.VOID, Meaning.NEUTRAL, Meaning.OPEN)


@dataclass(frozen=True)
class TableGuess:
    """One table of the project."""

    name: str
    sample: str  # the sample's name
    holds: Guess
    columns: tuple[ColumnGuess, ...] = ()
    ignore: dict[str, str] = field(default_factory=dict)
    through: ThroughSettings | None = None  # where the customer stands, and by which columns
    sale_lines: bool = False
    repeats_are_real: bool = False
    decimal: str = "."
    missing: tuple[str, ...] = ()  # texts that stand for "not known" among its numbers and times
    left_out: str = ""  # why the whole table is left out; empty: it is used
    recipe: str = ""  # key of the known export that it was recognised as
    statuses: tuple[StatusGuess, ...] = ()
    money: MoneySettings | None = None
    carry_down: CarrySettings | None = None
    row_id: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    idle_when_zero: tuple[str, ...] = ()  # columns that are 0 in rows of a month or day in which nothing happened
    subscriptions: SubscriptionSettings | None = None
    month_columns: MonthColumns | None = None  # the file has one column a month
    unpack: dict[str, tuple[str, ...]] = field(default_factory=dict)  # column of JSON -> the paths that are columns
    letters_of: dict[str, str] = field(default_factory=dict)  # column that is added -> that of the numbers
    is_life: bool = False  # its events are signs of life beside purchases
    parts_of: ThroughSettings | None = None
    notes: tuple[str, ...] = ()  # what its export cannot tell
    doubt: str = ""  # of a table of subscriptions: what speaks against a business of subscriptions
    paid_by: str = ""  # of a table of subscriptions: which other table holds its payments, and what shows it
    is_endless: bool = False  # of a table of subscriptions: by it hardly any customer has left
    settings_guesses: tuple[Guess, ...] = ()  # of its other settings, such as subscriptions.interval

    def column(self, name: str) -> ColumnGuess | None:
        return next((column for column in self.columns if column.name == name), None)

    def with_nobody(self, texts: Iterable[str]) -> "TableGuess":
        """The table with further texts that stand where no customer is named."""
        return replace(
            self,
            columns=tuple(
                replace(column, nobody=tuple(dict.fromkeys((*texts, *column.nobody))))
                if column.name == "customer_id"
                else column
                for column in self.columns
            ),
        )


@dataclass(frozen=True)
class IdChanges:
    """The table that says which customer ids were replaced, and by which."""

    sample: str
    old: str  # its column of the replaced id
    new: str  # its column of the id that stands for the customer now
    evidence: str

    @property
    def words(self) -> str:
        """What is done with it, and why."""
        return f"{self.sample}: customers whose id was replaced count as one, for {self.evidence}."


@dataclass(frozen=True)
class ProjectGuess:
    """Everything that `init` writes."""

    shape: Guess
    currency: Guess
    rule: Guess
    horizon: Guess
    activity: tuple[str, ...]
    tables: tuple[TableGuess, ...]
    notes: tuple[str, ...] = ()
    currencies: Guess | None = None  # which currency is kept, where amounts stand in several
    exported_on: Guess | None = None  # the day of the export, where ends are booked for later days
    time_zone: Guess | None = None  # where the offsets of the times say it
    active_by: Guess | None = None  # which tables keep a customer, where that is a question
    identities: IdChanges | None = None  # where a table tells old ids from new ones

    def guesses(self) -> Iterator[Guess]:
        """Every guess, the project's first."""
        yield from (self.shape, self.rule, self.horizon, self.currency)
        if self.currencies is not None:
            yield self.currencies
        if self.exported_on is not None:
            yield self.exported_on
        if self.time_zone is not None:
            yield self.time_zone
        if self.active_by is not None:
            yield self.active_by
        for table in self.tables:
            if table.left_out:
                continue
            yield table.holds
            if table.decimal == UNANSWERED:
                yield decimal_question(table)
            for column in table.columns:
                yield column_guess(table, column)
                if column.role and column.time is not None and column.time.confidence < CONFIDENT:
                    yield format_question(table, column, column.time)
            yield from (status.question(table.name) for status in table.statuses if status.unknown)
            yield from table.settings_guesses

    def questions(self) -> tuple[Guess, ...]:
        return tuple(guess for guess in self.guesses() if guess.is_question)


def column_guess(table: TableGuess, column: ColumnGuess) -> Guess:
    """A column's mapping as a guess, for showing and for the file."""
    return Guess(
        about=f"{table.name}.{column.name}",
        value=in_words(column.source, column.plus, column.minus) if column.confidence < CONFIDENT else column.source,
        confidence=column.confidence,
        evidence=column.evidence,
        change=f"tables.{table.name}.columns.{column.name}.from",
        choices=column.choices,
        shown_only=not column.role,
    )


def format_question(table: TableGuess, column: ColumnGuess, time: TimeReading) -> Guess:
    """Times that can be read in several ways, as a question."""
    change = f"tables.{table.name}.columns.{column.name}.format"
    return Guess(f"{table.name}.{column.name}.format", "", time.confidence, time.evidence, change, time.choices)


def decimal_question(table: TableGuess) -> Guess:
    """Numbers that can be read in two ways, as a question."""
    evidence = "numbers such as 1.234 and 1,234 can be read in two ways, and nothing decides it"
    return Guess(f"{table.name}.read.decimal", "", 0.3, evidence, f"tables.{table.name}.read.decimal", (".", ","))
