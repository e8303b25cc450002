"""Files for BI tools: flat, safe, and adding up."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reports.bi_written import bi_written

from holdfast.quality.records import WholeTables
from holdfast.reports import bi
from holdfast.reports.bi import cohorts
from holdfast.reports.drivers import drivers
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.settings import Settings
from holdfast.stats.sums import money_total

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def test_drivers_add_up_to_those_of_the_report(inputs: ReportInputs) -> None:
    table = bi_written(inputs)["drivers"]
    groups = table.group_by("group").agg(pl.col("importance").sum(), pl.col("feature"))
    stands = {driver.feature: driver for driver in drivers(inputs, 12)}
    for group in groups.filter(pl.col("importance") > 0).to_dicts():
        assert stands[group["group"]].importance == pytest.approx(group["importance"])
        assert stands[group["group"]].alike == len(group["feature"]) - 1


def test_files_are_the_same_however_many_rows_are_written_at_a_time(
    inputs: ReportInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bi_written(inputs)
    monkeypatch.setattr(bi, "_ROWS_AT_ONCE", 7)
    assert whole["customers"].height > 7
    for name, table in bi_written(inputs).items():
        assert table.equals(whole[name]), name


def test_every_table_is_there_and_flat(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    of_customers = {"contacts", "notices", "left", "customers", "lapsed", "lifecycle", "lifecycle_moves"}
    assert set(tables) == of_customers | {"kpis", "segments", "drivers", "cohorts", "monthly", "dictionary"}
    for table in tables.values():
        assert not any(dtype.is_nested() or dtype.is_temporal() for dtype in table.schema.values())
        table.write_csv()


def test_one_row_a_customer_with_the_predictions_as_they_are(inputs: ReportInputs) -> None:
    table = bi_written(inputs)["customers"]
    assert table["customer_id"].n_unique() == table.height == inputs.predictions.height
    both = table.join(inputs.predictions, on="customer_id", suffix="_given")
    assert both["churn_probability"].to_list() == pytest.approx(both["churn_probability_given"].to_list(), abs=5e-7)
    assert both["revenue_at_risk"].to_list() == pytest.approx(both["revenue_at_risk_given"].to_list(), abs=0.0101)
    assert table["priority"].is_sorted()
    assert table["cutoff"][0] == "2025-07-01T00:00:00Z"
    assert table["offer"].drop_nulls().len() == inputs.chosen.height if inputs.chosen is not None else False
    assert "transactions_days_since_last_ever" in table.columns


@given(st.sampled_from(STARTS), st.text(max_size=8))
def test_no_text_can_become_a_formula(start: str, rest: str) -> None:
    table = pl.DataFrame({f"{start}{rest}": [f"{start}{rest}", "plain", None], "number": [-1.5, 2.0, float("nan")]})
    safe = spreadsheet_safe(table)
    header = safe.columns[0]
    assert header.startswith("'")
    assert safe[header][0].startswith("'")
    assert "\x00" not in safe[header][0]
    assert safe[header][1:].to_list() == ["plain", None]
    assert safe["number"].to_list() == [-1.5, 2.0, None]


def test_negative_numbers_stay_numbers_in_the_file() -> None:
    written = spreadsheet_safe(pl.DataFrame({"amount": [-3.5], "note": ["-3.5"]})).write_csv()
    assert list(csv.reader(io.StringIO(written)))[1] == ["-3.5", "'-3.5"]


def test_hostile_ids_and_reasons_are_quoted(world: Callable[..., ReportInputs]) -> None:
    base = world(20)
    hostile = base.predictions.with_columns(
        customer_id=pl.concat_str(pl.lit("=cmd|' /C calc'!A"), pl.col("customer_id")), reason_1=pl.lit("@SUM(A1)")
    )
    table = bi_written(world(20, predictions=hostile))["customers"]
    assert table["customer_id"].str.starts_with("'=cmd").all()
    assert (table["reason_1"] == "'@SUM(A1)").all()


def test_nested_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="tags"):
        spreadsheet_safe(pl.DataFrame({"tags": [["a"]]}))


def test_attributes_ride_along_without_the_answer(world: Callable[..., ReportInputs]) -> None:
    customers = world(20).predictions.select("customer_id", city=pl.lit("Ulm"), label=pl.lit(value=False))
    table = bi_written(world(20, cleaned_tables=WholeTables({"customers": customers})))["customers"]
    assert (table["city"] == "Ulm").all()
    assert "label" not in table.columns


events = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.datetimes(datetime(2024, 1, 1), datetime(2024, 8, 1)),  # noqa: DTZ001
        st.integers(-5_000, 20_000),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(events)
def test_the_retention_triangle_adds_up_to_the_ledger(rows: list[tuple[str, datetime, int]]) -> None:
    cutoff = datetime(2024, 6, 1, tzinfo=UTC)
    table = pl.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "happened_at": pl.Series([row[1] for row in rows]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            "amount": [row[2] / 100 for row in rows],
        }
    )
    project = Settings.model_validate(
        {
            "name": "shop",
            "shape": "purchases",
            "tables": {"sales": {"files": ["s.csv"], "holds": "transactions", "columns": {}}},
            "churn": {"rule": "inactivity"},
        }
    )
    triangle = cohorts(WholeTables({"sales": table}), project, cutoff)
    before = table.filter(pl.col("happened_at") < cutoff)
    assert triangle["revenue"].sum() == pytest.approx(before["amount"].sum(), abs=0.005)
    sizes = dict(triangle.unique("cohort").select("cohort", "customers").iter_rows())
    assert sum(sizes.values()) == before["customer_id"].n_unique()
    bought = before.filter(pl.col("amount") > 0)["customer_id"].n_unique()
    assert sizes.get(None, 0) == before["customer_id"].n_unique() - bought
    assert (triangle["active"] <= triangle["customers"]).all()
    of_cohorts = triangle.drop_nulls("cohort")
    assert (of_cohorts["months_since"] >= 0).all()
    assert (of_cohorts.filter(months_since=0)["retention"] == 1).all(), "everybody bought in the month of the first"
    of_month = triangle.group_by("month").agg(pl.col("revenue").sum()).filter(pl.col("revenue").abs() > 0.004)
    month = pl.col("happened_at").dt.date().dt.truncate("1mo").alias("month")
    came = before.group_by(month).agg(pl.col("amount").sum()).filter(pl.col("amount").abs() > 0.004)
    assert dict(of_month.iter_rows()) == pytest.approx(dict(came.iter_rows()), abs=0.005)


def test_without_events_the_tables_have_headers_and_no_rows(inputs: ReportInputs) -> None:
    tables = bi_written(ReportInputs(settings=inputs.settings, predictions=inputs.predictions))
    assert tables["cohorts"].height == tables["monthly"].height == 0
    assert "retention" in tables["cohorts"].columns


def test_the_offer_of_a_customer_stands_once(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    assert bi_written(world(60))["customers"]["offer_gain"].is_null().all(), "placeholders promise nothing"
    base = world(60, settings=settings(decisions={"offers": [{"name": "call", "cost": 9, "saves": 0.2}]}))
    assert base.plan is not None
    table = bi_written(base)["customers"]
    assert [name for name in table.columns if name.endswith("_right") or name == "expected_gain"] == []
    assert len(set(table.columns)) == table.width
    shown = table.drop_nulls("offer").select("customer_id", "offer", "offer_cost", "offer_gain")
    planned = base.plan.select("customer_id", "offer", "cost", "expected_gain")
    assert shown.select("customer_id", "offer").sort("customer_id").rows() == (
        planned.select("customer_id", "offer").sort("customer_id").rows()
    )
    gains = planned.sort("customer_id")["expected_gain"].to_list()
    assert shown.sort("customer_id")["offer_gain"].to_list() == pytest.approx(gains, abs=0.0051)


def test_revenue_adds_up_to_the_cent_in_every_table(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    assert inputs.segments is not None
    cents = round(100 * money_total(inputs.cleaned_tables.whole()["transactions"]["amount"]))
    assert sum(round(100 * amount) for amount in tables["monthly"]["revenue"]) == cents
    assert sum(round(100 * amount) for amount in tables["cohorts"]["revenue"]) == cents
    at_risk = dict(tables["kpis"].select("name", "value").iter_rows())["revenue_at_risk"]
    segments = tables["segments"]
    assert sum(round(100 * amount) for amount in segments["revenue_at_risk"]) == round(100 * at_risk)
    assert at_risk == pytest.approx(inputs.predictions["revenue_at_risk"].sum(), abs=0.0051)
    of_segments = round(100 * money_total(inputs.segments["revenue"]))
    assert sum(round(100 * amount) for amount in segments["revenue"]) == of_segments


def test_money_in_the_tables_has_no_more_than_two_decimals(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    kpis = tables["kpis"].filter(pl.col("unit").str.starts_with("EUR")).drop_nulls("value")
    columns = [kpis["value"], *(tables[name]["revenue"] for name in ("monthly", "cohorts", "segments"))]
    for amount in (amount for column in columns for amount in column):
        assert amount == round(amount, 2)


def test_amounts_of_customers_add_up_to_the_key_figures_and_segments(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    figures = dict(tables["kpis"].select("name", "value").iter_rows())
    customers = tables["customers"]
    for name in ("revenue_at_risk", "expected_value"):
        assert round(customers[name].sum(), 2) == figures[name]
    of_segments = dict(tables["segments"].select("segment", "revenue_at_risk").iter_rows())
    for segment, amounts in customers.group_by("segment").agg("revenue_at_risk").iter_rows():
        assert round(sum(amounts), 2) == of_segments[segment]
    listed = tables["contacts"].join(customers, on="customer_id", suffix="_of_customer")
    for name in ("revenue_at_risk", "expected_value", "churn_probability"):
        assert listed[name].to_list() == listed[f"{name}_of_customer"].to_list()


def test_no_number_has_digits_that_say_nothing(inputs: ReportInputs) -> None:
    for name, table in bi_written(inputs).items():
        cells = list(csv.reader(io.StringIO(table.write_csv())))
        for row in cells[1:]:
            for header, cell in zip(cells[0], row, strict=True):
                if re.fullmatch(r"-?\d+\.\d+(e-?\d+)?", cell):
                    assert len(cell.partition(".")[2]) <= 6, (name, header, cell)


def test_the_dictionary_names_every_column_with_type_and_unit(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    entries = {(row["file"], row["column"]): row for row in tables["dictionary"].to_dicts()}
    for name, table in tables.items():
        if name == "dictionary":
            continue
        for column in table.columns:
            entry = entries[f"{name}.csv", column]
            assert entry["meaning"], column
            assert (entry["type"] in {"number", "whole number"}) == table[column].dtype.is_numeric(), (name, column)
    assert entries["contacts.csv", "cost"]["unit"] == "EUR"
    assert entries["customers.csv", "transactions_days_since_last_ever"]["unit"] == "days"
    assert tables["dictionary"]["unit"].str.contains("currency").sum() == 0


def test_a_table_that_breaks_its_contract_is_not_written(inputs: ReportInputs) -> None:
    assert inputs.segments is not None
    wrong = inputs.segments.with_columns(customers=pl.lit(0))
    with pytest.raises(ValueError, match=r"bi/segments.csv: customers lies below 1"):
        bi_written(replace(inputs, segments=wrong))


def test_the_dictionary_names_the_columns_that_the_files_have_and_no_others(inputs: ReportInputs) -> None:
    tables = bi_written(inputs)
    named = tables["dictionary"].group_by("file").agg("column")
    for file, columns in named.iter_rows():
        table = tables[file.removesuffix(".csv")]
        assert sorted(columns) == sorted(table.columns), file
    assert set(named["file"]) == {f"{name}.csv" for name in tables if name != "dictionary"}


def test_pandas_reads_the_types_of_the_dictionary(inputs: ReportInputs) -> None:
    pandas = pytest.importorskip("pandas")
    for name, table in bi_written(inputs).items():
        read = pandas.read_csv(io.BytesIO(table.write_csv(include_bom=True).encode()))
        assert list(read.columns) == table.columns, name
        for column in table.columns:
            if table[column].dtype.is_numeric() and table[column].drop_nulls().len():
                assert pandas.api.types.is_numeric_dtype(read[column]), (name, column)


def test_key_figures_have_their_definitions(inputs: ReportInputs) -> None:
    table = bi_written(inputs)["kpis"]
    assert {"name", "value", "unit", "definition", "formula", "period"} <= set(table.columns)
    assert table["value"].dtype == pl.Float64
    assert table["definition"].null_count() == 0
