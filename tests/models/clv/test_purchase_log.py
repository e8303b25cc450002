"""Purchases read some customers at a time: equal to the whole log, and to its plain definition."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.models.clv import purchase_log
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.rfm_summary import spend_between, summarise_purchases

START = datetime(2024, 1, 1, tzinfo=UTC)
CUTOFFS = [START + timedelta(days=days) for days in (40, 70)]
ENDS = (10, 30, 31)
WHO = ["a", "b", "c", "d", "e"]

purchase = st.tuples(
    st.sampled_from(WHO),
    st.one_of(st.none(), st.integers(0, 120 * 24)),  # hours; many lie on an edge
    st.integers(0, 40),  # days until it was known
    st.one_of(st.none(), st.integers(-300, 5_000)),  # cents
    st.booleans(),
)


def log(rows: list[tuple[str, int | None, int, int | None, bool]]) -> pl.DataFrame:
    happened = [None if hours is None else START + timedelta(hours=hours) for _, hours, _, _, _ in rows]
    known = [None if at is None else at + timedelta(days=row[2]) for at, row in zip(happened, rows, strict=True)]
    return pl.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "happened_at": pl.Series(happened, dtype=TIME),
            "known_at": pl.Series(known, dtype=TIME),
            "amount": [None if row[3] is None else row[3] / 100 for row in rows],
            "is_return": [row[4] for row in rows],
        },
        schema_overrides={"amount": pl.Float64, "customer_id": pl.String, "is_return": pl.Boolean},
    )


def requested_rows() -> pl.DataFrame:
    """Every customer at both cutoffs, and one who never bought."""
    keys = [(who, cutoff) for cutoff in CUTOFFS for who in [*reversed(WHO), "nobody"]]
    return pl.DataFrame(keys, schema={"customer_id": pl.String, "cutoff": TIME}, orient="row")


def in_pieces(whole: pl.DataFrame, *groups: str) -> Purchases:
    return Purchases(lambda _: (whole.filter(pl.col("customer_id").is_in(list(group))) for group in groups))


@settings(max_examples=60, deadline=None)
@given(st.lists(purchase, max_size=40))
def test_the_past_is_what_summaries_and_sums_of_the_whole_log_say(rows):
    whole, keys = log(rows), requested_rows()
    past = in_pieces(whole, "ab", "c", "de").past(keys, ENDS)
    for cutoff in CUTOFFS:
        assert past.summaries[cutoff].equals(summarise_purchases(whole, cutoff))
    begins = 0
    for index, end in enumerate(ENDS):
        for row, (who, cutoff) in enumerate(keys.iter_rows()):
            spent = spend_between(whole, cutoff + timedelta(days=begins), end - begins).filter(customer_id=who)
            assert past.spend[row, index] == pytest.approx(spent["spend"].item() if spent.height else 0.0, rel=1e-15)
        begins = end


def test_of_many_customers_models_are_fitted_on_every_so_manieth(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = log([(who, hours, 0, 500, False) for who in WHO for hours in (5, 100)])
    assert Purchases.of(whole).fitted_on.to_list() == WHO
    monkeypatch.setattr(purchase_log, "FITTED_ON", 3)
    purchases = in_pieces(whole, "ab", "cde")
    assert purchases.fitted_on.to_list() == ["a", "c", "e"]
    past = purchases.past(pl.DataFrame({"customer_id": ["b"], "cutoff": CUTOFFS[:1]}), ENDS)
    assert past.summaries[CUTOFFS[0]]["customer_id"].to_list() == ["a", "b", "c", "e"]
    assert purchases.to_fit_on(past.summaries[CUTOFFS[0]])["customer_id"].to_list() == ["a", "c", "e"]
    np.testing.assert_array_equal(past.spend, [[0.0, 0.0, 0.0]])
