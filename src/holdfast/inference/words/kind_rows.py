"""The rows of a table beside one of its columns of states or kinds: their money, their customers, their numbers."""

# ruff: noqa: E501
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.repeated_amounts import repeats_by_value
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.states import words_of
from holdfast.inference.words.vocabulary import ID_ENDING, ORDER_ID
from holdfast.meanings import Meaning

NEARLY_ALL = 0.98
MOST_UNKNOWN = 12  # different values of a state of which no word is known
MOST = 0.8
_MOSTLY_ONCE = 0.4
ONE_SIGN = 0.95  # share of the amounts of a kind that have its sign
_LATE = 0.1  # of the time that the records cover
WORTH = 0.001  # of all the money that moves: from which share on an open kind is asked about
_CENT = 0.011
_FEWEST_BACK = 3  # rows that go the other way than the refund that they are of
_OF_ANOTHER = whole_words(r"refunded|original|parent|related|reversed|reference[ds]?|linked|previous")
OF_DELIVERY = whole_words(
    r"fulfil\w*|shipp\w*|deliver\w*|shipment|tracking|dispatch\w*|sent|versand\w*|versendet|liefer\w*|zugestellt|livr\w*|exped\w*|envi\w*|entreg\w*|spedi\w*|consegn\w*|verz\w*|bezorg\w*|wys\w*|dosta\w*|doruc\w*|leverans\w*|packed|picked|reviewed|rating|invoiced"
)
_REFERENCE = whole_words(r"reference|ref|order|payment|transaction|charge|invoice|sale|ticket|booking")


@dataclass(frozen=True)
class KindRows:
    """The rows of a table beside one of its columns of states."""

    table: TableProfile
    column: Profile
    numbers: pl.Series | None  # the amount of each row, where there is one
    whose: str | None  # source column that names the customer
    is_received: bool  # the amounts are what was received

    @property
    def is_signed(self) -> bool:
        return self.numbers is not None and bool((self.numbers < 0).any())

    def amounts(self, *texts: str) -> pl.Series:
        """The known amounts of the rows with these values; none where the table has no amount."""
        if self.numbers is None:
            return pl.Series(dtype=pl.Float64)
        return self.numbers.filter(self.column.series.is_in(list(texts)).fill_null(value=False)).drop_nulls()

    def is_out(self, text: str) -> bool:
        """Whether the amounts of a value are negative."""
        amounts = self.amounts(text)
        return len(amounts) > 0 and share_of(amounts < 0) >= ONE_SIGN

    def has_fees_given_back(self, text: str) -> bool:
        """Whether negative rows of a value stand beside positive ones of the same number: refunds, and fees returned.

        Each row then counts with its own sign.
        """
        amounts = self.amounts(text)
        if not len(amounts) or not 0 < share_of(amounts > 0) <= 1 / 2:
            return False
        numbers = [name for name in self.table.columns if says(name, ORDER_ID) or says(name, _REFERENCE)]
        for name in [each for each in numbers if self.table.columns[each].could_name_things]:
            rows = pl.DataFrame(
                {"key": as_keys(self.table.columns[name]), "text": self.column.series, "amount": self.numbers}
            ).drop_nulls()
            own = rows.filter(pl.col("text") == text)
            out = own.filter(pl.col("amount") < 0)["key"].unique()
            back = own.filter(pl.col("amount") > 0)["key"]
            if len(back) >= _FEWEST_BACK and share_of(back.is_in(out.implode())) >= NEARLY_ALL:
                return True
        return False

    def carries(self, text: str) -> bool:
        """Whether the rows of a value bring or take money."""
        return bool((self.amounts(text) != 0).any())

    def share(self, text: str) -> float:
        """The share of a value in all the money that moves; 1 where no amounts tell."""
        if self.numbers is None:
            return 1.0
        return float(self.amounts(text).abs().sum()) / (float(self.numbers.abs().sum()) or 1.0)

    @property
    def main(self) -> str:
        """The value that carries most of the money; of most rows where no amounts tell."""
        texts = self.column.values.to_list()
        if self.numbers is None or not bool((self.numbers != 0).any()):
            counts = self.column.series.drop_nulls().value_counts(sort=True)
            return str(counts[self.column.source][0]) if counts.height else ""
        return max(texts, key=lambda text: (self.share(text), text), default="")

    def is_late(self, text: str) -> bool:
        """Whether nearly all rows of a value are of the last days: they are still on their way."""
        when = next(iter(self.table.times), None)
        if when is None:
            return False
        times = self.table.timestamps(when)
        first, last = times.min(), times.max()
        if not isinstance(first, datetime) or not isinstance(last, datetime):
            return False
        own = times.filter((self.column.series == text).fill_null(value=False))
        return share_of(own >= last - (last - first) * _LATE) >= MOST

    def is_paid(self, text: str, sold: str, unpaid: Collection[str]) -> bool:
        """Whether the rows of a value have a day, as those of the sold one have, that the unpaid ones lack.

        The day of a delivery is no proof: what is paid may be delivered later, and the other way round.
        """
        rows, others, nothing = (
            self.column.series.is_in(texts).fill_null(value=False) for texts in ([text], [sold], [*unpaid])
        )
        days = [
            self.table.columns[name].series.is_not_null() for name in self.table.times if not says(name, OF_DELIVERY)
        ]
        return bool(nothing.any()) and any(
            min(share_of(day.filter(rows)), share_of(day.filter(others))) >= NEARLY_ALL
            and share_of(day.filter(nothing)) <= 1 - NEARLY_ALL
            for day in days
        )

    def repeating(self) -> dict[str, Meaning]:
        """Values whose amounts stand in rows of other values too, and what they are then: given back, or counted already."""
        if self.numbers is None or self.column.distinct > MOST_UNKNOWN:
            return {}
        who = None if self.whose is None else as_keys(self.table.columns[self.whose])
        when = next(iter(self.table.times), None)
        day = None if when is None else self.table.timestamps(when).dt.date()
        repeated = repeats_by_value(self.column.series, self.numbers, who, day)
        is_back_written_minus = any(self.is_out(text) for text in self.column.values.to_list())
        return {
            text: Meaning.SETTLEMENT
            if repeats.is_same_day or repeats.of_each or is_back_written_minus
            else Meaning.REFUND
            for text, repeats in repeated.items()
            if not self.is_out(text) and self.share(text) >= WORTH
        }

    def numbered_apart(self) -> bool:
        """Whether the rows of each value have numbers that begin with letters of their own, as documents have."""
        for column in self.table.columns.values():
            if not column.is_text_typed or not column.is_unique or column.is_number:
                continue
            begins = pl.DataFrame({"value": self.column.series, "begin": column.series.str.extract(r"^(\D+)\d")})
            pairs = begins.drop_nulls().group_by("value", "begin").len().sort("len", descending=True)
            usual = pairs.unique("value", keep="first", maintain_order=True)
            if usual.height == self.column.distinct == usual["begin"].n_unique():
                return int(usual["len"].sum()) >= NEARLY_ALL * self.table.rows
        return False

    def of_nobody(self, text: str) -> bool:
        """Whether the rows of a value name no customer, where others do."""
        if self.whose is None:
            return False
        rows = self.column.series == text
        names = self.table.columns[self.whose].series.is_not_null()
        return share_of(names.filter(rows.fill_null(value=False))) <= 1 - NEARLY_ALL and bool(names.any())

    def repeats_a_row(self, text: str, others: Collection[str]) -> bool:
        """Whether nearly each row of a value comes after a row of another one with its number and at least its money.

        Then it is a row of its own that takes the other one back, as in a log of events. A state of the sale itself has
        no second row, and a line beside other lines of its order has another amount at the same moment.
        """
        when = next(iter(self.table.times), None)
        if self.numbers is None or when is None:
            return False
        rows = pl.DataFrame({
            "text": self.column.series.cast(pl.String), "amount": self.numbers.abs(), "at": self.table.timestamps(when)
        }).with_row_index("row")  # fmt: skip
        own, before = rows.filter(text=text), rows.filter(pl.col("text").is_in(list(others)))
        for name, column in self.table.columns.items():
            if not self._numbers_rows(name, column) or column.share_distinct < _MOSTLY_ONCE or own.is_empty():
                continue
            keys = rows.select("row", as_keys(column).alias("key"))
            pairs = own.join(keys, on="row").join(before.join(keys, on="row"), on="key", suffix="_before")
            is_later = (pl.col("at") > pl.col("at_before")) & (pl.col("amount") <= pl.col("amount_before") + _CENT)
            is_same = (pl.col("at") == pl.col("at_before")) & (
                (pl.col("amount") - pl.col("amount_before")).abs() <= _CENT
            )
            undone = pairs.filter(is_later | is_same)["row"].n_unique()
            if undone >= NEARLY_ALL * own.height:
                return True
        return False

    def _numbers_rows(self, name: str, column: Profile) -> bool:
        """Whether a column, by its name, holds numbers of orders, payments or references."""
        if name in {self.column.source, self.whose} or name in self.table.times or not column.could_name_things:
            return False
        is_number = says(name, ORDER_ID) or ID_ENDING.search(f" {words_of(name)} ") or says(name, _REFERENCE)
        return bool(is_number) and not column.is_unique

    def undoes(self, text: str, sales: Sequence[str]) -> bool:
        """Whether the rows of a value name a sale in another row: by a column of their own, or by a shared number."""
        rows = (self.column.series == text).fill_null(value=False)
        others = self.column.series.is_in(list(sales)).fill_null(value=False)
        for name, column in self.table.columns.items():
            if name in {self.column.source, self.whose} or name in self.table.times or not column.could_name_things:
                continue
            filled = column.series.is_not_null()
            if (
                says(name, _OF_ANOTHER)
                and share_of(filled.filter(rows)) >= NEARLY_ALL
                and share_of(filled.filter(~rows)) <= 1 - NEARLY_ALL
            ):
                return True
            if self._numbers_rows(name, column) and share_of(filled) >= NEARLY_ALL / 2:
                keys = as_keys(column)
                sold = keys.filter(others).drop_nulls().unique()
                own = keys.filter(rows).drop_nulls()
                alone = column.share_distinct >= _MOSTLY_ONCE  # a shop or a product is on many rows, a sale on few
                if alone and len(own) and len(sold) and share_of(own.is_in(sold.implode())) >= MOST:
                    return True
        return False
