"""What the words of a row decide: whether cleaning sets the row aside, and whether it is a sign of life.

The rules of cleaning are evaluated once on every word that a run knows; rows are then only looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from holdfast.column_types import Kind
from holdfast.meanings import NO_ACTIVITY, Meaning
from holdfast.quality.events import complete
from holdfast.quality.exclusions import EXCLUSION_RULES, OVERLAP_RULES
from holdfast.quality.money import means, settle_money, unknown_statuses
from holdfast.quality.plain.readers import NotPlainError
from holdfast.quality.table_state import TableState
from holdfast.quality.training_columns import TrainingTable
from holdfast.settings import Settings

Words = Mapping[str, frozenset[str]]  # column -> the words that a run knows in it
WordSets = tuple[tuple[str, frozenset[str | None]], ...]  # column -> some of its words; None: not known
# Rules that look at more than one word; rows that they could fail are refused by `PlainTable.read`.
_MET_BY_READING = frozenset(
    {"missing_customer", "nobody", "long_id", "unreadable_time", "exact_repeats", "bad_debt", "price"}
)


class _SeveralError(Exception):
    """A rule looks at more than the words of one column."""


def category_words(training: TrainingTable) -> Words:
    """The words of each column of words that are few enough to be kept."""
    return {
        ours: column.spelling.words
        for ours, column in training.columns.items()
        if column.settings.kind is Kind.CATEGORY and column.spelling is not None and column.spelling.words is not None
    }


@dataclass(frozen=True)
class RowWords:
    """The words by which rows of a table are treated in another way than most."""

    sets_aside: WordSets
    is_passive: WordSets
    is_refund: WordSets  # rows that cleaning gives a minus sign
    is_unknown: WordSets  # without a meaning in the settings

    @classmethod
    def of(cls, state: TableState, words: Words, settings: Settings) -> "RowWords | str":
        """From the rules of cleaning.

        Args:
            state: of the raw table without rows, as read.
            words: that the run knows.
            settings: of the project.

        Returns:
            Or why words alone do not decide.
        """
        if state.contract.is_events:
            state = complete(settle_money(state, settings))
        each_status = [
            replace(state, settings=state.settings.model_copy(update={"statuses": (status,)}))
            for status in state.settings.statuses
        ] or [state]
        try:
            sets_aside = [
                word_set
                for rule in (*OVERLAP_RULES, *EXCLUSION_RULES)
                if rule.step not in _MET_BY_READING
                for each in each_status
                for word_set in _words_that(rule.fails(each, settings), words)
            ]
            is_passive = [
                word_set for each in each_status for word_set in _words_that(means(each, *NO_ACTIVITY), words)
            ]
            is_refund = [
                word_set for each in each_status for word_set in _words_that(means(each, Meaning.REFUND), words)
            ]
            is_unknown = [word_set for each in each_status for word_set in _unknown(each, words)]
        except _SeveralError:
            return "a rule looks at more than one word of a row"
        return cls(tuple(sets_aside), tuple(is_passive), tuple(is_refund), tuple(is_unknown))

    def excluded(self, columns: Mapping[str, Sequence[Any]]) -> frozenset[int]:
        """The rows that are set aside."""
        return frozenset(
            row
            for name, words in self.sets_aside
            if not words.isdisjoint(columns[name])
            for row, word in enumerate(columns[name])
            if word in words
        )

    def passive(self, columns: Mapping[str, Sequence[Any]], height: int) -> list[bool]:
        """(height,) whether each row is no sign of life."""
        passive = [False] * height
        for name, words in self.is_passive:
            if not words.isdisjoint(columns[name]):
                passive = [so_far or word in words for so_far, word in zip(passive, columns[name], strict=True)]
        return passive

    def refuse(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Refuse rows without a meaning, and refunds that are written without their minus sign.

        Raises:
            NotPlainError: there is one.
        """
        if not all(words.isdisjoint(columns[name]) for name, words in self.is_unknown):
            raise NotPlainError
        for name, words in self.is_refund if "amount" in columns else ():
            rows = zip(columns[name], columns["amount"], strict=True)
            if any(word in words and amount is not None and amount > 0 for word, amount in rows):
                raise NotPlainError


def _words_that(fails: pl.Expr | pl.Series | None, words: Words) -> WordSets:
    """The words of the one column that an expression looks at of which it is true."""
    if fails is None:
        return ()
    if isinstance(fails, pl.Series):
        raise _SeveralError
    names = set(fails.meta.root_names())
    if len(names) != 1 or not names <= words.keys():
        raise _SeveralError
    (name,) = names
    every = pl.Series(name, [*sorted(words[name]), None], dtype=pl.String)
    true = every.to_frame().select(fails.fill_null(value=False).alias("true")).to_series()
    failing = frozenset(every.filter(true).to_list())
    return ((name, failing),) if failing else ()


def _unknown(state: TableState, words: Words) -> WordSets:
    """The words of a status column without a meaning; checks count them on every table that has the column."""
    (status,) = state.settings.statuses or (None,)
    if status is None or status.column not in state.table.columns:
        return ()
    if status.column not in words:
        raise _SeveralError
    every = pl.Series(status.column, sorted(words[status.column]), dtype=pl.String)
    without = unknown_statuses(state, status, every)
    unknown = frozenset(word for word in every.to_list() if word.strip().lower() in without)
    return ((status.column, unknown),) if unknown else ()
