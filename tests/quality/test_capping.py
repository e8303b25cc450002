"""Caps and fills are learnt from training rows and then applied to any."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.quality import capping
from holdfast.quality.capping import fit_caps

TRAINING = pl.DataFrame(
    {"calls": [float(n) for n in range(101)], "spend": [float(n) for n in range(101)], "same": [1.0] * 101}
)
KINDS = {"calls": Kind.NUMBER, "spend": Kind.MONEY, "same": Kind.NUMBER, "city": Kind.CATEGORY}


def test_far_values_are_moved_onto_the_limit() -> None:
    caps = fit_caps(TRAINING, KINDS)
    assert caps.limits == {"calls": (25 - 150, 75 + 150)}
    rows = pl.DataFrame({"calls": [-999.0, 50.0, 999.0, None], "spend": [9e9] * 4})
    assert caps.apply(rows)["calls"].to_list() == [-125.0, 50.0, 225.0, None]
    assert caps.counts(rows) == {"calls": 2}


def test_money_is_left_alone_unless_asked_for() -> None:
    assert "spend" not in fit_caps(TRAINING, KINDS).limits
    assert "spend" in fit_caps(TRAINING, KINDS, cap_money=True).limits


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_capping_twice_is_capping_once(training: list[float], rows: list[float]) -> None:
    caps = fit_caps(pl.DataFrame({"calls": training}), {"calls": Kind.NUMBER})
    once = caps.apply(pl.DataFrame({"calls": rows}, schema={"calls": pl.Float64}))
    assert caps.apply(once).equals(once)
    assert caps.counts(once) in ({}, {"calls": 0})


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3)), min_size=1, max_size=9))
def test_few_rows_are_capped_as_many_are(calls: list[float | None]) -> None:
    caps, rows = fit_caps(TRAINING, KINDS), pl.DataFrame({"calls": calls}, schema={"calls": pl.Float64})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(capping, "_FEW", 0)
        of_many = caps.apply(rows)
    assert caps.apply(rows).equals(of_many)
