"""Settings of one table: its files, its columns, and what its rows, statuses and amounts mean."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from holdfast.column_types import Kind
from holdfast.section import SettingsPart
from holdfast.status_settings import PLAIN_STATUS, StatusSettings


class ReadSettings(SettingsPart):
    """How a file's bytes become rows. What is None is found out from the file."""

    delimiter: Annotated[str, Field(min_length=1)] | None = None
    """One character, or "whitespace" for columns set apart by blanks."""
    encoding: str | None = None
    """utf-8, windows-1252, utf-16 ..."""
    quote: Annotated[str, Field(min_length=1)] | None = '"'
    """The character around texts that hold a delimiter."""
    header_row: Annotated[int, Field(ge=0)] | None = None
    """1 is the first row; 0: the file has no header."""
    column_names: tuple[str, ...] = ()
    """For files without a header."""
    sheet: str | None = None
    """The sheet of a workbook."""
    decimal: Literal[".", ","] = "."
    """The decimal sign of numbers written as text."""
    missing: tuple[str, ...] = ("",)
    """Texts that stand for "not known", after trimming."""

    @field_validator("encoding")
    @classmethod
    def _encodes_text(cls, name: str | None) -> str | None:
        if name is None:
            return None
        try:
            "a".encode(name)
        except (LookupError, UnicodeError, ValueError) as error:
            raise ValueError(f'no text encoding is called "{name[:40]}"; utf-8 and windows-1252 are') from error
        return name


class ColumnSettings(SettingsPart):
    """Where a column comes from and how to read it."""

    source: str = Field(alias="from")
    """The column's name in the file; written `from` in the settings."""
    kind: Kind = Kind.TEXT
    """text, category, number, money, flag or time."""
    format: str | None = None
    """Strptime format of a time; or epoch_s, epoch_ms, epoch_us, epoch_ns, or excel (a spreadsheet's days)."""
    true: tuple[str, ...] = ()
    """Texts that mean yes, for flags; empty: the usual ones."""
    unit: str = ""
    """The unit of the numbers, for reports."""
    otherwise: tuple[str, ...] = ()
    """Further source columns, tried in this order where the first names nobody."""
    nobody: tuple[str, ...] = ()
    """Texts that stand for no customer: "0", "guest", "Grand Total", "" for an empty cell; * is a wildcard."""
    fold_case: bool = False
    """A@shop.org and a@shop.org are one customer."""
    letters_and_digits: bool = False
    """123-456-78-90 and 1234567890 are one customer: only letters and digits count, whatever their case."""
    without_prefix: tuple[str, ...] = ()
    """With `letters_and_digits`: letters in front of the digits that are no part of the id, as the country of a tax
    number: PL."""
    joined_with: tuple[str, ...] = ()
    """Source columns put after this one with a blank between: a date, its time, its zone."""
    plus: tuple[str, ...] = ()
    """Source columns of numbers added to this one: online and offline totals."""
    minus: tuple[str, ...] = ()
    """Source columns of numbers taken off this one: discounts. Where no row has both, a row with one of these alone
    is negative: what goes out of an account, beside what comes in."""
    less_percent: str = ""
    """A source column of percents (15 for 15 %) by which this one is less: a discount on a list price."""
    model_config = ConfigDict(populate_by_name=True)


class ThroughSettings(SettingsPart):
    """Where a table carries no customer id: find it in another table."""

    table: str
    on: str
    """The column that names the row of the other table."""
    their: str = ""
    """What that column is called in the other table; empty: the same."""


ALREADY_CONVERTED, DIVIDE_BY_RATE, MULTIPLY_BY_RATE = "already_converted", "divide_by_rate", "multiply_by_rate"


class MoneySettings(SettingsPart):
    """How the money received is computed from the columns of a row."""

    refunds: tuple[str, ...] = ()
    """Our columns that are taken off `amount`: refunds, lost disputes."""
    currency: str = ""
    """Our column that names the currency of the row."""
    rate: str = ""
    """Our column of the rate that stands beside each amount, for `convert`."""
    convert: Literal["", "already_converted", "divide_by_rate", "multiply_by_rate"] = ""
    """How amounts of several currencies come into the project's where each row names a rate: they are in it already, or
    each is divided or multiplied by its rate. Without it, `currencies` of the project says what becomes of them."""
    scale: float = Field(default=1.0, gt=0)
    """What the amounts are multiplied by: 0.01 where the file writes cents."""
    once_per: str = ""
    """Our column (an order's number): amounts count on the first row of each run of equal values."""
    settles: str = ""
    """A table whose rows these pay: their money counts only where that table is no table of `transactions`, so that
    the same money never counts twice."""
    gives_back: bool = False
    """Whether every row is money given back: a table of refunds beside the sales. Of `parts` without a day of their own
    it is taken off the row that they are parts of, on its day."""


class CarrySettings(SettingsPart):
    """Fields that stand on the first line of an order only, or on a heading above a group of lines, carried down."""

    by: str = ""
    """The source column that names the order on every line."""
    lines_have: str = ""
    """Instead, for reports with groups: a source column that lines fill, and headings and totals leave empty."""
    columns: tuple[str, ...]
    """The source columns to carry down."""
    headings_in: str = ""
    """Where lines fill the column of the headings too (their date under the customer's name): that column; `columns`
    then names the new one that holds the headings alone."""


class MonthColumns(SettingsPart):
    """For files with one column a month: each of its cells becomes a row."""

    format: str
    """How the headers write a month, with what stands around it: "%Y-%m", "%b %Y", "Spend %b"."""
    month: str = "month"
    """The source column that then holds the first day of the month."""
    amount: str = "amount"
    """The source column that then holds the cells."""
    year: str = ""
    """For headers that name none: the year of the first month, or the source column that holds each row's."""
    day: Literal["first", "last"] = "first"
    """The day of the month that the cells are dated with; what was bought in a month is known at its end."""
    empty: Literal["kept", "left_out"] = "kept"
    """Whether a cell with nothing or zero in it is a row: a month without revenue, or no purchase."""

    @field_validator("year", mode="before")
    @classmethod
    def _is_a_text(cls, value: Any) -> Any:
        """A year may be written as a number."""
        return str(value) if isinstance(value, int) else value


THE_TERM = "term"  # what a price is for: the interval itself
LISTED, BEGIN_TO_END = "listed", "begin_to_end"  # intervals that differ from row to row


class TermSettings(SettingsPart):
    """Rows of a table of subscriptions whose price is paid for one term."""

    interval: str
    """How long that term is: "month", "year", "7 days"."""
    when: dict[str, tuple[str, ...]]
    """Our column -> the values that such rows have; with several columns, a row has one value of each."""

    @field_validator("when", mode="before")
    @classmethod
    def _holds_texts(cls, value: Any) -> Any:
        """Prices may be written as numbers."""
        if not isinstance(value, dict):
            return value
        return {
            name: [str(each) for each in several] if isinstance(several, list | tuple) else several
            for name, several in value.items()
        }


class SubscriptionSettings(SettingsPart):
    """What one row of a table of subscriptions is."""

    rows: Literal["periods", "events", "invoices", "months"]
    """Periods with begin and end, events (start, renewal, cancel), invoices, or one row a customer and month."""
    interval: str = ""
    """Our column of the billing interval; a fixed one: "month", "year", "7 days"; "listed": as `terms` lists it; or
    "begin_to_end": each row is one term, from its begin to its end."""
    terms: tuple[TermSettings, ...] = ()
    """Where `interval` is "listed": which rows are paid for which term; the first that fits counts."""
    price_per: str = ""
    """What time the price is for, where it is not the interval: "month" for revenue a month of yearly payers; "term":
    the interval itself."""
    prices: dict[str, str] = Field(default_factory=dict)
    """Where plans have a price for each interval: interval -> our column of it, {month: price, year: price_of_a_year}.
    A row costs the one of its own interval; of one that has none, as many months of the longest one below it."""
    price_of: Literal["each", "all"] = "each"
    """Whether `price` is that of one of `quantity`, or of all of them: it is then divided by it, and so are the prices
    that `terms` list."""
    price_says: Literal["price", "change"] = "price"
    """Events: whether `price` is what is paid from then on, or by how much that changes (new 50, expansion 10, churn
    -60)."""
    end_takes_effect: Literal["at_once", "at_term_end"] = "at_once"
    """Whether a cancellation ends the subscription on its day, or at the end of the paid term."""
    contradicted_end: Literal["counts", "ignored"] = "counts"
    """Periods: whether an end before `exported_on` counts where the status says that the subscription runs."""
    lasts_one_term: bool = False
    """Periods without an end: each is for one term from its begin, and has ended once that has passed."""
    overdue_days: int = Field(default=0, ge=0)
    """Periods: so many days after `paid_until` a subscription that is past due by its status has ended, involuntarily;
    0: it runs until another end."""
    paid_in: str = ""
    """Periods: the table that holds their payments, all of them. A paid term then runs from its last payment, a trial
    becomes a customer with the first one, and an end whose last bill failed or is open is involuntary."""
    grace_days: int = Field(default=0, ge=0)
    """Invoices and months: so many days of silence after a paid term before it counts as an end."""


class DatabaseSettings(SettingsPart):
    """Where the rows of a table are fetched from before they are read."""

    url: str
    """As postgresql://USER:${PASSWORD}@HOST/DATABASE; `${NAME}` is an environment variable."""
    table: str = ""
    """A table or view, as `orders` or `shop.orders`."""
    query: str = ""
    """A SELECT in its stead."""
    watermark: str = ""
    """A column that only grows (an id, a time of change): then only rows that are new are fetched."""

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        return without_password(url)

    @model_validator(mode="after")
    def _names_a_table_or_a_query(self) -> Self:
        if bool(self.table) == bool(self.query):
            raise ValueError("needs one of table and query")
        return self


def without_password(url: str) -> str:
    """The URL of a database; a password in a settings file ends in copies, logs and repositories.

    Raises:
        ValueError: it holds one.
    """
    is_before_the_host = re.search(r"://[^/@:]*:(?!\$\{\w+\}@).*@", url)
    is_an_option = re.search(r"[?&][^=&]*(passw|passphrase|pwd|secret|token)[^=&]*=", url, re.IGNORECASE)
    if is_before_the_host or is_an_option:
        raise ValueError("holds a password: write USER:${HOLDFAST_PASSWORD}@HOST in its stead, and set that variable")
    return url


class TableSettings(SettingsPart):
    """One table of the project: its files, what it holds, its columns."""

    files: tuple[str, ...]
    """Paths or globs, relative to the project's folder."""
    holds: str
    """The name of a canonical contract."""
    database: DatabaseSettings | None = None
    """Fetched from there into `files` whenever the project is run."""
    read: ReadSettings = ReadSettings()
    columns: dict[str, ColumnSettings]
    """Our name -> where it comes from."""
    ignore: dict[str, str] = Field(default_factory=dict)
    """Source column -> why it is left out."""
    through: ThroughSettings | None = None
    """For a table without a customer id of its own."""
    sale_lines: bool = False
    """Purchases of one order_id stand on several rows."""
    repeats_are_real: bool = False
    """Exact repeats are different events: keep them."""
    recipe: str = ""
    """The known export it was recognised as; says only where the settings came from."""
    carry_down: CarrySettings | None = None
    """For files that fill the fields of an order on its first line only."""
    month_columns: MonthColumns | None = None
    """For files with one column a month."""
    from_file_name: dict[str, Literal["year", "month", "month_begin", "day"]] = Field(default_factory=dict)
    """Source column -> what each file's name says of it: "year" completes days without one (05/03); a column that the
    file lacks is added, and holds the year, the last or first day of the month, or the day."""
    unpack: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Source column of JSON -> the paths in it that are columns: revenue in properties is `properties.revenue`."""
    letters_of: dict[str, str] = Field(default_factory=dict)
    """Column that is added -> the source column of numbers whose letters it holds, which say of what kind each document
    is: INV of INV-0012."""
    row_id: tuple[str, ...] = ()
    """Our columns that name a row for good: of a row in several exports, the last one counts."""
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Our column -> the values of the rows that count, "*" for any text, "" for a blank; all others are set aside and
    counted."""
    idle_when_zero: tuple[str, ...] = ()
    """Our columns that are all 0 in a row of a month or day in which nothing happened: such rows are set aside."""
    statuses: tuple[StatusSettings, ...] = ()
    """What the values of a status or kind column mean for money or for a subscription. Of sales whose column `status`
    has none here, those that are cancelled, void, failed, declined, rejected, a draft or a test, in these words, are
    undone; `neutral: ["*"]` lets all count."""
    money: MoneySettings | None = None
    """How the money received is computed."""
    subscriptions: SubscriptionSettings | None = None
    """The rows are about subscriptions: periods, events, invoices or months."""
    parts_of: ThroughSettings | None = None
    """The rows are parts (items, payments) of the rows of another table, to which their sum goes."""

    @model_validator(mode="before")
    @classmethod
    def _reads_a_status_in_plain_words(cls, values: Any) -> Any:
        """Sales with a status and no meanings of it get the plain ones."""
        if not isinstance(values, dict) or values.get("holds") != "transactions":
            return values
        has_status = "status" in (values.get("columns") or {})
        if not has_status or values.get("statuses") or values.get("subscriptions"):
            return values
        return {**values, "statuses": (PLAIN_STATUS,)}

    @field_validator("ignore", "only", "unpack", "from_file_name", "letters_of", mode="before")
    @classmethod
    def _is_empty_where_nothing_stands_under_it(cls, value: Any) -> Any:
        """A key whose last entry was taken out is an empty one."""
        return {} if value is None else value


def counted_once(tables: Mapping[str, TableSettings]) -> dict[str, TableSettings]:
    """The tables, those whose rows pay rows of a table of sales as payments, so that the same money counts once."""

    def counts_there(table: TableSettings, passed: frozenset[str] = frozenset()) -> bool:
        paid = table.money.settles if table.money is not None else ""
        if paid in passed or paid not in tables:
            return False
        return tables[paid].holds == "transactions" or counts_there(tables[paid], passed | {paid})

    again = {name for name, table in tables.items() if table.holds == "transactions" and counts_there(table)}
    as_payments = {"holds": "payments"}
    return {name: table.model_copy(update=as_payments) if name in again else table for name, table in tables.items()}
