"""What one table of subscriptions was recognised as: its columns, its settings, its evidence and its doubts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.table_settings import SubscriptionSettings

LEFT = pl.Schema({"customer": pl.String, "left": pl.Boolean})


@dataclass(frozen=True)
class SubscriptionTable:
    """A table whose rows are periods, events, months or invoices of subscriptions."""

    settings: SubscriptionSettings
    sources: Mapping[str, str]  # column of the contract `subscriptions` -> source column
    evidence: str
    confidence: float = 0.9
    doubt: str = ""  # what speaks against a business of subscriptions; then the churn rule is a question
    statuses: tuple[StatusGuess, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column -> sources that it could be as well
    settings_guesses: tuple[Guess, ...] = ()  # of single settings; about and change are completed by the table's name
    ignore: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # texts that stand for "no end"
    left: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LEFT))  # whether nothing runs at the end
    currency: str = ""  # source column of the currency
    notes: tuple[str, ...] = ()
    less_percent: Mapping[str, str] = field(default_factory=dict)  # column of the contract -> source of its discount
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # source -> the values of rows that subscribe
    singles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # source -> those of rows paid once
    prices: Mapping[str, str] = field(default_factory=dict)  # interval -> the source of the price that is paid for it
    flags: Mapping[str, StatusGuess] = field(default_factory=dict)  # source of a further status -> what it means
    unnamed: frozenset[str] = frozenset()  # columns whose source no name says, but the rows do: they are asked about
