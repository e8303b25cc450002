"""States and kinds written as codes whose words stand elsewhere: in a small table of them, or beside the code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import CodeWords, TableProfile, as_keys
from holdfast.inference.words.entities import refers_to, same_reference
from holdfast.inference.words.names import words
from holdfast.inference.words.open_kinds import names_transactions
from holdfast.inference.words.states import MOST_STATES, Purpose, is_named_kind, is_named_state, meaning_of

_MOST_ROWS, _MOST_COLUMNS = 500, 6  # of a table of words, in some languages
_OFTEN = 3  # rows of each code, in the middle, from which on it is a state and no number of things
_HALF = 0.5
_LETTERS = r"\p{L}{2}"


def with_code_words(tables: Sequence[TableProfile]) -> tuple[list[TableProfile], list[TableGuess]]:
    """The tables, with the words of codes that another column explains; and those that hold nothing but such words."""
    result: list[TableProfile] = []
    only: set[str] = set()
    for table in tables:
        explained: dict[str, CodeWords] = {}
        for column in table.columns.values():
            pair = _words_for(column, table, tables) if _holds_codes(column) else None
            if pair is not None:
                explained[column.source] = CodeWords(pair.shown, pair.words)
                only |= {pair.table.name} if pair.is_a_table_of_words else set()
        result.append(replace(table, code_words=explained) if explained else table)
    left_out = [_left_out(table, result) for table in tables if table.name in only]
    return [table for table in result if table.name not in only], left_out


@dataclass(frozen=True)
class _Pair:
    """A column of codes and one of their words."""

    table: TableProfile
    code: Profile
    word: Profile
    words: dict[str, str]
    is_a_table_of_words: bool

    @property
    def shown(self) -> str:
        return f"{self.table.name}.{self.word.source}"

    @property
    def share_known(self) -> float:
        """The share of the words that say how something ended or what it is."""
        meaningful = [word for word in self.words.values() if meaning_of(word, Purpose.MONEY) is not None]
        return len(meaningful) / len(self.words)


def _holds_codes(column: Profile) -> bool:
    """Whether a column may hold states as codes: few of them, each on many rows."""
    is_code = column.is_number and column.is_written_whole and not column.flag
    return is_code and 2 <= column.distinct <= MOST_STATES and column.filled >= _OFTEN * column.distinct


def _words_for(column: Profile, table: TableProfile, tables: Sequence[TableProfile]) -> _Pair | None:
    """The pair of columns that explains the codes of a column; of several the one with most known words."""
    values = as_keys(column).drop_nulls().unique()
    pairs = [
        pair
        for other in tables
        if other is not table
        for pair in _pairs_of(other)
        if _is_meant(column, pair) and bool(values.is_in(list(pair.words)).all())
    ]
    return max(pairs, key=lambda pair: (pair.is_a_table_of_words, pair.share_known, pair.shown), default=None)


def _is_meant(column: Profile, pair: _Pair) -> bool:
    """Whether names and words say that a pair explains a column: small numbers stand in others by chance."""
    name, code = column.source, pair.code.source
    is_state = is_named_state(name) or is_named_kind(name) or names_transactions(name)
    is_named = (
        words(name) == words(code)
        or same_reference(name, code)
        or (pair.is_a_table_of_words and refers_to(name, pair.table.name))
    )
    of_states = is_named_state(pair.table.name) or is_named_state(pair.word.source) or is_named_state(code)
    if is_named:
        return is_state or pair.share_known >= _HALF
    return is_state and (of_states or pair.share_known >= _HALF) and pair.share_known > 0


def _pairs_of(table: TableProfile) -> Iterator[_Pair]:
    """The columns of codes of a table, each with a column that has one word for each of them."""
    is_small = table.rows <= _MOST_ROWS and len(table.columns) <= _MOST_COLUMNS and not table.times
    codes = [column for column in table.columns.values() if column.is_number and column.is_written_whole]
    texts = [
        column
        for column in table.columns.values()
        if column.is_text_typed and not column.is_number and column.source not in table.times
        and 2 <= column.distinct <= _MOST_ROWS and share_of(column.values.str.contains(_LETTERS)) == 1.0
    ]  # fmt: skip
    for code in codes:
        if not 2 <= code.distinct <= MOST_STATES:
            continue
        for text in texts:
            pairs = pl.DataFrame({"code": as_keys(code), "word": text.series}).drop_nulls()
            first = pairs.unique("code", keep="first", maintain_order=True)
            has_one_word = pairs.unique().height == first.height == first["word"].n_unique()
            if has_one_word or (is_small and first["word"].n_unique() == first.height):
                yield _Pair(table, code, text, dict(first.iter_rows()), is_small)


def _left_out(table: TableProfile, tables: Sequence[TableProfile]) -> TableGuess:
    """A table of words as one that is read for them alone."""
    explained = [
        f"{other.name}.{source}"
        for other in tables
        for source, codes in other.code_words.items()
        if codes.where.startswith(f"{table.name}.")
    ]
    reason = f"its words say what the codes in {', '.join(explained)} mean"
    holds = Guess(f"{table.name}.holds", "lookup", 0.9, reason, shown_only=True)
    return TableGuess(table.name, table.name, holds, left_out=reason)
