"""How a column is spelt: the same whether it comes whole or in chunks, and remembered between files."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.parsing.texts import MOST_WORDS

WORDS = st.lists(st.sampled_from(["Web", "web", "WEB", "web ", "Shop", "shop", "in  store", "In Store", None]))
IDS = st.lists(st.sampled_from(["1.0", "2.0", "17850.0", "007", "A7", "1.1", None]))


def texts(values: list[str | None]) -> pl.Series:
    return pl.Series("x", values, dtype=pl.String)


def counted(kind: Kind, values: list[str | None], cuts: list[int]) -> SpellingCounts:
    counts, begin = SpellingCounts(), 0
    for end in [*sorted(cut % (len(values) + 1) for cut in cuts), len(values)]:
        counts = counts.updated(kind, texts(values[begin:end]))
        begin = max(begin, end)
    return counts


@given(values=WORDS, cuts=st.lists(st.integers(0, 50), max_size=3))
def test_words_in_chunks_are_spelt_as_the_whole_column_is(values: list[str | None], cuts: list[int]) -> None:
    whole, changed = counted(Kind.CATEGORY, values, []).decided().of_words(texts(values))
    in_chunks, changed_in_chunks = counted(Kind.CATEGORY, values, cuts).decided().of_words(texts(values))
    assert in_chunks.to_list() == whole.to_list()
    assert changed_in_chunks == changed


@given(values=IDS, cuts=st.lists(st.integers(0, 50), max_size=3))
def test_identifiers_in_chunks_are_spelt_as_the_whole_column_is(values: list[str | None], cuts: list[int]) -> None:
    whole, _ = counted(Kind.TEXT, values, []).decided().of_identifiers(texts(values))
    in_chunks, _ = counted(Kind.TEXT, values, cuts).decided().of_identifiers(texts(values))
    assert in_chunks.to_list() == whole.to_list()


@given(values=WORDS)
def test_counts_survive_json(values: list[str | None]) -> None:
    counts = counted(Kind.CATEGORY, values, [])
    assert SpellingCounts.from_record(json.loads(json.dumps(counts.to_record()))) == counts


def test_too_many_words_are_no_category_and_keep_their_spelling() -> None:
    values = [f"Word {n}" for n in range(MOST_WORDS)] + ["word 1"]
    counts = SpellingCounts().updated(Kind.CATEGORY, texts(values))
    assert counts.words is None
    assert counts.decided().of_words(texts(["word 1", "Word 1"]))[0].to_list() == ["word 1", "Word 1"]


@pytest.mark.parametrize(
    ("kind", "first", "then", "changes"),
    [
        (Kind.CATEGORY, ["web"], ["shop"], False),
        (Kind.CATEGORY, ["web"], ["Web"], True),  # mixed case wins: what was written `web` is `Web` now
        (Kind.TEXT, ["1.0", "2.0"], ["3.0"], False),
        (Kind.TEXT, ["1.0", "2.0"], ["A7"], True),  # the ids keep their points now
        (Kind.TEXT, ["A7"], ["1.0"], False),
    ],
)
def test_new_values_that_respell_earlier_ones_are_noticed(
    kind: Kind, first: list[str | None], then: list[str | None], changes: bool
) -> None:
    earlier = SpellingCounts().updated(kind, texts(first))
    assert earlier.updated(kind, texts(then)).changes(earlier) is changes
