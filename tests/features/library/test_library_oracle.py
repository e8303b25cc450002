"""Formulas, attributes, own features and the whole library against plain SQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.features.sql_oracle import agree

from holdfast.column_types import Kind
from holdfast.cutoffs.population import population
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import TableFacts, describe_tables
from holdfast.features.operators import Formula
from holdfast.features.spec import Composite, Feature
from holdfast.quality.clean import clean
from holdfast.service.init import init
from holdfast.settings import ChurnRule, ChurnSettings, FeatureSettings, Settings, Shape
from holdfast.settings_file import load_settings
from holdfast.simulator.simulate import checked_request
from holdfast.simulator.write import simulate_into
from holdfast.sources.read import read_table

TIME = pl.Datetime("us", "UTC")
CUTOFFS = (datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 3, 31, 1, 0, 0, 1, tzinfo=UTC))
IDS = ("anna", "Ünal 李 🛒", "o'brien", 'd"Arc', "nobody")
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

PEOPLE = {
    "signed_up_at": Kind.TIME,
    "monthly_amount": Kind.MONEY,
    "tenure_months": Kind.NUMBER,
    "total_amount": Kind.MONEY,
    "region": Kind.CATEGORY,
    "internet_service": Kind.CATEGORY,
    "online_backup": Kind.FLAG,
}
SALES = {
    "happened_at": Kind.TIME,
    "known_at": Kind.TIME,
    "amount": Kind.MONEY,
    "quantity": Kind.NUMBER,
    "order_id": Kind.TEXT,
    "channel": Kind.CATEGORY,
    "is_return": Kind.FLAG,
}
CONTACTS = {"happened_at": Kind.TIME, "kind": Kind.CATEGORY, "satisfaction": Kind.NUMBER, "resolved": Kind.FLAG}
DTYPES = {Kind.TIME: TIME, Kind.FLAG: pl.Boolean, Kind.NUMBER: pl.Float64, Kind.MONEY: pl.Float64}
FACTS = {
    "customers": TableFacts("customers", PEOPLE, {}, {"region": ("N", "S"), "internet_service": ("DSL", "No")}),
    "transactions": TableFacts("transactions", SALES, {"amount": "currency"}, {"channel": ("web", "shop")}),
    "interactions": TableFacts("interactions", CONTACTS, {}, {"kind": ("complaint", "question")}),
}
OWN = """
- {name: web_60d, table: transactions, measure: count, where: {channel: web}, days: 60, meaning: Web orders}
- {name: quoted, table: transactions, measure: sum, of: amount, where: {channel: "it's \\"fine\\"", is_return: false}}
- {table: transactions, measure: mean, of: amount, days: 90, ends_days_ago: 90}
- {table: transactions, measure: median, of: amount, per: order_id, where: {is_return: false}, days: 45}
- {table: transactions, measure: last, of: channel, days: 400}
- {table: interactions, measure: gap_std, where: {kind: complaint}}
- {table: interactions, measure: mean, of: resolved, days: 30}
- {name: web_share, ratio: [web_60d, orders_90d]}
- {name: pace, difference: [web_share, orders_trend_30d]}
- {name: everything, total: [web_60d, interactions_30d, online_backup, satisfaction_known_ever, web_60d]}
- {name: satisfaction_known, table: interactions, measure: count, of: satisfaction}
- {band: everything, edges: [-1, 0, 1, 2.5, 4]}
- {name: having, count_having: [region, internet_service, online_backup, web_60d, everything_band, tenure_months]}
- {score: everything}
- {score_least: days_since_last_order}
- {name: of_scores, ratio: [everything_score, rfm_score]}
- {name: rank_of_rank, score: of_scores}
- {name: backup_rank, score_least: online_backup}
"""


def project(rule: ChurnRule = ChurnRule.INACTIVITY) -> Settings:
    own = FeatureSettings.model_validate({"own": yaml.safe_load(OWN)})
    return Settings(name="shop", shape=Shape.EVENTS, tables={}, churn=ChurnSettings(rule=rule), features=own)


def whole(rule: ChurnRule) -> tuple[Feature, ...]:
    return features_for(FACTS, project(rule))


WHOLE = whole(ChurnRule.LABEL)  # with total_amount and tenure_months, which past cutoffs may not see
moments = st.one_of(
    st.integers(-60 * 24, 48).map(lambda hours: CUTOFFS[0] + timedelta(hours=hours)),
    st.sampled_from([c - timedelta(days=days) for c in CUTOFFS for days in (0, 30, 45, 60, 90, 180)]),
)
cents = st.one_of(st.none(), st.integers(-5000, 500000).map(lambda number: number / 100), st.sampled_from([0.0, -0.0]))
small = st.one_of(st.none(), st.integers(-2, 12).map(float))
flags = st.sampled_from([True, False, None])
sales = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(IDS[:4]),
            "happened_at": moments,
            "known_at": st.one_of(st.none(), moments),
            "amount": cents,
            "quantity": small,
            "order_id": st.sampled_from(["o1", "o2", None]),
            "channel": st.sampled_from(["web", "shop", 'it\'s "fine"', None]),
            "is_return": flags,
        }
    ),
    max_size=30,
)
contacts = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(IDS[:4]),
            "happened_at": moments,
            "kind": st.sampled_from(["complaint", "question", None]),
            "satisfaction": small,
            "resolved": flags,
        }
    ),
    max_size=12,
)
people = st.fixed_dictionaries(
    {
        "signed_up_at": st.one_of(st.none(), moments),
        "monthly_amount": cents,
        "tenure_months": small,
        "total_amount": cents,
        "region": st.sampled_from(["N", "no where", "None", " 0 ", "0.0", "nobel", "", None]),
        "internet_service": st.sampled_from(["DSL", "No", None]),
        "online_backup": flags,
    }
)


def table(kinds: dict[str, Kind], rows: list[dict[str, object]]) -> pl.DataFrame:
    dtypes = {name: DTYPES.get(kind, pl.String) for name, kind in kinds.items()}
    return pl.DataFrame(rows, schema={"customer_id": pl.String, **dtypes})


def asked_at(cutoffs: tuple[datetime, ...], *ids: str) -> pl.DataFrame:
    moments = pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": TIME})
    return pl.DataFrame({"customer_id": ids}).join(moments, how="cross")


@QUICK
@given(sales, contacts, st.lists(people, min_size=len(IDS), max_size=len(IDS)))
def test_formulas_attributes_and_own_features_agree_with_sql(
    sold: list[dict[str, object]], met: list[dict[str, object]], told: list[dict[str, object]]
) -> None:
    customers = [{"customer_id": name, **one} for name, one in zip(IDS, told, strict=True)]
    tables = {
        "customers": table(PEOPLE, customers[:-1]),  # the last has events at most
        "transactions": table(SALES, sold),
        "interactions": table(CONTACTS, met),
    }
    agree(tables, WHOLE, asked_at(CUTOFFS, *IDS), scale=5000)


def test_formulas_of_what_is_too_great_for_a_number_are_not_known() -> None:
    amounts = {"a": [1e308, 1e308], "b": [1e-308, 5e-324], "c": [1.0, 2.0]}
    rows = [
        {"customer_id": name, "happened_at": CUTOFFS[0] - timedelta(days=1 + day), "amount": amount, "is_return": False}
        for name, numbers in amounts.items()
        for day, amount in enumerate(numbers)
    ]
    spend, largest = (one for one in WHOLE if one.name in {"spend_ever", "largest_basket_ever"})
    asked: list[Feature] = [largest, Composite("band", Formula.BAND, (spend,), "category", "X.", values=(0.0, 1.5))]
    for formula in (Formula.RATIO, Formula.DIFFERENCE, Formula.LEFT_OF_TERM, Formula.TOTAL):
        asked += [
            Composite(f"{formula.value}_{place}", formula, inputs, "number", "X.")
            for place, inputs in enumerate([(spend, largest), (largest, spend), (spend, spend), (largest, largest)])
        ]
    agree({"transactions": table(SALES, rows)}, asked, asked_at(CUTOFFS[:1], *amounts))


def test_every_feature_of_a_crm_agrees_with_sql(tmp_path: Path) -> None:
    simulate_into(tmp_path / "raw", checked_request("crm", 2_000, seed=5))
    begun = init(tmp_path / "shop", [str(tmp_path / "raw")])
    shop = load_settings(begun.file)
    raw = {name: read_table(name, table, begun.folder).rows for name, table in shop.tables.items()}
    tables = clean(raw, shop).tables
    last = tables["transactions"]["happened_at"].max()
    assert isinstance(last, datetime)
    day = last.replace(hour=0, minute=0, second=0, microsecond=0)
    cutoffs = tuple(day - timedelta(days=days) for days in (-1, 89, 300))
    features = features_for(describe_tables(tables, shop, cutoffs[-1]), shop)
    assert len(features) > 200
    asked = pl.concat(asked_at((cutoff,), *population(tables, shop, cutoff)) for cutoff in cutoffs)
    agree(tables, features, asked)
