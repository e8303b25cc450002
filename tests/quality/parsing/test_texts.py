"""Identifiers, words and flags are read from texts, and nothing that differs is made equal."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.parsing.texts import as_text, read_flags, without_blanks


def texts(*values: str | None) -> pl.Series:
    return pl.Series("x", values, dtype=pl.String)


def one_spelling(words: pl.Series) -> tuple[pl.Series, int]:
    return SpellingCounts().updated(Kind.CATEGORY, words).decided().of_words(words)


def whole_number_ids(ids: pl.Series) -> tuple[pl.Series, int]:
    return SpellingCounts().updated(Kind.TEXT, ids).decided().of_identifiers(ids)


def test_whole_floats_lose_their_point_and_others_keep_every_digit() -> None:
    floats = pl.Series([1.0, 2.5, None, float("nan"), float("inf"), 9007199254740993.0])
    assert as_text(floats).to_list()[:5] == ["1", "2.5", None, None, None]
    assert as_text(texts("007", " a ")).to_list() == ["007", " a "]


def test_one_id_that_is_no_whole_number_keeps_all_as_they_are() -> None:
    assert whole_number_ids(texts("17850.0", "7", None))[0].to_list() == ["17850", "7", None]
    assert whole_number_ids(texts("17850.0", "1.1"))[0].to_list() == ["17850.0", "1.1"]
    assert whole_number_ids(texts("007", "7"))[0].to_list() == ["007", "7"]


def test_blanks_and_the_texts_for_not_known_are_null() -> None:
    assert without_blanks(texts(" a ", "", "  ", "n/a", "N/A"), ("n/a",)).to_list() == ["a", None, None, None, "N/A"]


@pytest.mark.parametrize(
    ("text", "flag"), [("Yes", True), ("0", False), ("ja", True), ("NEIN", False), ("maybe", None), (None, None)]
)
def test_the_usual_words_are_flags_and_others_are_not_known(text: str | None, flag: bool | None) -> None:
    assert read_flags(texts(text), ()).to_list() == [flag]


def test_the_words_of_the_settings_decide_alone() -> None:
    assert read_flags(texts("Churned", "yes", None), (" churned ",)).to_list() == [True, False, None]


@given(st.lists(st.text(alphabet="aAbB _-", max_size=4), max_size=30))
def test_one_spelling_joins_only_words_that_differ_in_case_and_blanks(words: list[str]) -> None:
    spelt, changed = one_spelling(texts(*words))
    for before, after in zip(words, spelt.to_list(), strict=True):
        assert after in words
        assert pl.Series([before, after]).str.to_lowercase().str.replace_all(r"\s+", " ").n_unique() == 1
    assert changed == sum(before != after for before, after in zip(words, spelt.to_list(), strict=True))
    assert one_spelling(spelt)[1] == 0
