"""`init`: from raw files to a project file that loads, or that says what is missing."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.app import app
from holdfast.quality.clean import clean
from holdfast.service.init import init
from holdfast.service.simulate import simulate
from holdfast.settings import FILE_NAME, ChurnRule, Shape
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_table


def orders(file: Path, rows: int = 200, layout: str = "2023-{month:02d}-{day:02d}", begin_at: int = 0) -> Path:
    lines = ["customer_id,order_date,amount"]
    for row in range(begin_at, begin_at + rows):
        when = layout.format(month=1 + row % 12, day=1 + row * 7 % 28)
        lines.append(f"C{row * 13 % 40:04d},{when},{row % 50 + 0.5:.2f}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def test_the_written_file_loads_and_reads_the_records(tmp_path: Path) -> None:
    draft = init(tmp_path / "shop", [str(orders(tmp_path / "raw" / "orders.csv"))])
    project = load_settings(draft.file)
    assert (project.shape, project.churn.rule, project.name) == (Shape.PURCHASES, ChurnRule.INACTIVITY, "shop")
    assert project.tables["transactions"].files == ("../raw/orders.csv",)
    raw = {name: read_table(name, table, draft.folder).rows for name, table in project.tables.items()}
    assert clean(raw, project).tables["transactions"].height > 0


def test_every_guess_carries_its_evidence_into_the_file(tmp_path: Path) -> None:
    draft = init(tmp_path / "shop", [str(orders(tmp_path / "orders.csv"))])
    text = draft.file.read_text()
    for guess in draft.guesses:
        assert guess.evidence in text


def test_an_earlier_project_file_is_kept_without_force(tmp_path: Path) -> None:
    source = str(orders(tmp_path / "orders.csv"))
    file = init(tmp_path / "shop", [source]).file
    file.write_text("mine")
    with pytest.raises(HoldfastError, match="already") as refused:
        init(tmp_path / "shop", [source])
    assert "--force" in refused.value.fix
    assert file.read_text() == "mine"
    init(tmp_path / "shop", [source], force=True)
    assert load_settings(file).shape is Shape.PURCHASES


def test_a_doubtful_date_stops_the_run_until_it_is_answered(tmp_path: Path) -> None:
    source = orders(tmp_path / "orders.csv", layout="{day:02d}/{month:02d}/2023")
    lines = source.read_text().splitlines()
    kept = [line for line in lines[1:] if int(line.split(",")[1].split("/")[0]) <= 12]
    source.write_text("\n".join([lines[0], *kept]) + "\n")
    draft = init(tmp_path / "shop", [str(source)])
    assert [*draft.questions] == ["transactions.happened_at.format"]
    with pytest.raises(HoldfastError, match=r"tables\.transactions\.columns\.happened_at\.format"):
        load_settings(draft.file)
    draft.file.write_text(draft.file.read_text().replace('format: "?"', 'format: "%d/%m/%Y"'))
    assert load_settings(draft.file).tables["transactions"].columns["happened_at"].format == "%d/%m/%Y"


def test_files_of_the_same_columns_are_one_table(tmp_path: Path) -> None:
    for month in range(3):
        orders(tmp_path / "raw" / f"orders-2023-{month + 1:02d}.csv", begin_at=month * 200)
    for source in (str(tmp_path / "raw"), str(tmp_path / "raw" / "*.csv")):
        draft = init(tmp_path / "shop", [source], force=True)
        files = load_settings(draft.file).tables["transactions"].files
        assert [Path(file).name for file in files] == ["orders-2023-01.csv", "orders-2023-02.csv", "orders-2023-03.csv"]


def test_tables_are_named_without_what_all_their_files_begin_with(tmp_path: Path) -> None:
    orders(tmp_path / "acme_orders.csv")
    people = ["customer_id,signup_date,city", *(f"C{row:04d},2022-01-{1 + row % 28:02d},Rome" for row in range(40))]
    (tmp_path / "acme_clients.csv").write_text("\n".join(people) + "\n")
    draft = init(tmp_path / "shop", [str(tmp_path / "*.csv")])
    assert set(load_settings(draft.file).tables) == {"customers", "orders"}


def test_packed_and_typed_files_are_looked_at_too(tmp_path: Path) -> None:
    plain = orders(tmp_path / "orders.csv")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    typed = tmp_path / "typed.parquet"
    pl.read_csv(plain, try_parse_dates=True).write_parquet(typed)
    for source in (packed, typed):
        project = load_settings(init(tmp_path / source.stem, [str(source)]).file)
        raw = {"transactions": read_table("transactions", project.tables["transactions"], tmp_path / source.stem).rows}
        assert clean(raw, project).tables["transactions"]["happened_at"].null_count() == 0


@pytest.mark.parametrize("name", ["'; DROP TABLE", 'a "b" \\ c', "# no comment", "x: {y", "ключ 🗝", "true", "on", "?"])
def test_any_column_name_survives_the_file(tmp_path: Path, name: str) -> None:
    source = orders(tmp_path / "orders.csv")
    header, *rows = source.read_text().splitlines()
    quoted = '"' + name.replace('"', '""') + '"'
    text = "\n".join([f"{header},{quoted}", *(f"{row},{place % 3}" for place, row in enumerate(rows))])
    source.write_text(text + "\n", encoding="utf-8")
    draft = init(tmp_path / "shop", [str(source)])
    raw = yaml.safe_load(draft.file.read_text(encoding="utf-8"))
    assert name in {column["from"] for column in raw["tables"]["transactions"]["columns"].values()}


def test_values_that_steer_terminals_do_not_break_the_file(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    rows = [f'K{row:04d},"{"yes" if row % 3 else "no"}","evil\x1b[31m\x85{row % 2}"' for row in range(60)]
    source.write_text("\n".join(["customer_id,churn,note\x07s", *rows]) + "\n", encoding="utf-8")
    draft = init(tmp_path / "shop", [str(source)])
    assert load_settings(draft.file).churn.rule is ChurnRule.LABEL


def test_nothing_usable_is_said_plainly(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("customer_id,order_date,amount\n")
    with pytest.raises(HoldfastError, match="no record"):
        init(tmp_path / "shop", [str(empty)])
    with pytest.raises(HoldfastError) as refused:
        init(tmp_path / "shop", [])
    assert "--from" in refused.value.fix
    with pytest.raises(HoldfastError):
        init(tmp_path / "shop", [str(tmp_path / "nowhere.csv")])
    with pytest.raises(HoldfastError, match="is a file"):
        init(empty, [str(empty)])
    assert not (tmp_path / "shop" / FILE_NAME).exists()


def test_simulated_records_are_called_so(tmp_path: Path) -> None:
    source = str(orders(tmp_path / "orders.csv"))
    assert not load_settings(init(tmp_path / "real", [source]).file).simulated
    records = simulate(tmp_path / "records", kind="retail", customers=60)
    assert load_settings(init(tmp_path / "simulated", [records.folder]).file).simulated
    for kind, currency in (("crm", "EUR"), ("saas", "EUR"), ("retail", "GBP")):
        simulate(tmp_path / kind, kind=kind, customers=60)
        files = sorted((tmp_path / kind).glob("*.csv"))
        assert load_settings(init(tmp_path / f"of_{kind}", files).file).currency == currency, "its README says it"
    (tmp_path / "README.txt").write_text("A SHOP\n\nThese records are made up. No customer in them exists.\n")
    assert load_settings(init(tmp_path / "earlier", [source]).file).simulated
    (tmp_path / "README.txt").write_text("A SHOP\n\nAll amounts are in EUR. These are our real records.\n")
    assert load_settings(init(tmp_path / "hearsay", [source]).file).currency == "units"


def test_a_machine_gets_the_same_answers(tmp_path: Path) -> None:
    draft = init(tmp_path / "shop", [str(orders(tmp_path / "orders.csv"))])
    record = json.loads(json.dumps(draft.to_record()))
    assert {guess["about"] for guess in record["guesses"]} == {guess.about for guess in draft.guesses}
    assert record["questions"] == []
    assert all(0 <= guess["confidence"] <= 1 and guess["evidence"] for guess in record["guesses"])


def test_a_file_of_one_customer_names_that_customer_once(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text("customer_id,date,amount\n" + "".join(f"A,2023-01-{day + 1:02d},{day}\n" for day in range(28)))
    draft = init(tmp_path / "shop", [str(source)])
    project = load_settings(draft.file)
    assert draft.questions == ()
    assert project.tables["transactions"].columns["customer_id"].source == "customer_id"


def test_a_setting_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = init(tmp_path / "shop", [str(orders(tmp_path / "orders.csv"))]).file
    text = file.read_text()
    file.write_text(text + "time_zone: Europe/London\n")
    with pytest.raises(HoldfastError, match="time_zone stands twice"):
        load_settings(file)


def test_thousands_of_columns_are_not_printed_and_said_to_be_too_many(tmp_path: Path) -> None:
    names = [f"measure{number}" for number in range(2_050)]
    rows = [
        f"C{row:03d},{row % 2}," + ",".join(str((row * 7 + place) % 50) for place in range(2_050)) for row in range(60)
    ]
    (tmp_path / "wide.csv").write_text("\n".join([f"customer_id,left,{','.join(names)}", *rows]) + "\n")
    said = CliRunner().invoke(app, ["init", str(tmp_path / "shop"), "--from", str(tmp_path / "wide.csv")]).output
    assert 200 < len(said.splitlines()) < 220
    assert "more, each with its evidence in" in said
    assert "The customers have 2,052 columns, and a run uses 2,000 features at most" in said
    assert "customers.measure2049" not in said


PEOPLE = "\n".join(["customer_id,city", *(f"C{number:04d},{'ab'[number % 2]}" for number in range(40))]) + "\n"


def named(tmp_path: Path, *sources: str) -> dict[str, int]:
    """The tables that `init` finds, with how many files each."""
    project = load_settings(init(tmp_path / "shop", [str(tmp_path / source) for source in sources], force=True).file)
    return {name: len(table.files) for name, table in project.tables.items()}


def test_a_folder_of_files_that_say_nothing_names_its_table(tmp_path: Path) -> None:
    for place, name in enumerate(("a", "b", "part-0003", "2024-05")):
        orders(tmp_path / "raw" / "transactions" / f"{name}.csv", begin_at=200 * place)
    (tmp_path / "raw" / "people").mkdir()
    (tmp_path / "raw" / "people" / "a.csv").write_text(PEOPLE)
    assert named(tmp_path, "raw") == {"customers": 1, "transactions": 4}
    assert named(tmp_path, "raw/*/*.csv") == {"customers": 1, "transactions": 4}
    assert named(tmp_path, "raw/people/a.csv", "raw/transactions/a.csv") == {"customers": 1, "transactions": 1}


def test_names_that_say_something_go_before_the_folder(tmp_path: Path) -> None:
    for year in (2024, 2025):
        orders(tmp_path / str(year) / "sales.csv", begin_at=year)
        (tmp_path / str(year) / "clients.csv").write_text(PEOPLE.replace("C", f"C{year}"))
    assert named(tmp_path, "2024", "2025") == {"customers": 2, "sales": 2}


def test_equal_columns_in_two_folders_are_two_tables_and_in_parts_of_one_are_one(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    for place, folder in enumerate(("web/month=01", "web/month=02", "phone/month=01")):
        orders(tmp_path / folder / "part-0.csv", begin_at=200 * place)
    assert named(tmp_path, "people.csv", "*/*/*.csv") == {"customers": 1, "phone": 1, "web": 2}


def test_init_and_run_count_the_same_open_questions(tmp_path: Path) -> None:
    file = tmp_path / "mailing.csv"
    arms = ("Mens E-Mail", "No E-Mail", "Womens E-Mail")
    rows = [f"{n % 12 + 1},{30 + n * 7 % 500}.5,{arms[n % 3]},{int(n % 9 == 0)},{int(n % 50 == 0)}" for n in range(900)]
    file.write_text("recency,history,segment,visit,conversion\n" + "\n".join(rows) + "\n")
    draft = init(tmp_path / "shop", [str(file)])
    count = len(draft.questions)
    assert '"true": ["?"]' in draft.file.read_text()
    with pytest.raises(HoldfastError, match=f"{count} questions still open"):
        load_settings(draft.file)
    assert f"{count} open questions" in draft.file.read_text()


def test_numbered_files_with_a_column_more_are_one_table(tmp_path: Path) -> None:
    orders(tmp_path / "raw" / "orders_2023.csv")
    newer = orders(tmp_path / "raw" / "orders_2024.csv", begin_at=200)
    lines = newer.read_text().splitlines()
    newer.write_text("\n".join([lines[0] + ",channel", *(line + ",web" for line in lines[1:])]) + "\n")
    draft = init(tmp_path / "shop", [str(tmp_path / "raw")])
    (name, table), *others = load_settings(draft.file).tables.items()
    assert not others
    assert [Path(file).name for file in table.files] == ["orders_2023.csv", "orders_2024.csv"]
    read = read_table(name, table, tmp_path / "shop")
    assert read.rows.height == 400
    assert "orders_2023.csv: has no column channel" in read.notes[0]
