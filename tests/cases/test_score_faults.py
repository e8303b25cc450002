"""New records in another notation than the trained run's: read as they were meant, counted, or refused.

The public Telco file (7,043 customers, 1,869 of whom left) and variants of it; a simulated shop with five new sales.
"""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces.commands import Answer, holdfast
from tests.quick import QUICK

Score = Callable[[Path], tuple[Answer, pl.DataFrame]]


def trained(home: Path, *files: Path) -> Path:
    assert holdfast("init", home, "--from", *files).code == 0
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    ran = holdfast("run", home, "--skip-plots")
    assert ran.code == 0, ran.err
    return home


@pytest.fixture(scope="session")
def telco_file(data_folder: Path) -> Path:
    return data_folder / "telco_churn" / "Telco-Customer-Churn.csv"


@pytest.fixture(scope="session")
def telco(telco_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("telco") / "telco", telco_file)


@pytest.fixture
def score(telco: Path, tmp_path: Path) -> Score:
    def ask(file: Path) -> tuple[Answer, pl.DataFrame]:
        out = tmp_path / "scores.parquet"
        answer = holdfast("score", telco, "--data", file, "--out", out, "--json")
        return answer, pl.read_parquet(out) if answer.code == 0 else pl.DataFrame()

    return ask


def by_customer(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("customer_id").select("customer_id", "churn_probability", "expected_value")


def test_capitals_and_a_decimal_comma_change_no_score(score: Score, faults: Path) -> None:
    _, plain = score(faults / "02" / "b_new_ids.csv")
    assert plain.height == 7_043
    assert plain["churn_probability"].sum() == pytest.approx(1_869, abs=1)  # as many as left in the public file
    capitals, in_capitals = score(faults / "02" / "c_upper.csv")
    comma, with_comma = score(faults / "02" / "g_comma.csv")
    numbers = ("churn_probability", "expected_value")
    for other in (in_capitals, with_comma):
        assert by_customer(other).select(numbers).equals(by_customer(plain).select(numbers))
    respelt = {column["column"]: column["respelt"] for column in capitals.json["columns"]}
    assert respelt["contract"] == 7_043
    assert [(column["column"], column["decimal"]) for column in comma.json["columns"]] == [("monthly_amount", ",")]


def test_another_delimiter_and_encoding_change_no_score(score: Score, faults: Path, tmp_path: Path) -> None:
    with (faults / "02" / "g_comma.csv").open(newline="") as source:
        rows = list(csv.reader(source))
    file = tmp_path / "semicolons.csv"
    with file.open("w", newline="", encoding="utf-16") as target:
        csv.writer(target, delimiter=";").writerows(rows)
    assert by_customer(score(file)[1]).equals(by_customer(score(faults / "02" / "g_comma.csv")[1]))


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("d_unseen.csv", ("100 % of customers.contract (Contract)", '"Weekly"', "Month-to-month", "holdfast run")),
        ("j_shifted.csv", ("customers.tenure_months (tenure)", '"Month-to-month", "One year", "Two year"')),
        ("k_neg.csv", ("customers.monthly_amount", '"-50"', "18.25 to 118.75", "unread:customers.monthly_amount")),
        ("l_inf.csv", ("customers.monthly_amount", '"1e308"')),
    ],
)
def test_what_the_run_never_saw_is_refused_with_the_column(
    score: Score, faults: Path, file: str, named: tuple[str, ...]
) -> None:
    refused, _ = score(faults / "02" / file)
    assert refused.code == 2
    for words in named:
        assert words in refused.err


def test_what_is_accepted_is_scored_and_counted(telco: Path, faults: Path, tmp_path: Path) -> None:
    home = tmp_path / "accepting"
    shutil.copytree(telco, home, symlinks=True)
    yaml = (home / "holdfast.yaml").read_text(encoding="utf-8")
    ids = '"unseen:customers.internet_service", "unseen:customers.contract", "unseen:customers.payment_method"'
    (home / "holdfast.yaml").write_text(yaml + f"accept: [{ids}]\n", encoding="utf-8")
    said = holdfast("score", home, "--data", faults / "02" / "d_unseen.csv", "--out", tmp_path / "out.csv")
    assert said.code == 0, said.err
    assert 'contract (Contract): 7,043 of 7,043 values were never seen in training ("Weekly")' in said.out


@pytest.mark.parametrize("cell", ["1e308", "-99999999999.99", "n.v."])
def test_a_few_odd_cells_are_not_known_and_said(score: Score, telco_file: Path, tmp_path: Path, cell: str) -> None:
    rows = pl.read_csv(telco_file, infer_schema=False).head(200).drop("Churn")
    changed = pl.when(pl.int_range(pl.len()) < 3).then(pl.lit(cell)).otherwise("MonthlyCharges")
    rows.with_columns(changed.alias("MonthlyCharges")).write_csv(tmp_path / "odd.csv")
    answer, table = score(tmp_path / "odd.csv")
    assert answer.code == 0, answer.err
    [column] = answer.json["columns"]
    assert column["unread"] + column["implausible"] == 3
    assert column["examples"] == [cell]
    assert table["expected_value"].drop_nulls().is_finite().all()
    assert table["expected_value"].drop_nulls().is_between(0, 118.75 * 12).all()  # the dearest contract for a year


def test_customers_who_left_already_are_counted_apart_as_in_the_run(
    score: Score, telco: Path, telco_file: Path
) -> None:
    answer, table = score(telco_file)
    listed = pl.read_parquet(telco / "runs" / "latest" / "predictions.parquet")["customer_id"]
    assert (answer.json["rows_read"], answer.json["customers"], answer.json["customers_left"]) == (7_043, 5_174, 1_869)
    assert set(table["customer_id"]) == set(listed)
    assert any("1,869 customers left already, by Churn" in note for note in answer.json["notes"])


def test_new_sales_in_another_spelling_change_nobody_else(faults: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    assert holdfast("simulate", "--customers", 300, "--out", tmp_path / "files").code == 0
    trained(shop, *sorted((tmp_path / "files").glob("*.csv")))
    scores = {}
    for name in ("same-rows", "respelt"):
        out = tmp_path / f"{name}.parquet"
        answer = holdfast("score", shop, "--data", faults / "01" / f"{name}.csv", "--out", out, "--json")
        assert answer.code == 0, answer.err
        scores[name] = pl.read_parquet(out)
    assert scores["same-rows"].equals(scores["respelt"])
