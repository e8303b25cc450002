"""How a column's values are spelt: decided by the whole column, counted while the column comes in chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from holdfast.column_types import Kind
from holdfast.quality.parsing.texts import (
    FIRST_ROWS,
    MOST_WORDS,
    are_dotted,
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
        if not self.written_as:
            return words, 0
        groups = pl.DataFrame({"word": list(self.written_as), "taken": list(self.written_as.values())})
        return rewritten(words, groups)


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
            words = self.words | set(texts.drop_nulls().unique().to_list())
            return SpellingCounts(words=words if len(words) <= MOST_WORDS else None)
        return self

    def decided(self) -> Spelling:
        """The spelling that all values so far decide."""
        if self.words is None:
            return Spelling(self.drops_points, {})
        groups = written_alike(pl.Series(sorted(self.words), dtype=pl.String))
        return Spelling(self.drops_points, dict(zip(groups["word"], groups["taken"], strict=True)))

    @property
    def drops_points(self) -> bool:
        return self.dotted > 0 and self.all_whole

    def spelling_of(self, texts: pl.Series) -> Spelling:
        """The decided spelling for later texts too: a word in a new spelling is written as it always was."""
        decided = self.decided()
        new = texts.drop_nulls().unique()
        new = new.filter(~new.is_in(sorted(self.words or ())))
        if self.words is None or not len(new):
            return decided
        words = pl.Series(sorted(self.words), dtype=pl.String)
        taken = dict(zip(folded(words), decided.of_words(words)[0], strict=True))
        written_as = {word: taken[key] for word, key in zip(new, folded(new), strict=True) if key in taken}
        strange = new.filter(~new.is_in(list(written_as))).sort()
        groups = written_alike(strange)
        written_as |= dict(zip(groups["word"], groups["taken"], strict=True))
        return Spelling(decided.drops_points, {**decided.written_as, **written_as})

    def unseen(self, texts: pl.Series) -> pl.Series:
        """(n,) whether each text is a word that none of these is but for case and blanks; false for null."""
        if self.words is None:
            return pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
        words = folded(pl.Series(sorted(self.words), dtype=pl.String))
        return ~folded(texts).is_in(words.implode()).fill_null(value=True)

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
