"""Features that users write themselves: the same records, the same kernel, and mistakes said in words."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

import holdfast
from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.custom.from_python import to_entries
from holdfast.features.custom.unmet import unmet_conditions
from holdfast.features.library.choose import features_as_trained, features_for, unused_columns
from holdfast.features.library.schema import TableFacts, facts_from_record, facts_to_record
from holdfast.features.operators import FORMULAS, OPERATORS, Formula, Operator
from holdfast.features.spec import Aggregate, Attribute, Composite, Feature, Window
from holdfast.settings import ChurnRule, ChurnSettings, FeatureSettings, OwnFeature, Settings, Shape
from holdfast.settings_file import load_settings
from holdfast.table_settings import TableSettings

TIME = pl.Datetime("us", "UTC")
CUTOFF = datetime(2024, 3, 1, tzinfo=UTC)
SALES = "transactions"

FACTS = {
    "customers": TableFacts(
        "customers",
        {
            "signed_up_at": Kind.TIME,
            "region": Kind.CATEGORY,
            "label": Kind.FLAG,
            "ended_at": Kind.TIME,
            "total_amount": Kind.MONEY,
            "monthly_amount": Kind.MONEY,
            "web_share": Kind.NUMBER,
            "has_app": Kind.FLAG,
        },
        {"monthly_amount": "currency"},
        {"region": ("north", "south")},
    ),
    SALES: TableFacts(
        SALES,
        {
            "happened_at": Kind.TIME,
            "known_at": Kind.TIME,
            "amount": Kind.MONEY,
            "order_id": Kind.TEXT,
            "channel": Kind.CATEGORY,
            "is_return": Kind.FLAG,
            "quantity": Kind.NUMBER,
            "Ship To": Kind.CATEGORY,
        },
        {"amount": "currency"},
        {"channel": ("web", "shop")},
    ),
}


def project(*own: Mapping[str, Any] | OwnFeature, rule: ChurnRule = ChurnRule.INACTIVITY) -> Settings:
    table = TableSettings(files=("x",), holds=SALES, columns={}, ignore={"Refund reason": "It comes with the outcome."})
    return Settings(
        name="shop",
        shape=Shape.EVENTS,
        tables={SALES: table},
        churn=ChurnSettings(rule=rule),
        features=FeatureSettings.model_validate({"own": own}),
    )


def own(*entries: Mapping[str, Any] | OwnFeature) -> dict[str, Feature]:
    library = {feature.name for feature in features_for(FACTS, project())}
    features = features_for(FACTS, project(*entries))
    return {feature.name: feature for feature in features if feature.name not in library}


def refusal(*entries: Mapping[str, Any]) -> HoldfastError:
    with pytest.raises(HoldfastError) as refused:
        own(*entries)
    assert "features.own" in refused.value.problem
    assert refused.value.fix.strip()
    return refused.value


def test_measures_and_formulas_of_the_settings_are_records_with_names_units_and_meanings() -> None:
    found = own(
        {"name": "web_orders_60d", "table": SALES, "measure": "count", "where": {"channel": "web"}, "days": 60,
         "unit": "orders", "meaning": "orders over the web."},
        {"table": SALES, "measure": "mean", "of": "amount", "days": 90, "ends_days_ago": 90},
        {"name": "share_of_web", "ratio": ["web_orders_60d", "orders_90d"], "meaning": "Web orders for each order"},
    )  # fmt: skip
    assert [(one.name, one.unit, one.meaning) for one in found.values()] == [
        ("web_orders_60d", "orders", "Orders over the web in the last 60 days."),
        (
            "transactions_amount_mean_90d_until_90d_ago",
            "currency",
            "Mean amount of purchase records in the 90 days that ended 90 days ago.",
        ),
        ("share_of_web", "ratio", "Web orders for each order."),
    ]
    assert found["web_orders_60d"] == Aggregate(
        SALES,
        Operator.COUNT,
        window=Window(60),
        where=(("channel", "web"),),
        unit="orders",
        says="Orders over the web",
        called="web_orders",
    )


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_can_be_asked_for_and_says_what_it_means(operator: Operator) -> None:
    takes = OPERATORS[operator].kinds
    column = {} if not takes else {"of": "channel" if Kind.NUMBER not in takes else "amount"}
    for more in (
        {},
        {"days": 7},
        {"days": 30, "ends_days_ago": 5},
        {"where": {"is_return": False}},
        {"per": "order_id"},
    ):
        if "per" in more and operator is Operator.DISTINCT:
            column = {"of": "order_id"}
        (feature,) = own({"table": SALES, "measure": operator.value, **column, **more}).values()
        assert feature.unit
        assert feature.meaning.endswith(".")
        assert "{" not in feature.meaning
        assert feature.record()["operator"] == operator.value
        assert feature.name == feature.name.lower()


@pytest.mark.parametrize("formula", Formula)
def test_every_formula_can_be_asked_for_over_the_library_and_says_what_it_means(formula: Formula) -> None:
    names = ["monthly_amount", "orders_90d", "has_app"][: FORMULAS[formula].most or 3]
    edges = {"edges": [1, 2.5]} if formula is Formula.BAND else {}
    (feature,) = own({"name": "mine", formula.value: names if len(names) > 1 else names[0], **edges}).values()
    assert isinstance(feature, Composite)
    assert feature.formula is formula
    assert [part.name for part in feature.inputs] == names
    assert feature.unit
    assert feature.meaning.endswith(".")


def test_the_settings_know_every_formula_and_the_words_every_operator() -> None:
    assert set(OPERATORS) == set(Operator)
    assert set(FORMULAS) == set(Formula)
    assert {formula.value for formula in Formula} <= set(OwnFeature.model_fields)


def test_a_name_gets_its_window_and_one_that_lies_about_it_is_refused() -> None:
    count = {"table": SALES, "measure": "count"}
    assert list(own({"name": "lines", **count, "days": 60})) == ["lines_60d"]
    assert list(own({"name": "lines", **count})) == ["lines_ever"]
    assert list(own({"name": "lines_ever", **count})) == ["lines_ever"]
    assert list(own({"name": "lines_7d_until_3d_ago", **count, "days": 7, "ends_days_ago": 3})) == [
        "lines_7d_until_3d_ago"
    ]
    assert list(own({"name": "last_web", "table": SALES, "measure": "days_since_last"})) == ["last_web"]
    assert "says 30d" in refusal({"name": "lines_30d", **count, "days": 60}).problem
    assert "says 30_days" in refusal({"name": "lines_of_30_days", **count}).problem
    assert "says ever" in refusal({"name": "lines_ever_seen", **count, "days": 60}).problem
    assert "says 60d" in refusal({"name": "share_60d", "ratio": ["orders_90d", "orders_30d"]}).problem
    assert "says 2w" in refusal({"name": "gap_2w", "table": SALES, "measure": "gap_max"}).problem
    assert list(own({"name": "lines_in_2w", **count, "days": 14})) == ["lines_in_2w_14d"]
    assert list(own({"name": "share_30d", "ratio": ["orders_90d", "orders_30d"]})) == ["share_30d"]


T = {"table": SALES}
MISTAKES: dict[str, tuple[list[Mapping[str, Any]], str, str]] = {
    "nothing": ([{}], "neither what to measure nor a formula", "measure: count"),
    "both": ([{**T, "measure": "count", "ratio": ["a", "b"]}], "measure and ratio at once", "One of"),
    "no table": ([{"measure": "count"}], "names no table", "table: transactions"),
    "unknown table": (
        [{"table": "transaction", "measure": "count"}],
        "Did you mean transactions",
        "table: transactions",
    ),
    "unknown operator": ([{**T, "measure": "meen", "of": "amount"}], "Did you mean mean", "measure: one of count, sum"),
    "another word": ([{**T, "measure": "average", "of": "amount"}], "Did you mean mean", "one of"),
    "unknown column": ([{**T, "measure": "mean", "of": "amont"}], "Did you mean amount", "amount, order_id, channel"),
    "no column": ([{**T, "measure": "mean"}], "mean needs a column", "of: amount"),
    "needless column": ([{**T, "measure": "gap_max", "of": "amount"}], "looks at times alone", "Leave of out"),
    "words averaged": ([{**T, "measure": "mean", "of": "channel"}], "channel is of kind category", "amount, is_return"),
    "ids as a category": ([{**T, "measure": "last", "of": "order_id"}], "order_id is of kind text", "amount"),
    "numbers told apart": ([{**T, "measure": "distinct", "of": "amount"}], "amount is of kind money", "order_id"),
    "a time": ([{**T, "measure": "max", "of": "known_at"}], "no column known_at to measure", "amount"),
    "an ignored column": ([{**T, "measure": "mean", "of": "refund_reason"}], "comes with the outcome", "ignore to col"),
    "unknown where": ([{**T, "measure": "count", "where": {"chanel": "web"}}], "Did you mean channel", "channel"),
    "where on numbers": ([{**T, "measure": "count", "where": {"amount": "5"}}], "amount is of kind money", "order_id"),
    "where with a list": ([{**T, "measure": "count", "where": {"channel": ["a", "b"]}}], "several values", "total:"),
    "where with a number": ([{**T, "measure": "count", "where": {"order_id": 7}}], "which is not a text", '"7"'),
    "flag with a word": (
        [{**T, "measure": "count", "where": {"is_return": "yes"}}],
        "neither true nor",
        "is_return: true",
    ),
    "per a number": ([{**T, "measure": "sum", "of": "amount", "per": "quantity"}], "quantity is of kind", "order_id"),
    "per of words": (
        [{**T, "measure": "last", "of": "channel", "per": "order_id"}],
        "adds up the numbers",
        "leave per",
    ),
    "window 0": ([{**T, "measure": "count", "days": 0}], "days is 0", "days: 60"),
    "window in words": ([{**T, "measure": "count", "days": "30d"}], "days is '30d'", "days: 30"),
    "half a day": ([{**T, "measure": "count", "days": 0.5}], "days is 0.5", "days: 60"),
    "a flag as window": ([{**T, "measure": "count", "days": True}], "days is True", "days: 60"),
    "window of ages": ([{**T, "measure": "count", "days": 10**9}], "days is 1000000000", "days: 60"),
    "ends in the future": ([{**T, "measure": "count", "ends_days_ago": -1}], "ends_days_ago is -1", "ends_days_ago: 0"),
    "edges of a measure": ([{**T, "measure": "count", "edges": [1]}], "edges belong to a band", "Leave edges out"),
    "taken": (
        [{"name": "orders_90d", **T, "measure": "count", "days": 90}],
        "has a feature orders_90d",
        "my_orders_90d",
    ),
    "taken by a column": (
        [{"name": "web_share", "ratio": ["orders_30d", "orders_90d"]}],
        "web_share already",
        "my_web",
    ),
    "taken twice": (
        [{**T, "measure": "count", "days": 3}, {**T, "measure": "count", "days": 3}],
        "entry 1 has",
        "another",
    ),
    "reserved": ([{"name": "spend", "ratio": ["orders_30d", "orders_90d"]}], "name spend is kept", "my_spend"),
    "badly written": ([{"name": "Web Orders!", **T, "measure": "count"}], "is no name", "name: web_orders"),
    "a digit first": ([{"name": "2nd", "ratio": ["orders_30d", "orders_90d"]}], "is no name", "name: nd"),
    "too long": ([{"name": "a" * 120, **T, "measure": "count"}], "is no name", "name: aaa"),
    "no name left": ([{**T, "measure": "count", "where": {"channel": "+"}}], "leave no name", "name: my_feature"),
    "the label": ([{"name": "x", "ratio": ["label", "orders_90d"]}], "leak: It is the answer", "another feature"),
    "the end": ([{"name": "x", "ratio": ["days_since_ended", "orders_90d"]}], "leak: It is the answer", "another"),
    "the end's column": ([{"name": "x", "band": "ended_at", "edges": [1]}], "leak: It is the answer", "another"),
    "of today": ([{"name": "x", "ratio": ["total_amount", "orders_90d"]}], "grows with time", "another feature"),
    "label measured": (
        [{"table": "customers", "measure": "mean", "of": "label"}],
        "would be a leak",
        "table of events",
    ),
    "customers": ([{"table": "customers", "measure": "mean", "of": "age"}], "one row a customer", "in a formula"),
    "unknown input": ([{"name": "x", "ratio": ["orders_90d", "orders_91d"]}], "Did you mean orders_9", "full name"),
    "a window forgotten": (
        [{"name": "web", **T, "measure": "count", "days": 9}, {"name": "x", "ratio": ["web", "orders_90d"]}],
        "no feature web. Did you mean web_9d",
        "window included",
    ),
    "circle": (
        [{"name": "a", "ratio": ["b", "orders_90d"]}, {"name": "b", "ratio": ["a", "orders_90d"]}],
        "a -> b -> a",
        "out of the circle",
    ),
    "of itself": ([{"name": "a", "score": "a"}], "a -> a", "out of the circle"),
    "a category": ([{"name": "x", "ratio": ["region", "orders_90d"]}], "region, which is a category", "numbers"),
    "one of two": ([{"name": "x", "ratio": ["orders_90d"]}], "the names of two features", "ratio: [one"),
    "three of two": ([{"name": "x", "difference": ["a", "b", "c"]}], "the names of two features", "difference: [one"),
    "one to add": ([{"name": "x", "total": "orders_90d"}], "two features or more", "total: [one"),
    "two scores": ([{"name": "x", "score": ["a", "b"]}], "name of one feature", "score: a_feature"),
    "numbers for names": ([{"name": "x", "ratio": [1, 2]}], "the names of two features", "ratio: [one"),
    "no name": ([{"total": ["orders_90d", "orders_30d"]}], "needs a name", "name: my_total"),
    "no edges": ([{"name": "x", "band": "orders_90d"}], "needs edges", "edges: [1, 5, 10]"),
    "edges fall": ([{"name": "x", "band": "orders_90d", "edges": [3, 1]}], "do not rise", "edges: [1, 5, 10]"),
    "edges alike": ([{"name": "x", "band": "orders_90d", "edges": [1, 1.0]}], "do not rise", "edges:"),
    "edges of a ratio": ([{"name": "x", "ratio": ["a", "b"], "edges": [1]}], "belong to a band", "Leave edges out"),
    "a formula's window": ([{"name": "x", "ratio": ["a", "b"], "days": 7}], "days belong to a measure", "of their own"),
    "too deep": (
        [{"name": f"a{n}", "score": f"a{n + 1}"} for n in range(999)] + [{"name": "a999", "score": "orders_90d"}],
        "within formulas, more than 10 deep",
        "of measures directly",
    ),
    "too large": (
        [{"name": "a0", "total": ["orders_90d"] * 40}]
        + [{"name": f"a{n + 1}", "total": [f"a{n}"] * 40} for n in range(3)],
        "made of more than 1,000 measures",
        "fewer",
    ),
    "too many": ([{**T, "measure": "count", "days": n + 1} for n in range(1001)], "1,001 entries", "1,000"),
}


@pytest.mark.parametrize(("entries", "problem", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_what_to_type(entries: list[Mapping[str, Any]], problem: str, fix: str) -> None:
    refused = refusal(*entries)
    assert problem in refused.problem
    assert fix in refused.fix


def test_a_table_written_wrongly_is_fixed_to_the_nearest_not_the_first() -> None:
    facts = {**FACTS, "calls": TableFacts("events", {"happened_at": Kind.TIME, "minutes": Kind.NUMBER})}
    with pytest.raises(HoldfastError, match="Did you mean calls") as told:
        features_for(facts, project({"table": "call", "measure": "count"}))
    assert told.value.fix == "table: calls"


def test_columns_that_only_today_knows_may_be_used_where_only_today_is_asked() -> None:
    asked = project({"name": "x", "ratio": ["total_amount", "monthly_amount"]}, rule=ChurnRule.LABEL)
    assert features_for(FACTS, asked)[-1].name == "x"


def test_a_column_of_any_spelling_can_be_measured() -> None:
    (feature,) = own({"table": SALES, "measure": "last", "of": "Ship To"}).values()
    assert (feature.name, feature.is_category, feature.unit) == ("transactions_ship_to_last_ever", True, "category")


def test_columns_that_an_own_feature_uses_are_no_longer_listed_as_left_out() -> None:
    entry = {"table": SALES, "measure": "distinct", "of": "Ship To"}
    assert "transactions.Ship To" in unused_columns(FACTS, project())
    assert "transactions.Ship To" not in unused_columns(FACTS, project(entry))


def test_own_features_are_measured_as_declared() -> None:
    table = pl.DataFrame(
        {
            "customer_id": ["a"] * 4 + ["b"],
            "happened_at": [CUTOFF - timedelta(days=days) for days in (10, 40, 61, 0, 5)],
            "channel": ["web", "web", "web", "web", "it's"],
            "amount": [1.0, 2.0, 4.0, 8.0, 16.0],
        },
        schema_overrides={"happened_at": TIME},
    )
    people = pl.DataFrame({"customer_id": ["a", "b"], "has_app": [True, None], "region": ["north", "no"]})
    entries = (
        {"name": "web", "table": SALES, "measure": "count", "where": {"channel": "web"}, "days": 60},
        {"name": "quoted", "table": SALES, "measure": "sum", "of": "amount", "where": {"channel": "it's"}},
        {"name": "share", "ratio": ["web_60d", "lines_ever"]},
        {"name": "lines", "table": SALES, "measure": "count"},
        {"name": "size", "band": "quoted_ever", "edges": [0.5, 1_000_000, 1_000_001]},
        {"name": "having", "count_having": ["has_app", "region", "web_60d"]},
        {"name": "added", "total": ["has_app", "web_60d"]},
        {"name": "app_score", "score": "has_app"},
    )
    found = own(*entries)
    answer = build({SALES: table, "customers": people}, [*found.values()], pl.Series(["a", "b"]), [CUTOFF])
    assert answer.drop("cutoff").rows() == [
        ("a", 2.0, 0.0, 2 / 3, 3.0, "below 0.5", 3.0, 3.0, 5.0),
        ("b", 0.0, 16.0, 0.0, 1.0, "0.5 to 1000000", 0.0, 0.0, None),
    ]


def test_the_records_are_the_same_from_yaml_from_dicts_and_from_python() -> None:
    text = """
      - {name: web_60d, table: transactions, measure: count, where: {channel: web}, days: 60, unit: o, meaning: Web}
      - {name: paid_60d, table: transactions, measure: sum, of: amount, where: {is_return: false}, days: 60, unit: EUR,
         meaning: Paid}
      - {name: mean_web, ratio: [paid_60d, web_60d], unit: EUR, meaning: Money for each web order}
      - {name: web_rank, score: web_60d, unit: score, meaning: How many}
    """
    web = Aggregate(
        SALES, Operator.COUNT, window=Window(60), where=(("channel", "web"),), unit="o", says="Web", called="web"
    )
    sold = (("is_return", "false"),)
    paid = Aggregate(SALES, Operator.SUM, "amount", Window(60), sold, unit="EUR", says="Paid", called="paid")
    mean = Composite("mean_web", Formula.RATIO, (paid, web), "EUR", "Money for each web order.", SALES)
    rank = Composite("web_rank", Formula.SCORE, (web,), "score", "How many.", SALES)
    entries = yaml.safe_load(text)
    expected = {one.name: one for one in (web, paid, mean, rank)}
    assert own(*entries) == expected
    assert own(*to_entries(entries)) == expected
    assert own(*to_entries((mean, rank))) == expected
    assert own(*to_entries((rank, mean, web))) == expected


def test_a_record_of_the_library_can_be_part_of_a_formula_in_python() -> None:
    library = {feature.name: feature for feature in features_for(FACTS, project())}
    change = Composite("pace", Formula.RATIO, (library["orders_30d"], library["monthly_amount"]), "ratio", "Pace.")
    assert list(own(*to_entries([change]))) == ["pace"]
    other = replace(library["orders_30d"], says="Other")  # type: ignore[type-var]
    with pytest.raises(HoldfastError, match="has a feature orders_30d already"):
        own(*to_entries([other]))


def test_records_that_are_no_measures_and_names_that_clash_are_refused_in_python() -> None:
    with pytest.raises(HoldfastError, match="is a feature already"):
        to_entries([Attribute("region", "category", "Region.")])
    first = Aggregate(SALES, Operator.COUNT, says="One", called="x")
    with pytest.raises(HoldfastError, match="Two different features are called x_ever"):
        to_entries([first, replace(first, says="Two")])
    with pytest.raises(HoldfastError, match=r"no setting mesure\. Did you mean measure"):
        to_entries([{"mesure": "count"}])
    with pytest.raises(HoldfastError, match="entry 2: name: Input should be a valid string"):
        to_entries([first, {"name": 7}])


def test_the_run_knows_its_features_and_says_so_when_the_settings_have_changed() -> None:
    web = {"name": "web_60d", "table": SALES, "measure": "count", "where": {"channel": "web"}, "days": 60}
    trained = project(web)
    records = json.loads(json.dumps([feature.record() for feature in features_for(FACTS, trained)]))
    facts = facts_from_record(json.loads(json.dumps(facts_to_record(FACTS))))
    assert features_as_trained(facts, trained, records, "holdfast run shop") == features_for(FACTS, trained)
    better_words = project({**web, "meaning": "Orders over the web", "unit": "orders"})
    assert features_as_trained(facts, better_words, records, "holdfast run shop")
    for changed, words in (
        (project(), r"1 no longer there \(web_60d\)"),
        (project(web, {**web, "days": 9, "name": "late"}), r"1 new \(late_9d\)"),
        (project({**web, "where": {"channel": "shop"}}), r"1 measured differently \(web_60d\)"),
    ):
        with pytest.raises(HoldfastError, match=words) as refused:
            features_as_trained(facts, changed, records, "holdfast run shop")
        assert "holdfast run shop, to train" in refused.value.fix


def test_mistakes_in_the_file_are_reported_when_the_project_is_opened(tmp_path: Path) -> None:
    def opened(entry: str) -> holdfast.Project:
        (tmp_path / "holdfast.yaml").write_text(
            "name: shop\nshape: purchases\nchurn: {rule: inactivity}\n"
            "tables: {transactions: {files: [x.csv], holds: transactions, columns: {}}}\n"
            f"features:\n  own:\n    - {entry}\n"
        )
        return holdfast.open_project(tmp_path)

    with pytest.raises(HoldfastError, match="entry 1: there is no measure meen"):
        opened("{table: transactions, measure: meen, of: amount}")
    with pytest.raises(
        HoldfastError, match=r"features\.own, entry 1, mesure: there is no such setting; did you mean measure"
    ):
        opened("{table: transactions, mesure: mean, of: amount}")
    found = opened("{name: a, table: transactions, measure: count}")
    more = found.with_features(
        Aggregate(SALES, Operator.COUNT, says="B", called="b"), {"name": "c", "ratio": ["a_ever", "b_ever"]}
    )
    assert [entry.name for entry in more.settings.features.own] == ["a", "b_ever", "c"]
    assert len(found.settings.features.own) == 1
    with pytest.raises(HoldfastError, match=r"entry 2 \(a_ever\): entry 1 has the same name"):
        found.with_features({"name": "a", "table": "other", "measure": "count"})
    assert load_settings(tmp_path / "holdfast.yaml").features.own == found.settings.features.own


def sold(*rows: tuple[str | None, bool]) -> dict[str, pl.DataFrame]:
    frame = pl.DataFrame(rows, schema={"channel": pl.String, "is_return": pl.Boolean}, orient="row")
    return {SALES: frame}


def test_a_value_that_no_row_has_is_reported_with_the_nearest_that_occur() -> None:
    parts = [sold(("Web", False), (None, True)), sold(("shop", False), ("shop", False), ("web app", False))]

    def told(*own: Mapping[str, Any]) -> tuple[str, ...]:
        return unmet_conditions(project(*own), parts)

    count = {"table": SALES, "measure": "count"}
    assert told({**count, "name": "n", "where": {"channel": "shop"}}, {**count, "where": {"is_return": True}}) == ()
    slip = [{**count, "name": name, "where": {"channel": "WEB"}} for name in ("a", "b")]
    assert told(*slip) == (
        "a_ever (and 1 more of your own): no row of transactions has channel 'WEB', so nothing is ever counted. "
        "Nearest of the values that occur: 'Web', 'web app'.",
    )
    assert told({**count, "name": "n", "where": {"channel": "catalogue"}})[0].endswith(
        "The commonest values are 'shop', 'Web', 'web app'."
    )
    together = {**count, "name": "n", "where": {"channel": "shop", "is_return": True}}
    assert told(together) == (
        "n_ever: no row of transactions has channel 'shop' and is_return 'true' at once, so nothing is ever counted.",
    )
    assert len(told({**together, "where": {"channel": "shp", "is_return": True}})) == 1


def test_no_more_parts_are_looked_at_than_it_takes() -> None:
    def parts() -> Any:
        yield sold(("web", False))
        pytest.fail("the first part has it")

    own = {"table": SALES, "measure": "count", "where": {"channel": "web"}}
    assert unmet_conditions(project(own), parts()) == ()
    assert unmet_conditions(project(), parts()) == ()
