"""What a project's tables are asked, and what the answers say."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from holdfast.column_types import Kind
from holdfast.features.build import build
from holdfast.features.library.choose import features_for, unused_columns
from holdfast.features.library.schema import TableFacts, describe_tables, facts_from_record, facts_to_record
from holdfast.features.operators import Formula, Operator
from holdfast.features.reference_page import reference_page
from holdfast.features.spec import Aggregate, Composite, Feature, Window
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape
from holdfast.status_settings import StatusSettings
from holdfast.table_settings import ColumnSettings, MoneySettings, TableSettings
from holdfast.tables.contracts import contract_named

TIME = pl.Datetime("us", "UTC")
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "features.md"
WORDS = {"kind": ("sent", "opened", "clicked", "complaint"), "status": ("paid", "failed")}


def project(rule: ChurnRule = ChurnRule.INACTIVITY, **tables: TableSettings) -> Settings:
    return Settings(name="shop", shape=Shape.EVENTS, tables=tables, churn=ChurnSettings(rule=rule))


def facts(holds: str, *columns: str, extra: dict[str, Kind] | None = None) -> TableFacts:
    contract = contract_named(holds)
    kinds = {c.name: c.kind for c in contract.columns if (c.name in columns or not columns) and c.name != "customer_id"}
    kinds |= extra or {}
    values = {name: WORDS.get(name, ("a", "b", "c")) for name, kind in kinds.items() if kind is Kind.CATEGORY}
    return TableFacts(holds, kinds, {}, values)


CRM = {
    "customers": facts("customers", "signed_up_at", "ended_at", extra={"region": Kind.CATEGORY, "age": Kind.NUMBER}),
    "transactions": facts("transactions", extra={"is_return": Kind.FLAG}),
    "interactions": facts("interactions"),
    "marketing": facts("marketing"),
}
LOG = {"transactions": facts("transactions", "happened_at", "amount")}
SAAS = {name: facts(name) for name in ("usage", "sessions", "crashes", "payments", "support")}


def test_a_crm_is_asked_167_questions_and_a_purchase_log_33() -> None:
    assert len(features_for(CRM, project())) >= 167
    assert len(features_for(LOG, project())) >= 33


@pytest.mark.parametrize("tables", [CRM, LOG, SAAS], ids=["crm", "log", "saas"])
def test_every_feature_says_what_it_means(tables: dict[str, TableFacts]) -> None:
    features = features_for(tables, project())
    assert len({feature.name for feature in features}) == len(features)
    for feature in features:
        assert feature.meaning.endswith(".")
        assert not feature.meaning.endswith(",.")
        assert feature.unit
        assert feature.meaning[0].isupper()
        assert feature.record()["name"] == feature.name
        if isinstance(feature, Aggregate) and feature.window != Window():
            assert feature.name.endswith(f"_{feature.window.name}")


def test_what_is_the_answer_is_never_a_feature() -> None:
    for rule in ChurnRule:
        asked = features_for(CRM | {"customers": facts("customers")}, project(rule))
        assert not {"label", "ended_at", "days_since_ended"} & {feature.name for feature in asked}


def test_numbers_that_only_today_knows_are_left_out_at_cutoffs_and_the_reason_is_said() -> None:
    people = {"customers": facts("customers", extra={"last_login": Kind.TIME, "note": Kind.TEXT})}
    at_cutoffs = {feature.name for feature in features_for(people, project())}
    snapshot = {feature.name for feature in features_for(people, project(ChurnRule.LABEL))}
    assert {"total_amount", "tenure_months", "days_since_last_login"} <= snapshot
    assert not {"total_amount", "tenure_months", "days_since_last_login"} & at_cutoffs
    totals = ("total_amount", "mean_amount", "tenure_months", "purchases", "first_purchase_at", "last_purchase_at")
    ago = ("days_since_purchase", "days_since_first_purchase")
    assert set(unused_columns(people, project())) == {
        f"customers.{name}" for name in ("label", "ended_at", *totals, *ago, "last_login", "note")
    }


def test_the_same_features_are_made_from_the_record_as_from_the_facts() -> None:
    record = json.loads(json.dumps(facts_to_record(CRM)))
    features = features_for(CRM, project())
    assert features_for(facts_from_record(record), project()) == features
    assert json.loads(json.dumps([one.record() for one in features]))[0]["name"] == features[0].name


def test_tables_of_the_same_sort_and_values_alike_keep_their_names_apart() -> None:
    calls = TableFacts(
        "usage", {"kind": Kind.CATEGORY, "duration": Kind.NUMBER}, {}, {"kind": ("+", "-", "A b", "a_b")}
    )
    features = features_for({"calls": calls, "texts": calls}, project())
    assert len({feature.name for feature in features}) == len(features)
    assert len({feature.meaning for feature in features}) == len(features)


def test_a_column_called_as_one_of_our_features_gets_a_name_of_its_own() -> None:
    people = TableFacts(
        "customers",
        {"orders_90d": Kind.NUMBER, "cutoff": Kind.CATEGORY, "rfm_score": Kind.NUMBER, "spend": Kind.NUMBER},
    )
    names = [feature.name for feature in features_for(LOG | {"customers": people}, project())]
    assert {"customer_spend", "customer_orders_90d", "customer_cutoff", "customer_rfm_score", "orders_90d"} <= set(
        names
    )
    assert len(set(names)) == len(names)


def sales() -> pl.DataFrame:
    days = [-300, -40, -40, -10, -10, -3, 5]
    return pl.DataFrame(
        {
            "customer_id": ["a", "a", "a", "a", "a", "a", "a"],
            "happened_at": [CUTOFF + timedelta(days=offset) for offset in days],
            "amount": [10.0, 4.0, 6.0, 30.0, 2.0, -6.0, 500.0],
            "order_id": ["1", "2", "2", "3", "3", "4", "5"],
            "channel": ["web"] * 3 + ["shop"] * 3 + ["phone"],
            "is_return": [False] * 5 + [True, False],
        },
        schema_overrides={"happened_at": TIME},
    ).with_columns(known_at=pl.col("happened_at"))


def shop() -> tuple[dict[str, pl.DataFrame], Settings]:
    kinds = {"amount": Kind.MONEY, "order_id": Kind.TEXT, "channel": Kind.CATEGORY, "is_return": Kind.FLAG}
    columns = {name: ColumnSettings(source=name, kind=kind) for name, kind in kinds.items()}
    settings = TableSettings(files=("x.csv",), holds="transactions", columns=columns)
    return {"customers": pl.DataFrame({"customer_id": ["a"]}), "transactions": sales()}, project(transactions=settings)


def test_orders_are_counted_not_lines_and_returns_are_no_orders() -> None:
    tables, asked = shop()
    features = features_for(describe_tables(tables, asked, CUTOFF), asked)
    row = build(tables, features, pl.Series(["a"]), [CUTOFF]).row(0, named=True)
    assert (row["orders_30d"], row["orders_90d"], row["orders_ever"]) == (1, 2, 3)
    assert row["spend_ever"] == pytest.approx(46)
    assert row["mean_basket_ever"] == pytest.approx(52 / 3)
    assert (row["largest_basket_ever"], row["smallest_basket_ever"], row["median_basket_ever"]) == (32, 10, 10)
    assert (row["days_since_last_order"], row["days_since_first_order"], row["order_span"]) == (10, 300, 290)
    assert (row["mean_order_gap"], row["longest_order_gap"]) == (145, 260)
    assert row["order_overdue"] == pytest.approx(10 / 145)
    assert (row["returns_ever"], row["given_back_ever"]) == (1, 6)
    assert row["return_rate"] == pytest.approx(1 / 3)
    assert row["orders_trend_30d"] == pytest.approx(1 / 1)
    assert row["orders_trend_90d"] is None  # nothing before to compare with


def test_common_values_are_chosen_before_the_first_training_cutoff_only() -> None:
    tables, asked = shop()
    learnt = describe_tables(tables, asked, CUTOFF - timedelta(days=20))["transactions"].values["channel"]
    assert learnt == ("web",)
    assert describe_tables(tables, asked, CUTOFF)["transactions"].values["channel"] == ("shop", "web")


def test_a_labelled_snapshot_gets_its_ratios() -> None:
    yes_no = ("Yes", "No", "No internet service")
    kinds = {"online_security": Kind.CATEGORY, "internet_service": Kind.CATEGORY, "phone_service": Kind.FLAG}
    people = facts("customers", "monthly_amount", "total_amount", "tenure_months", extra=kinds)
    values = {"online_security": yes_no, "internet_service": ("Fiber optic", "DSL", "No")}
    people = TableFacts("customers", people.kinds, {}, values)
    features = features_for({"customers": people}, project(ChurnRule.LABEL))
    table = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "monthly_amount": [30.0, 20.0, 50.0],
            "total_amount": [200.0, None, 1200.0],
            "tenure_months": [10.0, 0.0, 24.0],
            "online_security": ["Yes", "No internet service", None],
            "internet_service": ["DSL", "No", "Fiber optic"],
            "phone_service": [True, True, False],
        }
    )
    answer = build({"customers": table}, features, pl.Series(["a", "b", "c"]), [None])
    assert answer["services_count"].to_list() == [3, 1, 1]
    assert answer["tenure_group"].to_list() == ["6 to 12", "below 6", "24 to 48"]
    assert answer["average_monthly_spend"].to_list() == [20.0, None, 50.0]
    assert answer["charge_to_average"].to_list() == [1.5, None, 1.0]
    assert answer["cutoff"].to_list() == [None] * 3


def test_scores_are_fifths_of_the_customers_at_the_same_cutoff() -> None:
    ids = [f"c{place}" for place in range(10)]
    table = pl.DataFrame(
        {
            "customer_id": ids,
            "happened_at": [CUTOFF - timedelta(days=place + 1) for place in range(10)],
            "amount": [0.1 + 0.2, 0.3, *range(1, 9)],
        },
        schema_overrides={"happened_at": TIME},
        strict=False,
    )
    spent = Aggregate("sales", Operator.SUM, "amount", says="Money")
    since = Aggregate("sales", Operator.DAYS_SINCE_LAST, says="Days")
    scores = (
        Composite("money", Formula.SCORE, (spent,), "score", "Money."),
        Composite("recency", Formula.SCORE_LEAST, (since,), "score", "Recency."),
    )
    answer = build({"sales": table}, scores, pl.Series([*ids, "nobody"]), [CUTOFF, CUTOFF - timedelta(days=5)])
    assert answer.columns == ["customer_id", "cutoff", "money", "recency"]
    now = answer.filter(cutoff=CUTOFF)
    assert now["recency"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1, None]
    # Eleven customers: nobody, then 0.1 + 0.2 and 0.3, which are the same in cents.
    assert now["money"].to_list() == [2, 2, 2, 3, 3, 4, 4, 5, 5, 5, 1]
    before = answer.filter(pl.col("cutoff") < CUTOFF)
    assert before["recency"].to_list() == [None] * 5 + [5, 4, 3, 2, 1, None]


def test_days_since_the_sign_up_are_known_once_it_is_past() -> None:
    people = pl.DataFrame({"customer_id": ["a", "b"], "signed_up_at": [CUTOFF - timedelta(hours=36), CUTOFF]})
    asked = features_for({"customers": facts("customers", "signed_up_at")}, project())
    answer = build({"customers": people.cast({"signed_up_at": TIME})}, asked, pl.Series(["a", "b"]), [CUTOFF])
    assert answer["days_since_signed_up"].to_list() == [1.5, None]


def test_rows_can_be_asked_for_one_by_one() -> None:
    tables, asked = shop()
    features: tuple[Feature, ...] = features_for(describe_tables(tables, asked, CUTOFF), asked)
    cutoffs = [CUTOFF, CUTOFF - timedelta(days=30)]
    rows = pl.DataFrame({"customer_id": ["a"], "cutoff": [cutoffs[1]]}, schema_overrides={"cutoff": TIME})
    one = build(tables, features, rows, ())
    assert one.equals(build(tables, features, pl.Series(["a"]), cutoffs).filter(cutoff=cutoffs[1]))


def test_the_page_of_features_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "make docs"


@pytest.mark.parametrize(
    ("statuses", "is_state"),
    [
        ({"sale": ("paid",), "pending": ("pending",)}, True),
        ({"sale": ("paid", "sent"), "void": ("cancelled",)}, True),
        ({"sale": ("completed",), "refund": ("returned",), "void": ("cancelled",)}, False),
        ({"sale": ("shop", "web")}, False),
    ],
)
def test_how_a_sale_stands_at_the_export_is_no_feature(statuses: dict[str, tuple[str, ...]], is_state: bool) -> None:
    sales = TableSettings(
        holds="transactions",
        files=("sales.csv",),
        columns={"customer_id": ColumnSettings(source="id", kind=Kind.TEXT)},
        statuses=(StatusSettings(column="status", **statuses),),
    )
    tables = {"transactions": facts("transactions")}
    settings = project(transactions=sales)
    names = {feature.name for feature in features_for(tables, settings)}
    assert (not any("status" in name for name in names)) == is_state
    assert not any("refunded" in name for name in names)
    unused = unused_columns(tables, settings)
    assert ("transactions.status" in unused) == is_state
    assert "not known at earlier cutoffs" in unused["transactions.refunded_amount"]


def test_what_is_taken_off_a_sale_later_makes_its_states_no_feature() -> None:
    sales = TableSettings(
        holds="transactions",
        files=("sales.csv",),
        columns={"customer_id": ColumnSettings(source="id", kind=Kind.TEXT)},
        statuses=(StatusSettings(column="kind", sale=("paid",)),),
        money=MoneySettings(refunds=("back",)),
    )
    tables = {"transactions": facts("transactions", "amount", "happened_at", extra={"kind": Kind.CATEGORY})}
    assert not any("kind" in feature.name for feature in features_for(tables, project(transactions=sales)))
