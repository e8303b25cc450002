"""Named segments: every cell named once, edges kept, groups that are really there found."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.models.segments.contracts import ContractSegments, fit_contract_segments
from holdfast.models.segments.kmeans import KMeansSegments, fit_kmeans
from holdfast.models.segments.rfm import NEVER_BOUGHT, RfmSegments, fit_rfm
from holdfast.models.segments.rules import CONTRACT_RULES, RFM_RULES, RISKS, TIERS, contract_cells, rfm_cells
from holdfast.models.segments.strategies import STRATEGIES, segment_summary, strategies_for, with_strategies

CUTOFF = datetime(2024, 7, 1, tzinfo=UTC)


def summary(days: list[float | None], repeats: list[int], money: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [f"c{place}" for place in range(len(days))],
            "last_at": [None if ago is None else CUTOFF - timedelta(days=ago) for ago in days],
            "frequency": repeats,
            "total_value": money,
        },
        schema_overrides={"last_at": pl.Datetime("us", "UTC"), "frequency": pl.Int64, "total_value": pl.Float64},
    )


def test_each_of_the_125_cells_has_exactly_one_segment():
    named = Counter(cell for rule in RFM_RULES for cell in product(rule.recency, rule.frequency, rule.monetary))
    assert set(named) == set(product(range(1, 6), repeat=3))
    assert set(named.values()) == {1}
    assert len(set(rfm_cells().values())) >= 8


def test_each_of_the_18_contract_cells_has_exactly_one_segment():
    named = Counter(cell for rule in CONTRACT_RULES for cell in product(rule.risk, rule.value, rule.settled))
    assert set(named) == set(product(RISKS, TIERS, (True, False)))
    assert set(named.values()) == {1}


def test_better_scores_never_make_a_champion_anything_less():
    for (recency, frequency, monetary), name in rfm_cells().items():
        if name == "Champions":
            better = product(range(recency, 6), range(frequency, 6), range(monetary, 6))
            assert {rfm_cells()[cell] for cell in better} == {"Champions"}


@pytest.mark.parametrize("risk", ["low", "medium", "high"])
def test_every_segment_has_one_strategy_at_every_risk(risk):
    names = {*rfm_cells().values(), *contract_cells().values(), NEVER_BOUGHT}
    assert names == {strategy.segment for strategy in STRATEGIES}
    records = strategies_for(dict.fromkeys(names, risk))
    assert sorted(record["segment"] for record in records) == sorted(names)
    assert all(record["meaning"].endswith(".") and record["action"].endswith(".") for record in records)


def test_what_is_said_of_a_segment_follows_its_risk():
    calm, hot = (strategies_for({"Champions": risk})[0] for risk in ("low", "high"))
    assert calm["meaning"] == hot["meaning"]
    assert "Most stay by themselves" in calm["strategy"]
    assert "take them for granted" in hot["strategy"]


def test_scores_are_fifths_of_the_customers():
    dice = np.random.default_rng(1)
    rows = summary(list(dice.permutation(1000) + 1.0), list(dice.permutation(1000)), list(dice.permutation(1000) / 7))
    assigned = fit_rfm(rows, CUTOFF).assign(rows, CUTOFF)
    for name in ("recency_score", "frequency_score", "monetary_score"):
        assert sorted(assigned[name].value_counts()["count"]) == [200] * 5
    assert assigned.sort("recency_days")["recency_score"].to_list() == sorted(assigned["recency_score"], reverse=True)


def test_where_most_bought_once_one_purchase_scores_one():
    rows = summary([10.0] * 100, [0] * 70 + [1] * 20 + [5] * 10, [20.0] * 100)
    assigned = fit_rfm(rows, CUTOFF).assign(rows, CUTOFF)
    assert assigned["frequency_score"].to_list() == [1] * 70 + [4] * 20 + [5] * 10
    assert set(assigned["recency_score"]) == {5}, "all bought equally lately: nobody is called lost for it"


def test_money_that_differs_by_a_rounding_bit_scores_alike():
    rows = summary([1.0] * 10, [1] * 10, [0.1 + 0.2, 0.3] * 5)
    assert fit_rfm(rows, CUTOFF).assign(rows, CUTOFF)["monetary_score"].n_unique() == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40), st.integers(0, 10_000)), min_size=1, max_size=80))
def test_every_customer_gets_a_segment_and_a_lone_customer_the_same_as_in_the_crowd(rows):
    crowd = summary([float(days) for days, *_ in rows], [n for _, n, _ in rows], [m / 100 for *_, m in rows])
    fitted = fit_rfm(crowd, CUTOFF)
    assigned = fitted.assign(crowd, CUTOFF)
    assert assigned["segment"].null_count() == 0
    assert assigned.select(pl.col("^.*_score$")).to_numpy().min() >= 1
    kept = RfmSegments.from_files(fitted.to_files())
    assert kept == fitted
    assert kept.assign(crowd.tail(1), CUTOFF).equals(assigned.tail(1))


def test_who_never_bought_is_named_so():
    rows = summary([None, 3.0], [0, 2], [0.0, 9.0])
    assigned = fit_rfm(rows, CUTOFF).assign(rows, CUTOFF)
    assert assigned["segment"].to_list()[0] == NEVER_BOUGHT
    assert assigned["rfm"].to_list()[0] is None


def test_nobody_has_no_segment():
    rows = summary([], [], [])
    assert fit_rfm(rows, CUTOFF).assign(rows, CUTOFF).height == 0


def test_sizes_and_revenue_of_the_segments_add_up():
    dice = np.random.default_rng(2)
    rows = summary(list(dice.integers(0, 300, 500) * 1.0), list(dice.integers(0, 9, 500)), list(dice.gamma(1, 90, 500)))
    table = segment_summary(fit_rfm(rows, CUTOFF).assign(rows, CUTOFF))
    assert table["customers"].sum() == 500
    assert table["share_of_revenue"].sum() == pytest.approx(1)
    assert table["revenue"].is_sorted(descending=True)


def test_shares_are_the_same_to_the_last_bit_in_every_run():
    dice = np.random.default_rng(3)
    rows = pl.DataFrame(
        {"segment": [f"s{place % 11}" for place in range(900)], "spent": dice.gamma(1, 90, 900), "revenue_at_risk": 0.1}
    )
    first = segment_summary(rows)
    for again in range(60):
        assert segment_summary(rows.sample(fraction=1, shuffle=True, seed=again)).equals(first)


def contracts() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d", "e", "f"],
            "risk_band": ["low", "high", "high", "medium", "high", "low"],
            "monthly_amount": [90.0, 95.0, 10.0, 50.0, 20.0, None],
            "tenure_months": [40.0, 30.0, 2.0, None, 60.0, 12.0],
        }
    )


def test_contracts_are_named_by_risk_value_and_age():
    fitted = fit_contract_segments(contracts())
    assert fitted.assign(contracts())["segment"].to_list() == [
        "Champions",
        "Cannot Lose",
        "Shaky Start",
        "Need Attention",
        "Slipping Away",
        "Loyal",
    ]
    assert ContractSegments.from_files(fitted.to_files()) == fitted


def test_without_amounts_and_ages_the_risk_alone_names():
    rows = contracts().select("customer_id", "risk_band")
    names = fit_contract_segments(rows).assign(rows)["segment"].to_list()
    assert names == ["Loyal", "At Risk", "At Risk", "Need Attention", "At Risk", "Loyal"]


def blobs(n: int = 300) -> pl.DataFrame:
    dice = np.random.default_rng(6)
    centres = np.array([[5, 40, 4000], [200, 2, 60], [20, 6, 300]])
    points = np.repeat(centres, n // 3, axis=0) * dice.lognormal(0, 0.15, (n, 3))
    return pl.DataFrame(points, schema=["recency_days", "purchases", "spent"]).with_columns(
        customer_id=pl.Series([f"c{place}" for place in range(n)])
    )


MEASURES = ("recency_days", "purchases", "spent")


def test_three_groups_are_found_where_there_are_three():
    rows = blobs()
    fitted = fit_kmeans(rows, MEASURES, seed=1)
    assert fitted.groups == 3
    assert fitted.silhouette["3"] > 0.6
    assert set(fitted.silhouette) == {str(k) for k in range(2, 9)}
    clusters = fitted.assign(rows)["cluster"].to_numpy().reshape(3, -1)
    assert (clusters == clusters[:, :1]).all()
    assert len(set(fitted.names)) == 3
    assert "high spent" in fitted.profiles(rows).sort("mean_spent", descending=True)["cluster_name"][0]


def test_groups_are_the_same_again_and_after_storing():
    rows = blobs()
    fitted = fit_kmeans(rows, MEASURES, seed=1)
    assert fit_kmeans(rows, MEASURES, seed=1) == fitted
    kept = KMeansSegments.from_files(fitted.to_files())
    assert kept.assign(rows).equals(fitted.assign(rows))
    assert kept.assign(rows.head(1)).equals(fitted.assign(rows).head(1))


@pytest.mark.parametrize(
    "rows",
    [blobs(3), pl.concat([blobs(3).head(1)] * 50), blobs(60).with_columns(spent=pl.lit(None, pl.Float64))],
    ids=["three customers", "all alike", "nothing known"],
)
def test_where_there_is_nothing_to_group_there_is_still_an_answer(rows):
    fitted = fit_kmeans(rows, MEASURES, seed=1)
    assigned = fitted.assign(rows)
    assert assigned.height == rows.height
    assert assigned["cluster"].null_count() == 0


def test_contracts_are_not_spoken_of_as_purchases() -> None:
    (bought,), (paid,) = (strategies_for({"Loyal": "low"}, of_contracts=contracts) for contracts in (False, True))
    assert bought["meaning"] == "They came back again and again."
    assert "came back" not in paid["meaning"]
    assert "sell" not in paid["strategy"]


def test_where_nobody_of_a_segment_is_in_the_plan_its_texts_do_not_speak_of_it() -> None:
    names = ["Cannot Lose", "At Risk", "Champions", "Loyal"]
    for of_contracts in (False, True):
        texts = strategies_for(dict.fromkeys(names, "high"), of_contracts=of_contracts)
        summary = pl.DataFrame({"segment": [each["segment"] for each in texts], "in_plan": [0] * len(texts)})
        alone = with_strategies(summary, texts)["action"].to_list()
        assert not [action for action in alone if "those of the plan" in action or "where the plan" in action]
        planned = with_strategies(summary.with_columns(in_plan=pl.lit(3)), texts)["action"].to_list()
        assert planned == [each["action"] for each in texts]
