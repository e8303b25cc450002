"""Every command: words, JSON with the documented keys, exit code, help."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces.commands import CLI, Answer, documented_keys, holdfast, process

from holdfast.formatting import day_of
from holdfast.interfaces.cli.app import COMMANDS

OPENS_A_PROJECT = ("check", "run", "ingest", "features", "score", "plan", "publish", "show", "runs", "backtest")


def last_line(answer: Answer) -> str:
    return answer.out.rstrip().splitlines()[-1]


def assert_documented(answer: Answer, command: str, result: int = 0) -> None:
    assert answer.code == 0, answer.err
    assert answer.err == ""
    assert set(answer.json) == documented_keys(command)[result]


# The program itself.


def test_bare_holdfast_prints_its_help() -> None:
    answer = holdfast()
    assert answer.code == 0
    assert "Usage: holdfast" in answer.out
    assert [name for name in COMMANDS if f"  {name} " not in answer.out] == []


def test_an_option_without_its_value_says_what_to_type() -> None:
    answer = holdfast("runs", "shop", "--restated")
    assert answer.code == 2
    assert "`previous`" in answer.err


def test_the_version_is_said() -> None:
    answer = holdfast("--version")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("holdfast 0.")


def test_shells_can_complete_commands() -> None:
    assert "--install-completion" in holdfast("--help").out
    shown = process(_HOLDFAST_COMPLETE="complete_bash", COMP_WORDS="holdfast s", COMP_CWORD="1")
    assert shown.communicate()[0].split() == ["score", "serve", "show", "simulate"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    answer = holdfast(command, "--help")
    assert answer.code == 0
    assert f"Example: holdfast {command}" in " ".join(answer.out.split())
    assert ("--json" in answer.out) == bool(documented_keys(command))


def test_help_comes_fast_enough_to_be_read_often() -> None:
    def seconds() -> float:
        began = time.process_time()
        holdfast("run", "--help")
        return time.process_time() - began

    seconds()
    assert min(seconds() for _ in range(3)) < 0.2
    heavy = ["polars", "numpy", "sklearn", "lightgbm", "numba", "matplotlib", "plotly", "scipy", "pydantic", "rich"]
    code = f"import sys, holdfast.interfaces.cli.app; print([name for name in {heavy!r} if name in sys.modules])"
    assert process(code=code).communicate()[0].strip() == "[]"


@pytest.mark.parametrize("words", [("show",), ("show", "CUSTOMER"), ("plan",)], ids=" ".join)
def test_a_short_question_loads_no_library_that_does_not_answer_it(shop: Path, words: tuple[str, ...]) -> None:
    first = holdfast("show", shop, "--top", "1", "--json").json["customers"][0]["customer_id"]
    asked = [words[0], shop, *(first for word in words[1:])]
    heavy = ["numba", "scipy", "sklearn", "lightgbm", "pyarrow", "sqlalchemy", "fastapi", "matplotlib", "plotly"]
    loaded = f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    asking = process(*asked, code=f"import atexit, sys; atexit.register(lambda: {loaded}); {CLI}")
    out, err = asking.communicate()
    assert (asking.returncode, err.strip()) == (0, "[]")
    assert first in out


def test_a_new_row_is_scored_without_a_compiler_or_a_training_library(shop: Path, telco: Path, tmp_path: Path) -> None:
    heavy = ["numba", "scipy", "sklearn", "lightgbm", "pyarrow.parquet", "sqlalchemy", "matplotlib", "plotly"]
    loaded = f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    for project, row in ((shop, "A0001,2025-12-01,55.50"), (telco, "X1,12,70,Monthly,No")):
        header = next(project.parent.glob("*.csv")).read_text(encoding="utf-8").splitlines()[0]
        (tmp_path / "new.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
        words = ["score", project, "--data", tmp_path / "new.csv", "--out", tmp_path / "scores.csv"]
        out, err = process(*words, code=f"import atexit, sys; atexit.register(lambda: {loaded}); {CLI}").communicate()
        assert err.strip() == "[]", err
        assert "scored" in out


def test_python_runs_the_package_as_the_program() -> None:
    command = [sys.executable, "-m", "holdfast", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == holdfast("--version").out


def test_an_unknown_command_and_option_exit_with_2() -> None:
    assert holdfast("fly").code == 2
    assert holdfast("doctor", "--wings").code == 2


def test_our_own_bug_keeps_its_traceback_and_exits_with_1() -> None:
    broken = process("doctor", code=f"import holdfast.service.doctor as d; d.java_version = lambda: 1 / 0; {CLI}")
    _, err = broken.communicate()
    assert broken.returncode == 1
    assert "ZeroDivisionError" in err


def test_warnings_of_libraries_go_to_the_log_and_not_to_the_user(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", ignore=shutil.ignore_patterns("runs", "logs"))
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    grumble = "import warnings, holdfast.pipeline.execute as e; hash = e.code_hash; "
    grumble += "e.code_hash = lambda: (warnings.warn('a library grumbles', UserWarning, 2), hash())[1]; "
    quiet = process("run", tmp_path / "shop", "--stages", "collect", code=grumble + CLI)
    assert quiet.communicate()[1] == ""
    assert "a library grumbles" in (tmp_path / "shop" / "logs" / "all.log").read_text()
    loud = process("run", tmp_path / "shop", "--stages", "collect", code=grumble + CLI, PYTHONWARNINGS="default")
    assert "a library grumbles" in loud.communicate()[1]


@pytest.mark.parametrize("command", OPENS_A_PROJECT)
def test_every_command_names_a_missing_project_and_exits_with_2(command: str, tmp_path: Path) -> None:
    options = {"score": ("--data", tmp_path / "x.csv", "--out", tmp_path / "y.csv")}.get(command, ())
    answer = holdfast(command, tmp_path / "nowhere", *options)
    assert answer.code == 2
    assert "there is no project file" in answer.err
    assert "Fix: " in answer.err


@pytest.mark.parametrize("command", OPENS_A_PROJECT)
def test_every_command_reads_the_settings_file_that_config_names(command: str, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("name: [")
    options = {"score": ("--data", shop.parent / "orders.csv", "--out", tmp_path / "y.csv")}.get(command, ())
    answer = holdfast(command, shop, *options, "--config", tmp_path / "other.yaml")
    assert answer.code == 2
    assert "other.yaml" in answer.err


def test_another_settings_file_is_used_and_kept_for_the_next_command(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text((shop / "holdfast.yaml").read_text().replace("currency: units", "currency: GBP"))
    answer = holdfast("show", shop, "--config", other)
    assert answer.code == 0, answer.err
    assert "£" in answer.out
    assert f"--config {other}" in last_line(answer)


# Each command.


def test_simulate(tmp_path: Path) -> None:
    said = holdfast("simulate", "--kind", "retail", "--customers", 50, "--out", tmp_path / "a")
    assert said.code == 0
    assert "Simulated (not real) records of 50 customers" in said.out
    assert last_line(said).startswith("Next: ")
    answer = holdfast("simulate", "--kind", "retail", "--customers", 50, "--out", tmp_path / "b", "--json")
    assert_documented(answer, "simulate")
    assert answer.json["simulated"] is True
    assert holdfast("simulate", "--kind", "retail", "--out", tmp_path / "a").code == 2


def test_init(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.parent)
    said = holdfast("init", tmp_path / "a", "--from", "orders.csv")
    assert (said.code, said.err) == (0, "")
    assert "transactions.amount" in said.out
    assert last_line(said).endswith(f"holdfast check {tmp_path / 'a'}")
    answer = holdfast("init", tmp_path / "b", "--from", "orders.csv", "--json")
    assert_documented(answer, "init")
    assert {guess["about"] for guess in answer.json["guesses"]} >= {"transactions.amount", "shape"}
    assert holdfast("init", tmp_path / "a", "--from", "orders.csv").code == 2
    assert holdfast("init", tmp_path / "a", "--from", "orders.csv", "--force").code == 0


def test_runs(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    home = tmp_path / "shop"
    assert holdfast("run", home, "--stages", "collect", "--skip-plots").code == 0
    answer = holdfast("runs", home, "--json")
    assert_documented(answer, "runs")
    summary = json.loads((home / "runs" / "latest" / "reports" / "summary.json").read_text())
    newest, *older = answer.json["runs"]
    assert (newest["is_latest"], newest["complete"], newest["customers"]) == (False, False, None)
    (latest,) = [run for run in older if run["is_latest"]]
    assert Path(latest["run"]).name == (home / "runs" / "latest").resolve().name
    counts = ("cutoff", "customers", "expected_leavers")
    assert [latest[name] for name in counts] == [summary[name] for name in counts]
    assert latest["accepted"] == []
    printed = holdfast("runs", home)
    assert (printed.code, printed.err) == (0, "")
    assert f"{summary['customers']:,}" in printed.out
    assert "latest" in printed.out
    assert "some stages only" in printed.out
    assert last_line(printed).endswith(f"holdfast show {home}")


def test_runs_of_a_project_that_has_none_says_what_to_do(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", ignore=shutil.ignore_patterns("runs", "logs"))
    printed = holdfast("runs", tmp_path / "shop")
    assert printed.code == 0
    assert "0 finished runs" in printed.out
    assert last_line(printed).endswith(f"holdfast run {tmp_path / 'shop'}")


def test_backtest(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    home = tmp_path / "shop"
    latest = (home / "runs" / "latest").resolve()
    answer = holdfast("backtest", home, "--json")
    assert_documented(answer, "backtest")
    assert (home / "runs" / "latest").resolve() == latest, "a backtest is no run"
    printed = holdfast("backtest", home)
    assert printed.code == 0
    assert answer.json["words"][0] in printed.out
    for origin in answer.json["origins"]:
        assert day_of(origin["cutoff"]) in printed.out
    assert f"{answer.json['currency']} expected" in printed.out
    assert last_line(printed).endswith(f"holdfast run {home}")


def test_a_snapshot_has_no_past_to_test_on_and_says_what_to_use(telco: Path) -> None:
    answer = holdfast("backtest", telco)
    assert answer.code == 2
    assert "no past cutoffs" in answer.err
    assert "Fix: " in answer.err


def test_check(shop: Path) -> None:
    said = holdfast("check", shop)
    assert (said.code, said.err) == (0, "")
    assert "Readiness: " in said.out
    assert last_line(said).endswith(f"holdfast run {shop}")
    assert_documented(holdfast("check", shop, "--json"), "check")


def test_check_of_too_little_exits_with_2(tmp_path: Path) -> None:
    rows = [f"A{number % 3},2024-{1 + number % 12:02d}-01,5.00" for number in range(60)]
    (tmp_path / "few.csv").write_text("\n".join(["customer_id,order_date,amount", *rows]) + "\n")
    assert holdfast("init", tmp_path / "few", "--from", tmp_path / "few.csv").code == 0
    assert holdfast("check", tmp_path / "few").code == 2
    answer = holdfast("check", tmp_path / "few", "--json")
    assert answer.code == 2
    assert answer.json["is_ready"] is False


def test_check_for_leaks_exits_with_3_where_one_is_found(telco: Path, tmp_path: Path) -> None:
    clean = holdfast("check", telco, "--leakage")
    assert (clean.code, clean.err) == (0, "")
    assert "No leak found" in clean.out
    customers = pl.read_csv(telco.parent / "customers.csv")
    planted = customers.with_columns(survey=pl.col("Churn").replace_strict({"Yes": 9, "No": 1}) + pl.col("tenure") % 2)
    planted.write_csv(tmp_path / "customers.csv")
    shutil.copytree(telco, tmp_path / "telco", ignore=shutil.ignore_patterns("runs"))
    settings = tmp_path / "telco" / "holdfast.yaml"
    column = '      survey: {from: "survey", kind: number}\n'
    settings.write_text(settings.read_text().replace("    columns:\n", f"    columns:\n{column}"))
    said = holdfast("check", tmp_path / "telco", "--leakage")
    assert said.code == 3, said.out
    assert "customers.survey" in said.out
    answer = holdfast("check", tmp_path / "telco", "--leakage", "--json")
    assert answer.code == 3
    assert set(answer.json) == documented_keys("check")[1]


def test_run(shop: Path) -> None:
    said = holdfast("run", shop, "--skip-plots")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("unchanged, kept") == 13
    assert last_line(said).endswith(f"holdfast show {shop}")
    assert_documented(holdfast("run", shop, "--skip-plots", "--json"), "run")
    some = holdfast("run", shop, "--stages", "collect")
    assert some.code == 0
    assert last_line(some).endswith(f"holdfast run {shop}")
    refused = holdfast("run", shop, "--stages", "dream")
    assert refused.code == 2
    assert "no stage dream" in refused.err


def test_score(shop: Path, tmp_path: Path) -> None:
    data = shop.parent / "orders.csv"
    said = holdfast("score", shop, "--data", data, "--out", tmp_path / "scores.csv")
    assert (said.code, said.err) == (0, "")
    assert f"-> {tmp_path / 'scores.csv'}" in said.out
    answer = holdfast("score", shop, "--data", data, "--out", tmp_path / "scores.parquet", "--json")
    assert answer.code == 0
    assert set(answer.json) == set.union(*documented_keys("score"))
    assert answer.json["customers"] == pl.read_parquet(tmp_path / "scores.parquet").height
    refused = holdfast("score", shop, "--data", data, "--out", tmp_path / "scores.xls")
    assert refused.code == 2
    assert "Fix: --out scores.csv" in refused.err


def test_publish(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    said = holdfast("publish", copy)
    assert said.code == 0
    assert said.out.startswith("Published: run ")
    answer = holdfast("publish", copy, "--json")
    assert set(answer.json) == set.union(*documented_keys("publish"))
    assert answer.json["is_new"] is False
    with sqlite3.connect(copy / "results.db") as database:
        rows = database.execute("SELECT customer_id, churn_probability FROM current_predictions").fetchall()
    listed = holdfast("show", copy, "--json").json["customers"]
    assert {row["customer_id"]: row["churn_probability"] for row in listed}.items() <= dict(rows).items()
    assert holdfast("publish", copy, "--tenant", "other", "--json").json["tenant"] == "other"


def test_a_run_publishes_where_the_settings_name_a_database(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    with (copy / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write("results: {url: 'sqlite:///elsewhere.db', tenant: north}\n")
    said = holdfast("run", copy)
    assert said.code == 0, said.err
    assert "of north" in said.out
    with sqlite3.connect(copy / "elsewhere.db") as database:
        runs = database.execute("SELECT DISTINCT run FROM current_predictions WHERE tenant = 'north'").fetchall()
    assert runs == [((copy / "runs" / "latest").resolve().name,)]


def test_the_list_of_show_is_the_plan(shop: Path) -> None:
    listed, planned = holdfast("show", shop, "--top", 400, "--json").json, holdfast("plan", shop, "--json").json
    assert [row["customer_id"] for row in listed["customers"]] == [row["customer_id"] for row in planned["customers"]]
    assert listed["listed"] == planned["totals"]["treated"]
    assert listed["outside"] == planned["totals"]["outside"]
    outside = sum(rule["customers"] for rule in listed["outside"])
    assert listed["listed"] + outside == listed["summary"]["customers"]


def test_plan(shop: Path, tmp_path: Path) -> None:
    said = holdfast("plan", shop, "--budget", 50)
    assert (said.code, said.err) == (0, "")
    assert "The offers are placeholders: put in what yours cost" in said.out
    assert "Assumed, not measured" not in said.out
    answer = holdfast("plan", shop, "--budget", 50, "--out", tmp_path / "calls.csv", "--json")
    assert answer.code == 0
    assert set(answer.json) == set.union(*documented_keys("plan"))
    assert answer.json["totals"]["spent"] <= 50
    assert answer.json["totals"]["expected_gain"] is None
    assert {row["expected_gain"] for row in answer.json["customers"]} == {None}
    listed = pl.read_csv(tmp_path / "calls.csv")
    assert listed.height == len(answer.json["customers"]) > 0
    holdfast("plan", shop, "--budget", 50, "--out", tmp_path / "calls.xlsx")
    for_people = pl.read_excel(tmp_path / "calls.xlsx")
    assert for_people["Customer"].to_list() == listed["customer_id"].to_list()
    assert for_people["What to do"].to_list() == listed["offer"].to_list()
    assert for_people["Why"].null_count() == 0
    refused = holdfast("plan", shop, "--out", tmp_path / "calls.txt")
    assert (refused.code, "calls.xlsx" in refused.err or "calls.csv" in refused.err) == (2, True)


def test_show(shop: Path) -> None:
    said = holdfast("show", shop, "--top", 3)
    assert (said.code, said.err) == (0, "")
    answer = holdfast("show", shop, "--top", 3, "--json")
    assert_documented(answer, "show")
    first = answer.json["customers"][0]
    assert len(answer.json["customers"]) == 3
    assert last_line(said).endswith(f"holdfast show {shop} {first['customer_id']}")
    customer = holdfast("show", shop, first["customer_id"])
    assert (customer.code, customer.err) == (0, "")
    assert first["reason_1"][:20] in customer.out
    # Numbers say over which days they are, in the list and of one customer.
    assert "Leaving is within 60 days; at risk is over 365 days." in " ".join(said.out.split())
    assert " % within 60 days (" in customer.out
    scored = answer.json["summary"]["customers"]
    assert f"{first['priority']} of {scored:,} customers with a prediction" in customer.out
    assert holdfast("show", shop, first["customer_id"], "--json").json == first
    nobody = holdfast("show", shop, "nobody")
    assert nobody.code == 2
    assert "Fix: Use an id from the list" in nobody.err


def three_digits(amount: float) -> str:
    """A forecast as people read it: of 109,348 the last three digits are no knowledge."""
    assert amount >= 100
    return f"{float(f'{amount:.3g}'):,.0f}"


def test_money_and_probabilities_are_written_as_people_read_them(shop: Path) -> None:
    customers = holdfast("show", shop, "--top", 400, "--json").json["customers"]
    dear = max(customers, key=lambda row: row["expected_value"])
    assert dear["expected_value"] > 1_000
    customer = holdfast("show", shop, dear["customer_id"]).out
    assert f" {three_digits(dear['expected_value'])} units " in customer
    assert f"{100 * dear['churn_probability']:.1f}".removesuffix(".0") + " %" in customer
    at_risk = max(customers, key=lambda row: row["revenue_at_risk"])["revenue_at_risk"]
    assert f" {three_digits(at_risk)} units" in holdfast("show", shop, "--top", 400).out
    first = holdfast("plan", shop, "--json").json["customers"][0]
    # The offers of this shop are placeholders: what the call must keep stands there, not what it would gain.
    out = holdfast("plan", shop).out
    assert f"{first['cost']:g} units" in out
    assert first["expected_gain"] is None
    assert "pays if it keeps" in out


def test_ingest_and_features(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", ignore=shutil.ignore_patterns("runs"))
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    answer = holdfast("ingest", tmp_path / "shop", "--json")
    assert_documented(answer, "ingest")
    assert answer.json["rows_in"] == answer.json["rows_kept"] + answer.json["rows_set_aside"] > 0
    said = holdfast("ingest", tmp_path / "shop")
    assert (said.code, said.err) == (0, "")
    assert "Nothing new" in said.out
    assert last_line(said).endswith(f"holdfast run {tmp_path / 'shop'}")
    measured = holdfast("features", tmp_path / "shop", "--out", tmp_path / "all.parquet", "--json")
    assert measured.code == 0, measured.err
    assert set(measured.json) == set.union(*documented_keys("features"))
    assert pl.read_parquet(tmp_path / "all.parquet").height == measured.json["rows"] > 0
    said = holdfast("features", tmp_path / "shop")
    assert (said.code, said.err) == (0, "")
    assert last_line(said).startswith("Next: ")
    for options in (("--out", "all.csv"), ("--from", "2025-01-01")):
        assert holdfast("features", tmp_path / "shop", *options).code == 2


def test_the_list_of_a_snapshot_says_within_how_many_days_to_act_and_by_what_it_is_ordered(
    telco: Path, tmp_path: Path
) -> None:
    shutil.copy(telco.parent / "customers.csv", tmp_path)
    shutil.copytree(telco, tmp_path / "telco", ignore=shutil.ignore_patterns("runs"))
    holdfast("run", tmp_path / "telco", "--skip-plots")
    said = holdfast("show", tmp_path / "telco", "--top", 3).out
    assert said.count("within 3 days") == 3
    assert "In order of what the offer could keep of the money at risk, less its cost" in " ".join(said.split())


def test_features_of_a_store_that_is_not_there_exit_with_2(telco: Path) -> None:
    refused = holdfast("features", telco)
    assert refused.code == 2
    assert "Fix: " in refused.err


def test_doctor() -> None:
    said = holdfast("doctor")
    assert (said.code, said.err) == (0, "")
    assert "Next: " in last_line(said)
    assert_documented(holdfast("doctor", "--json"), "doctor")


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    said = holdfast("demo", "--customers", 1_000, "--out", tmp_path / "demo")
    assert (said.code, said.err) == (0, "")
    assert "the truth is known" in said.out
    answer = holdfast("demo", "--customers", 1_000, "--out", tmp_path / "demo", "--json")
    assert_documented(answer, "demo")
    assert 0.5 < answer.json["truth"]["auc"] <= answer.json["truth"]["best_possible_auc"] + 0.05
    refused = holdfast("demo", "--customers", 2_000, "--out", tmp_path / "demo")
    assert refused.code == 2
    assert "another business" in refused.err
