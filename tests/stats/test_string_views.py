"""Texts are told apart by the bytes that Polars holds of them, whatever their length and whoever made them."""

from itertools import pairwise, product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.features.build import build
from holdfast.features.engine.grouping import code_by_customer
from holdfast.features.operators import Operator
from holdfast.features.spec import Aggregate, Window
from holdfast.stats import string_views
from holdfast.stats.string_views import fit_inline, run_starts, text_views

LONG = "the same letters at the start, "
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "b", "twelve bytes", "李", LONG, LONG + "1", LONG + "2"]))
QUICK = settings(max_examples=60, deadline=None)


def series(texts: list[str | None], made: str) -> pl.Series:
    """The texts as a column of another make."""
    plain = pl.Series("texts", texts, dtype=pl.String)
    if made == "pieces":  # the same text stands in several places of memory
        return pl.concat([pl.Series("texts", [text], dtype=pl.String) for text in ["x", *texts]]).slice(1)
    if made == "picked":
        return pl.Series("texts", ["x", *texts], dtype=pl.String).slice(1).gather(list(range(len(texts))))
    if made == "categories":
        return plain.cast(pl.Categorical)
    if made == "enum":
        return plain.cast(pl.Enum(["not there", *sorted({text for text in texts if text is not None}, reverse=True)]))
    return plain


MADE = ["plain", "pieces", "picked", "categories", "enum"]


@pytest.mark.parametrize("made", MADE)
@QUICK
@given(texts=st.lists(TEXTS, max_size=30))
def test_a_run_starts_where_a_text_differs_from_the_one_before(made: str, texts: list[str | None]) -> None:
    starts = [
        place
        for place, (before, text) in enumerate(pairwise([None, *texts]))
        if not place or text is None or text != before
    ]
    for few in (0, 64):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(string_views, "_FEW", few)
            assert run_starts(series(texts, made)).tolist() == starts


@pytest.mark.parametrize("made", MADE)
@QUICK
@given(texts=st.lists(TEXTS, max_size=40), sizes=st.lists(st.integers(0, 9), max_size=9), chance=st.randoms())
def test_a_customer_s_values_have_one_number_each(
    made: str, texts: list[str | None], sizes: list[int], chance: object
) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    edges = np.minimum(np.cumsum([0, *sizes]), len(texts))
    bounds = np.array([edges[:-1], edges[1:]])
    found = code_by_customer(series(texts, made), np.array(order, dtype=np.int64), bounds)
    for begin, end in bounds.T:
        mine = [(texts[order[event]], int(found[event])) for event in range(begin, end)]
        assert all((text is None) == (number == -1) for text, number in mine)
        assert all((one == other) == (its == another) for (one, its), (other, another) in product(mine, mine))


@pytest.mark.parametrize("text", ["{}", LONG + "{}"])
def test_more_values_than_are_code_by_customer_together(text: str) -> None:
    texts = [text.format(number % 7000) for number in range(14000)]
    bounds = np.array([[0, 10, 20], [10, 20, 14000]])
    found = code_by_customer(pl.Series(texts), np.arange(14000), bounds)
    assert found[:10].tolist() == found[10:20].tolist() == list(range(10))
    assert found[20:].max() == 6999
    assert found[7000:].tolist() == found[np.r_[7000:7020, 20:7000][:7000]].tolist()


def test_short_texts_need_no_letters() -> None:
    assert fit_inline(text_views(pl.Series(["", "twelve bytes", "李李李李"])))
    assert not fit_inline(text_views(pl.Series(["a", "thirteen byte"])))
    assert fit_inline(text_views(pl.Series([], dtype=pl.String)))


@pytest.mark.parametrize("made", ["pieces", "categories", "enum"])
def test_features_do_not_depend_on_how_texts_are_held(made: str) -> None:
    chance = np.random.default_rng(3)
    texts = [[None, "a", "b", LONG + "1", LONG + "2"][place] for place in chance.integers(0, 5, 400)]
    time = pl.Datetime("us", "UTC")
    sales = pl.DataFrame(
        {
            "customer_id": [f"customer {place:07}" for place in chance.integers(0, 9, 400)],
            "happened_at": pl.Series(chance.integers(0, 90, 400) * 86_400_000_000).cast(time),
            "kind": texts,
        }
    )
    asked = [
        Aggregate("sales", operator, "kind", window, where, is_category=operator in (Operator.FIRST, Operator.LAST))
        for operator in (Operator.COUNT, Operator.DISTINCT, Operator.FIRST, Operator.LAST)
        for window in (Window(), Window(30))
        for where in ((), (("kind", LONG + "1"),))
    ]
    ids, cutoffs = sales["customer_id"].unique().sort(), pl.Series([50, 80]) * 86_400_000_000
    moments = cutoffs.cast(time).to_list()
    other = sales.with_columns(series(texts, made).alias("kind"))
    assert build({"sales": other}, asked, ids, moments).equals(build({"sales": sales}, asked, ids, moments))
    empty = build({"sales": other.clear()}, asked, ids, moments)
    assert empty.equals(build({"sales": sales.clear()}, asked, ids, moments))
