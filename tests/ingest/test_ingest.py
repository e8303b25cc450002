"""What `ingest` stores is what `run` cleans, however many files it came in and however often it was broken off."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml
from tests.ingest.commands import ingest_new
from tests.sudden_death import DIES
from typer.testing import CliRunner

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.app import app
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.simulator.simulate import checked_request
from holdfast.simulator.write import simulate_into
from holdfast.store.artifacts import read_json
from holdfast.store.events.store import EventStore

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def stored(project: Path, table: str) -> pl.DataFrame:
    store = EventStore.open(project / "events")
    columns = {table: list(store.tables[table])}
    return pl.concat(store.load(partition, columns)[table] for partition in range(store.partitions))


def assert_equal_to_a_run(project: Path) -> None:
    run = open_project(project).check(now=NOW).folder
    cleaned = {file.stem: pl.read_parquet(file) for file in (run / "tables").glob("*.parquet")}
    assert set(EventStore.open(project / "events").tables) == set(cleaned)
    for name, expected in cleaned.items():
        found = stored(project, name)
        assert set(found.columns) == set(expected.columns), name
        found = found.select(expected.columns)
        assert found.schema == expected.schema
        assert found.sort(pl.all()).equals(expected.sort(pl.all())), name


def orders(path: Path, rows: int = 800, seed: int = 5, first_day: int = 0, days: int = 300) -> None:
    dice = random.Random(seed)
    lines = ["customer_id,order_date,known,quantity,unit_price,product,category,order_id"]
    for number in range(rows):
        day = date(2025, 1, 1) + timedelta(days=first_day + dice.randint(0, days))
        known = day + timedelta(days=dice.choice([0, 0, 0, 4]))
        product, quantity = dice.randint(1, 6), dice.choice([1, 1, 2, 3, -1, -2])
        word = dice.choice(["tea", "Tea", "TEA", "coffee"])
        lines.append(
            f" C{dice.randint(1, 60):03d},{day},{known},{quantity},{product}.5,P{product},{word},{seed}-{number // 2}"
        )
        if dice.random() < 0.03:
            lines.append(lines[-1])
        if dice.random() < 0.02:
            lines.append(f",{day},{known},1,2.5,P1,tea,none")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


SETTINGS = {
    "name": "shop",
    "shape": "purchases",
    "tables": {
        "transactions": {
            "files": ["days/*.csv"],
            "holds": "transactions",
            "columns": {
                "customer_id": {"from": "customer_id", "kind": "text"},
                "happened_at": {"from": "order_date", "kind": "time"},
                "known_at": {"from": "known", "kind": "time"},
                "quantity": {"from": "quantity", "kind": "number"},
                "unit_price": {"from": "unit_price", "kind": "money"},
                "product": {"from": "product", "kind": "text"},
                "category": {"from": "category", "kind": "category"},
                "order_id": {"from": "order_id", "kind": "text"},
            },
        }
    },
    "churn": {"rule": "inactivity", "horizon_days": 60},
}


def project_in(folder: Path, **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "days").mkdir(exist_ok=True)
    (folder / "holdfast.yaml").write_text(yaml.safe_dump(SETTINGS | changes), encoding="utf-8")
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    project = project_in(tmp_path / "shop")
    orders(project / "days" / "1.csv")
    return project


@pytest.mark.parametrize("kind", ["crm", "saas", "retail"])
def test_a_simulated_business_is_stored_as_a_run_cleans_it(kind: str, tmp_path: Path) -> None:
    simulate_into(tmp_path / kind, checked_request(kind, 300, seed=4))
    init(tmp_path / "project", [str(tmp_path / kind)])
    ingested = ingest_new(tmp_path / "project")
    assert ingested.report["rows_in"] == ingested.report["rows_kept"] + ingested.report["rows_set_aside"]
    assert_equal_to_a_run(tmp_path / "project")
    ledger = read_json(open_project(tmp_path / "project").check(now=NOW).folder / "reports" / "ledger.json")
    summed = {(step["table"], step["step"]): step["set_aside"] for step in ingested.report["steps"]}
    assert summed == {(entry["table"], entry["step"]): entry["set_aside"] for entry in ledger}


@pytest.mark.slow
@pytest.mark.data
def test_online_retail_is_stored_as_a_run_cleans_it(data_folder: Path, tmp_path: Path) -> None:
    init(tmp_path / "project", [str(data_folder / "online_retail" / "online_retail.parquet")])
    ingest_new(tmp_path / "project")
    assert_equal_to_a_run(tmp_path / "project")


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_day_by_day_is_all_at_once(shop: Path, seed: int) -> None:
    ingest_new(shop)
    for day in range(2, 6):  # later files reach back: late rows, returns of old sales, repeats of old rows
        orders(shop / "days" / f"{day}.csv", rows=60, seed=10 * seed + day, first_day=200, days=130)
        if day == 4:
            old = (shop / "days" / "1.csv").read_text(encoding="utf-8").splitlines()
            with (shop / "days" / "4.csv").open("a", encoding="utf-8") as file:
                file.write("\n".join(old[20:40]) + "\n")
        version = EventStore.open(shop / "events").version
        ingested = ingest_new(shop)
        assert [file["name"] for file in ingested.report["files"]] == [f"{day}.csv"]
        store = EventStore.open(shop / "events")
        assert store.version == version + 1
        assert (
            sum(rows.height for rows in store.changes_since(version).values()) == ingested.report["touched_customers"]
        )
    assert_equal_to_a_run(shop)


def test_a_known_total_of_days_before_a_new_customer_came_refuses_no_file(tmp_path: Path) -> None:
    shop = project_in(tmp_path / "shop", known_totals=[{"in": "2025-02", "revenue": 1.0, "within": 0.1}])
    orders(shop / "days" / "1.csv")
    ingest_new(shop)
    late = "customer_id,order_date,known,quantity,unit_price,product,category,order_id\n"
    late += "newcomer,2025-11-20,2025-11-20,1,2.5,P1,tea,n-1\n"
    (shop / "days" / "2.csv").write_text(late, encoding="utf-8")
    assert ingest_new(shop).report["touched_customers"] == 1


def test_the_same_again_adds_nothing(shop: Path) -> None:
    ingest_new(shop)
    before = stored(shop, "transactions")
    again = ingest_new(shop)
    assert again.sentence.startswith("Nothing new")
    assert (again.report["notes"], again.report["far_future"]) == ([], {})
    shutil.copy(shop / "days" / "1.csv", shop / "copy.csv")
    with pytest.raises(HoldfastError, match=r"copy\.csv: its content was added before, as 1\.csv with version 1"):
        ingest_new(shop, [shop / "copy.csv"])
    assert stored(shop, "transactions").equals(before)


def test_a_file_named_at_the_command_line_is_added(shop: Path) -> None:
    ingest_new(shop)
    orders(shop / "today.csv", rows=30, seed=9)
    report = ingest_new(shop, [shop / "today.csv"]).report
    assert report["files"][0]["table"] == "transactions"
    shutil.move(shop / "today.csv", shop / "days" / "2.csv")
    assert ingest_new(shop).sentence.startswith("Nothing new")
    assert_equal_to_a_run(shop)


def test_a_store_that_lost_its_pointer_is_not_begun_again(shop: Path) -> None:
    ingest_new(shop)
    orders(shop / "today.csv", rows=30, seed=9)
    ingest_new(shop, [shop / "today.csv"])
    before, pointer = stored(shop, "transactions"), shop / "events" / "current.json"
    kept = pointer.read_bytes()
    pointer.unlink()
    for attempt in (lambda: ingest_new(shop), lambda: stored(shop, "transactions")):
        with pytest.raises(HoldfastError, match=r"current\.json: the file is gone, but records were stored") as told:
            attempt()
        assert "Restore current.json from a backup" in told.value.fix
    pointer.write_bytes(kept)
    assert stored(shop, "transactions").equals(before)


def test_a_new_spelling_or_a_new_setting_reaches_what_is_stored(shop: Path) -> None:
    text = (shop / "days" / "1.csv").read_text(encoding="utf-8").replace(",Tea,", ",TEA,").replace(",tea,", ",TEA,")
    (shop / "days" / "1.csv").write_text(text, encoding="utf-8")
    ingest_new(shop)
    assert set(stored(shop, "transactions")["category"].drop_nulls()) == {"TEA", "coffee"}
    orders(shop / "days" / "2.csv", rows=10, seed=3)
    assert ingest_new(shop).report["cleaned_again"]
    assert_equal_to_a_run(shop)
    settings = yaml.safe_load((shop / "holdfast.yaml").read_text(encoding="utf-8"))
    del settings["tables"]["transactions"]["columns"]["product"]
    settings["quality"] = {"drop_exact_repeats": False}
    (shop / "holdfast.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    report = ingest_new(shop).report
    assert report["cleaned_again"]
    assert report["files"] == []
    assert_equal_to_a_run(shop)
    assert not ingest_new(shop).report["cleaned_again"]


def test_ids_that_a_spreadsheet_wrote_are_one_customer(tmp_path: Path) -> None:
    project = project_in(tmp_path / "shop")
    header = "customer_id,order_date,known,quantity,unit_price,product,category,order_id"
    one = [f"{number % 40}.0,2025-01-{number % 28 + 1:02d},,1,2.5,P1,tea,{number}" for number in range(200)]
    two = [f"{number % 40},2025-02-{number % 28 + 1:02d},,1,2.5,P1,tea,b{number}" for number in range(90)]
    (project / "days" / "1.csv").write_text("\n".join([header, *one]) + "\n", encoding="utf-8")
    (project / "days" / "2.csv").write_text("\n".join([header, *two]) + "\n", encoding="utf-8")
    ingest_new(project)
    assert_equal_to_a_run(project)
    shutil.rmtree(project / "events")
    (project / "days" / "3.csv").write_text(f"{header}\nA7,2025-03-01,,1,2.5,P1,tea,c\n", encoding="utf-8")
    ingest_new(project)
    assert_equal_to_a_run(project)
    (project / "days" / "3.csv").unlink()
    shutil.rmtree(project / "events")
    ingest_new(project)
    (project / "days" / "3.csv").write_text(f"{header}\nA7,2025-03-01,,1,2.5,P1,tea,c\n", encoding="utf-8")
    with pytest.raises(HoldfastError, match=r"written as 17850\.0"):
        ingest_new(project)


def test_the_newest_row_of_a_customer_counts(tmp_path: Path) -> None:
    people = {"files": ["people*.csv"], "holds": "customers", "columns": {}}
    people["columns"] = {
        "customer_id": {"from": "id", "kind": "text"},
        "plan": {"from": "plan", "kind": "category"},
    }
    project = project_in(tmp_path / "shop", tables={**SETTINGS["tables"], "people": people}, shape="events")
    orders(project / "days" / "1.csv")
    rows = [f"C{number:03d},free" for number in range(1, 61)]
    (project / "people1.csv").write_text("\n".join(["id,plan", *rows]) + "\n", encoding="utf-8")
    ingest_new(project)
    assert_equal_to_a_run(project)
    (project / "people2.csv").write_text("id,plan\nC001,pro\nC002,free\nC099,pro\n", encoding="utf-8")
    version = EventStore.open(project / "events").version
    ingest_new(project)
    plans = dict(stored(project, "customers").select("customer_id", "plan").rows())
    assert (plans["C001"], plans["C002"], plans["C003"], plans["C099"]) == ("pro", "free", "free", "pro")
    touched = EventStore.open(project / "events").changes_since(version)
    assert sorted(pl.concat(touched.values())["customer_id"]) == ["C001", "C099"]


def test_what_cannot_be_stored_by_customer_is_refused(shop: Path, tmp_path: Path) -> None:
    lines = SETTINGS["tables"]["transactions"] | {"through": {"table": "transactions", "on": "order_id"}}
    linked = project_in(tmp_path / "linked", tables={**SETTINGS["tables"], "lines": lines})
    with pytest.raises(HoldfastError, match=r"found through transactions[^\n]*\nFix: holdfast run"):
        ingest_new(linked)
    labelled = project_in(tmp_path / "labelled", shape="snapshot")
    with pytest.raises(HoldfastError, match="one row a customer"):
        ingest_new(labelled)
    (shop / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(HoldfastError, match="fits none of the project's tables"):
        ingest_new(shop, [shop / "other.csv"])
    bad = (shop / "days" / "1.csv").read_text(encoding="utf-8").replace("2025-", "25/")
    (shop / "days" / "1.csv").write_text(bad, encoding="utf-8")
    with pytest.raises(HoldfastError, match=r"transactions\.happened_at: none of [\d,]+ rows has a time"):
        ingest_new(shop)
    assert EventStore.open(shop / "events").version == 0


INGESTS = """
from pathlib import Path
from tests.ingest.commands import ingest_new
ingest_new(Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_and_doubles_nothing(shop: Path) -> None:
    ingest_new(shop)
    before = stored(shop, "transactions")
    orders(shop / "days" / "2.csv", rows=80, seed=8)
    step, killed = 1, 0
    while True:
        command = [sys.executable, "-c", DIES + INGESTS, str(step), str(shop)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        store = EventStore.open(shop / "events")
        if store.version == 1:
            assert stored(shop, "transactions").equals(before)
        killed += 1
        step = int(step * 1.6) + 1
    assert killed >= 4
    assert EventStore.open(shop / "events").version == 2
    assert_equal_to_a_run(shop)
    assert not list((shop / "events").rglob(".writing-*"))
    assert not (shop / "events" / ".spill").exists()


def test_typed_columns_of_any_sort_are_stored_as_a_run_cleans_them(tmp_path: Path) -> None:
    project = project_in(tmp_path / "shop", time_zone="Europe/Berlin")
    table = SETTINGS["tables"]["transactions"] | {"files": ["days/*.parquet"]}
    (project / "holdfast.yaml").write_text(
        yaml.safe_dump(SETTINGS | {"time_zone": "Europe/Berlin", "tables": {"transactions": table}}), encoding="utf-8"
    )
    dice = random.Random(2)
    moments = [datetime(2025, 3, 1) + timedelta(minutes=dice.randint(0, 90_000)) for _ in range(400)]  # noqa: DTZ001
    first = pl.DataFrame(
        {
            "customer_id": pl.Series([float(dice.randint(1, 30)) for _ in range(400)]),
            "order_date": pl.Series(moments, dtype=pl.Datetime("ns")),
            "known": pl.Series(moments, dtype=pl.Datetime("ms")),
            "quantity": pl.Series([dice.choice([1, 2, -1, None]) for _ in range(400)], dtype=pl.Int16),
            "unit_price": pl.Series([dice.choice(["1.50", "2.25"]) for _ in range(400)]).cast(pl.Decimal(10, 2)),
            "product": pl.Series([dice.choice(["a", "b"]) for _ in range(400)], dtype=pl.Categorical),
            "category": pl.Series([None] * 400, dtype=pl.Null),
            "order_id": range(400),
            "tags": [[1, 2]] * 400,
            "took": pl.Series([timedelta(seconds=5)] * 400, dtype=pl.Duration("ms")),
        }
    )
    second = first.head(50).with_columns(
        pl.lit("17").alias("customer_id"), pl.lit("Tea").alias("category"), pl.col("order_id").cast(pl.String) + "x"
    )
    first.write_parquet(project / "days" / "1.parquet")
    second.write_parquet(project / "days" / "2.parquet")
    ingest_new(project)
    assert_equal_to_a_run(project)


def test_rows_of_a_wrong_year_are_kept_and_reported(shop: Path) -> None:
    today = datetime(2026, 7, 1, tzinfo=UTC)
    line = "C001,{},,1,2.5,P1,tea,{}"
    first = shop / "days" / "1.csv"
    first.write_text(first.read_text(encoding="utf-8") + line.format("2026-05-05", "late") + "\n", encoding="utf-8")
    ingested = ingest_new(shop, now=today)
    newest = {"customer_id": "C001", "happened_at": "2026-05-05T00:00:00+00:00"}
    ends = stored(shop, "transactions")["happened_at"].sort(descending=True)[1]
    apart = {"rows": 1, "after": f"{ends:%Y-%m-%d}", "is_after_today": False, "newest": newest}
    assert ingested.report["far_future"] == {"transactions": apart}
    lines = [line.format(day, day) for day in ("2026-07-02", "2031-01-01", "2099-12-31")]
    header = first.read_text(encoding="utf-8").splitlines()[0]
    (shop / "days" / "2.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    report = ingest_new(shop, now=today).report
    assert report["rows_kept"] == 3
    assert report["far_future"]["transactions"]["rows"] == 2  # 2 July is tomorrow, or today somewhere else
    assert report["notes"] == [
        "transactions: 2 rows lie after today, 1 July 2026 (the newest on 31 December 2099, of customer C001): a wrong "
        "year? Kept; features at earlier cutoffs do not see them."
    ]
    orders(shop / "days" / "3.csv", rows=20, seed=9)
    assert ingest_new(shop).report["far_future"] == {}  # the clock is not asked, and a few customers do not tell


def test_rows_set_aside_are_shown_by_their_place_in_their_file(shop: Path) -> None:
    ingest_new(shop)
    for day in (2, 3):
        orders(shop / "days" / f"{day}.csv", rows=60, seed=day)
    samples = ingest_new(shop).report["tables"]["transactions"]["samples"]
    shown = [sample for some in samples.values() for sample in some]
    assert {sample["file"] for sample in shown} == {"2.csv", "3.csv"}
    for sample in shown:
        line = (shop / "days" / sample["file"]).read_text(encoding="utf-8").splitlines()[sample["row"]]
        assert list(json.loads(sample["content"]).values()) == line.split(",")


def test_a_file_in_parts_is_stored_as_a_run_cleans_it_whole(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (shop / "days" / "1.csv").open("a", encoding="utf-8") as file:
        file.write("C001,2025-03-01\n")
    monkeypatch.setattr("holdfast.ingest.reading._MOST", 50)
    done = ingest_new(shop).report["tables"]["transactions"]
    records = len((shop / "days" / "1.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert done["unreadable_samples"] == [f"1.csv, row {records}: 2 fields instead of 8"]
    assert_equal_to_a_run(shop)


def shop_export(path: Path, seed: int) -> None:
    """Orders with their fields on the first line only, guests, totals, states, refunds in cents."""
    dice = random.Random(seed)
    lines = ["Name,Id,Email,Day,Clock,State,Total,Refunded,Item,Currency"]
    for number in range(300):
        who = dice.choice(["0", "guest", "", f"C{dice.randint(1, 50):03d}"])
        email = f"{dice.choice(['A', 'a'])}{dice.randint(1, 60)}@Example.test"
        day = date(2025, 1, 1) + timedelta(days=dice.randint(0, 300))
        total = dice.randint(500, 9000)
        refunded = dice.choice([0, 0, 0, total // 2])
        state = dice.choice(["paid", "paid", "Paid", "failed", "voided", "refund", "test", "pending"])
        order = f"#{seed}-{number}"
        lines.append(f"{order},{who},{email},{day},{dice.randint(0, 23):02d}:15,{state},{total},{refunded},tea,EUR")
        lines += [f"{order},,,,,,,,{dice.choice(['cup', 'tea'])}," for _ in range(dice.randint(0, 2))]
    lines.append("Grand Total,Grand Total,,2025-12-01,00:00,paid,9999999,0,,EUR")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_states_money_guests_and_totals_are_stored_as_a_run_cleans_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {
        "files": ["days/*.csv"],
        "holds": "transactions",
        "sale_lines": True,
        "repeats_are_real": True,
        "carry_down": {
            "by": "Name",
            "columns": ["Id", "Email", "Day", "Clock", "State", "Total", "Refunded", "Currency"],
        },
        "statuses": [
            {"column": "status", "sale": ["paid"], "failed": ["failed"], "void": ["voided"], "refund": ["refund"],
             "test": ["test"], "pending": ["pending"]}
        ],
        "money": {"refunds": ["refunded_amount"], "currency": "currency", "scale": 0.01, "once_per": "order_id"},
        "columns": {
            "customer_id": {
                "from": "Id", "otherwise": ["Email"], "nobody": ["0", "guest", "", "* Total"], "fold_case": True,
            },
            "happened_at": {"from": "Day", "joined_with": ["Clock"], "kind": "time", "format": "%Y-%m-%d %H:%M"},
            "order_id": {"from": "Name"},
            "status": {"from": "State", "kind": "category"},
            "amount": {"from": "Total", "kind": "money"},
            "refunded_amount": {"from": "Refunded", "kind": "money"},
            "product": {"from": "Item"},
            "currency": {"from": "Currency", "kind": "category"},
        },
    }  # fmt: skip
    project = project_in(tmp_path / "shop", tables={"transactions": table}, currency="EUR")
    monkeypatch.setattr("holdfast.ingest.reading._MOST", 97)
    for seed in (1, 2):
        shop_export(project / "days" / f"{seed}.csv", seed)
        ingest_new(project)
    sales = stored(project, "transactions")
    assert not set(sales["customer_id"]) & {"0", "guest", "", "grand total"}
    assert_equal_to_a_run(project)


def test_the_command_says_what_went_in_and_what_to_do_next(shop: Path) -> None:
    shown = CliRunner().invoke(app, ["ingest", str(shop)])
    assert shown.exit_code == 0, shown.output
    first, table, following = shown.output.splitlines()
    assert " rows of 1 new file in = " in first
    assert table.startswith("- transactions: ")
    assert "missing_customer" in table
    assert following.startswith("Next: ")
    assert following.endswith(f"run {shop}")
    orders(shop / "today.csv", rows=5, seed=9)
    answer = json.loads(
        CliRunner().invoke(app, ["ingest", str(shop), "--data", str(shop / "today.csv"), "--json"]).output
    )
    assert answer["rows_in"] == answer["rows_kept"] + answer["rows_set_aside"]
    assert read_json(shop / "events" / "ingest-report.json")["files"] == answer["files"]


def test_columns_that_a_file_lacks_and_values_that_cannot_be_read_are_reported(shop: Path) -> None:
    ingest_new(shop)
    (shop / "days" / "2.csv").write_text(
        "customer_id,order_date,known,quantity,unit_price,product,category,order_id\n"
        "C001,2025-11-05,2025-11-05,1,cheap,P1,tea,n1\nC002,2025-11-05,2025-11-05,1,2.5,P1,tea,n2\n"
    )
    (shop / "days" / "3.csv").write_text("customer_id,order_date,quantity,unit_price\nC003,2025-11-06,1,3.5\n")
    report = ingest_new(shop).report
    assert report["rows_in"] == report["rows_kept"] == 3
    lacks, unread = report["notes"]
    assert lacks.startswith("transactions: 3.csv has no column category, known, order_id, product,")
    assert lacks.endswith("so that is empty in its rows")
    assert unread.startswith("transactions.unit_price: 1 value of the customers in question cannot be read")
    assert '"cheap"' in unread
    assert_equal_to_a_run(shop)
