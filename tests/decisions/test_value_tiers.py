"""Value tiers are fitted once and hold for one customer as for many."""

import polars as pl
import pytest

from holdfast.decisions.value_tiers import ValueTiers, fit_value_tiers


def tiers_of(tiers: ValueTiers, values: list[float | None]) -> list[str | None]:
    return tiers.of(pl.Series(values, dtype=pl.Float64)).to_list()


def test_the_top_fifth_is_high_and_the_next_two_fifths_are_middle() -> None:
    values = [float(value) for value in range(1, 101)]
    assigned = tiers_of(fit_value_tiers(pl.Series(values)), values)
    assert [assigned.count(tier) for tier in ("low", "middle", "high")] == pytest.approx([40, 40, 20], abs=1)
    assert assigned == sorted(assigned, key=["low", "middle", "high"].index)


def test_what_is_not_known_has_no_tier_and_moves_no_limit() -> None:
    values = pl.Series([1.0, 2.0, 3.0, 4.0, 5.0])
    with_gaps = pl.Series([*values, None, float("nan")], strict=False)
    assert fit_value_tiers(with_gaps) == fit_value_tiers(values)
    assert tiers_of(fit_value_tiers(values), [None, float("nan"), 5.0]) == [None, None, "high"]


def test_of_fewer_than_three_values_all_are_middle() -> None:
    tiers = fit_value_tiers(pl.Series([7.0, 7.0, 9.0]))
    assert tiers == ValueTiers(None, None)
    assert tiers_of(tiers, [7.0, 9.0, None]) == ["middle", "middle", None]
    assert fit_value_tiers(pl.Series([None, None], dtype=pl.Float64)) == ValueTiers(None, None)


def test_tiers_come_back_from_their_files() -> None:
    for tiers in (fit_value_tiers(pl.Series([0.1, 0.2, 0.30000000000000004])), ValueTiers(None, None)):
        assert ValueTiers.from_files(tiers.to_files()) == tiers
