"""How a column's values are spelt: decided by the whole column, counted while the column comes in chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from holdfast.column_types import Kind
from holdfast.quality.parsing.texts import (
    FIRST_ROWS,
    MOST_WORDS,
    are_dotted,
    distinct,
    folded,
    rewritten,
    without_points,
    written_alike,
)


@dataclass(frozen=True)
class Spelling:
    """How one column is spelt."""

    drops_points: bool = False  # identifiers: 17850.0 is written 17850
    written_as: Mapping[str, str] = field(default_factory=dict)  # words of a category: spelling -> the one taken

    def of_identifiers(self, texts: pl.Series) -> tuple[pl.Series, int]:
        """The identifiers, and how many of them changed."""
        return (without_points(texts), are_dotted(texts)[0]) if self.drops_points else (texts, 0)

    def of_words(self, words: pl.Series) -> tuple[pl.Series, int]:
        """The words, and how many of them changed."""
        return rewritten(words, self._groups) if self.respells(words) else (words, 0)

    def respells(self, words: pl.Series) -> bool:
        """Whether any of the words is written another way."""
        return bool(self.written_as) and not self.written_as.keys().isdisjoint(distinct(words))

    def respelt(self, words: pl.Series) -> pl.Series:
        """(n,) whether each word is written another way; null for null."""
        return words.is_in(self._groups["word"].implode())

    @cached_property
    def _groups(self) -> pl.DataFrame:
        return pl.DataFrame({"word": list(self.written_as), "taken": list(self.written_as.values())})


Spellings = Mapping[str, Mapping[str, Spelling]]  # table -> column -> how it is spelt


@dataclass(frozen=True)
class SpellingCounts:
    """What the values of one column that were read so far say about its spelling."""

    dotted: int = 0
    all_whole: bool = True
    words: frozenset[str] | None = frozenset()  # None: too many for a category

    def updated(self, kind: Kind, texts: pl.Series) -> "SpellingCounts":
        """The counts with more values, given as texts."""
        if kind is Kind.TEXT:
            dotted, whole = are_dotted(texts)
            return SpellingCounts(self.dotted + dotted, self.all_whole and whole, self.words)
        if kind is Kind.CATEGORY and self.words is not None:
            if texts.head(FIRST_ROWS).n_unique() > MOST_WORDS + 1:  # null may be one of them
                return SpellingCounts(words=None)
            words = self.words | distinct(texts)
            return SpellingCounts(words=words if len(words) <= MOST_WORDS else None)
        return self

    def decided(self) -> Spelling:
        """The spelling that all values so far decide."""
        return self._decided

    @cached_property
    def _decided(self) -> Spelling:
        # Kept, as the next two are: a scorer asks for them with every customer, and they never change.
        if self.words is None:
            return Spelling(self.drops_points, {})
        groups = written_alike(pl.Series(sorted(self.words), dtype=pl.String))
        return Spelling(self.drops_points, dict(zip(groups["word"], groups["taken"], strict=True)))

    @cached_property
    def _taken(self) -> dict[str, str]:
        """Words in lower case with single blanks -> the spelling taken."""
        words = pl.Series(sorted(self.words or ()), dtype=pl.String)
        return dict(zip(folded(words), self.decided().of_words(words)[0], strict=True))

    @cached_property
    def taken(self) -> tuple[str, ...]:
        """The words in the spellings taken, in their order."""
        return tuple(sorted(set(self._taken.values())))

    @property
    def drops_points(self) -> bool:
        return self.dotted > 0 and self.all_whole

    def spelling_of(self, new: pl.Series) -> Spelling:
        """The decided spelling for new words too: a word in a new spelling is written as it always was."""
        decided = self.decided()
        if not len(new):
            return decided
        written_as = {word: self._taken[key] for word, key in zip(new, folded(new), strict=True) if key in self._taken}
        strange = new.filter(~new.is_in(list(written_as))).sort()
        groups = written_alike(strange)
        written_as |= dict(zip(groups["word"], groups["taken"], strict=True))
        return Spelling(decided.drops_points, {**decided.written_as, **written_as})

    def unseen(self, texts: pl.Series) -> pl.Series:
        """(n,) whether each text is a word that none of these is but for case and blanks; false for null."""
        if self.words is None:
            return pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        return ~folded(texts).is_in(list(self._taken)).fill_null(value=True)

    def new_words(self, texts: pl.Series) -> pl.Series:
        """The texts that are none of these words, each once; none where there are too many words to tell."""
        if self.words is None:
            return texts.clear()
        return pl.Series(texts.name, sorted(distinct(texts) - self.words), dtype=pl.String)

    def changes(self, earlier: "SpellingCounts") -> bool:
        """Whether values read earlier are spelt another way now."""
        if earlier.dotted and earlier.drops_points != self.drops_points:
            return True
        now, then = self.decided().written_as, earlier.decided().written_as
        words = earlier.words
        if words is None:
            return False
        return any(now.get(spelling, spelling) != then.get(spelling, spelling) for spelling in words)

    def to_record(self) -> dict[str, Any]:
        """As JSON holds it."""
        words = None if self.words is None else sorted(self.words)
        return {"dotted": self.dotted, "all_whole": self.all_whole, "words": words}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SpellingCounts":
        """The counts that `to_record` wrote."""
        words = record["words"]
        return cls(record["dotted"], record["all_whole"], None if words is None else frozenset(words))
