"""Far values are capped only where asked for, by limits learnt from training rows."""

import polars as pl

from holdfast.quality.capping import Caps, fit_feature_caps
from holdfast.settings import Settings

RECORDS = [{"name": "visits", "unit": "visits"}, {"name": "spent", "unit": "currency"}, {"name": "plan", "unit": ""}]
ROWS = pl.DataFrame({"visits": [1.0, 2, 3, 4, 500], "spent": [1.0, 2, 3, 4, 500], "plan": ["a", "a", "b", "b", "b"]})


def project(**quality: bool) -> Settings:
    return Settings.model_validate(
        {"name": "t", "shape": "snapshot", "tables": {}, "churn": {"rule": "label"}, "quality": quality}
    )


def test_nothing_is_capped_unless_asked_for() -> None:
    assert fit_feature_caps(ROWS, RECORDS, project()).apply(ROWS).equals(ROWS)


def test_numbers_are_capped_and_money_is_left_alone() -> None:
    capped = fit_feature_caps(ROWS, RECORDS, project(cap_outliers=True)).apply(ROWS)
    assert capped["visits"].to_list() == [1, 2, 3, 4, 10]  # the third quartile 4, and three times the range of 2
    assert capped["spent"].to_list() == ROWS["spent"].to_list()


def test_money_is_capped_when_asked_for_too_and_limits_survive_json() -> None:
    caps = fit_feature_caps(ROWS, RECORDS, project(cap_outliers=True, cap_money=True))
    assert Caps.from_record(caps.to_record()).apply(ROWS)["spent"].max() == 10
