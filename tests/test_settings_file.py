"""A settings file that is wrong, hostile or enormous is one error in words, at once."""

import os
import re
import time
from pathlib import Path

import pytest
import yaml

from holdfast.errors import HoldfastError
from holdfast.settings_file import load_settings, open_questions

SHOP = """name: shop
shape: purchases
churn: {rule: inactivity}
tables:
  sales: {files: [sales.csv], holds: transactions, columns: {customer_id: {from: who}, happened_at: {from: day}}}
"""


def load(folder: Path, text: str):
    file = folder / "holdfast.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(HoldfastError) as error:
        load(folder, text)
    assert error.value.fix
    assert len(str(error.value)) < 4_000
    return error.value.problem


def test_a_small_project_loads(tmp_path: Path) -> None:
    assert load(tmp_path, SHOP).tables["sales"].columns["customer_id"].source == "who"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("training: {threads: 0}", "training.threads"),
        ("training: {threads: -3}", "training.threads"),
        ("training: {seed: -1}", "training.seed"),
        ("training: {seed: 100000000000000000000}", "training.seed"),
        ("training: {step_days: 1000000000}", "training.step_days"),
        ("features: {windows: [-5, 0]}", "features.windows, entry 1"),
        ("features: {windows: [1000000000]}", "features.windows, entry 1"),
        ("features: {windows: []}", "features.windows"),
        ("decisions: {budget: .inf}", "decisions.budget"),
        ("decisions: {budget: .nan}", "decisions.budget"),
        ("decisions: {offers: [{name: call, cost: .inf, saves: 0.1}]}", "decisions.offers, entry 1, cost"),
        ("memory_limit_gb: .inf", "memory_limit_gb"),
        ("value: {margin: .nan}", "value.margin"),
        ("time_zone: Europe/Berln", "did you mean Europe/Berlin?"),
        ("time_zone: ''", "time_zone"),
        ("cutoff: 2026-02-30", "day is out of range"),
    ],
)
def test_a_number_or_name_that_cannot_be_is_refused_where_it_stands(tmp_path: Path, line: str, words: str) -> None:
    assert words in refused(tmp_path, SHOP + line)


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ('delimiter: ""', "tables.sales.read.delimiter"),
        ('quote: ""', "tables.sales.read.quote"),
        ("header_row: -1", "tables.sales.read.header_row"),
        ("encoding: hex", 'no text encoding is called "hex"'),
        ("encoding: rot13", 'no text encoding is called "rot13"'),
        ("encoding: klingon", 'no text encoding is called "klingon"'),
    ],
)
def test_a_way_of_reading_that_is_none_is_refused(tmp_path: Path, read: str, words: str) -> None:
    assert words in refused(tmp_path, SHOP.replace("holds:", f"read: {{{read}}}, holds:"))


def test_a_table_whose_customers_are_found_through_itself_is_refused(tmp_path: Path) -> None:
    text = SHOP.replace("holds:", "through: {table: sales, on: order}, holds:")
    assert "tables.sales.through.table names sales itself" in refused(tmp_path, text)


def test_aliases_that_stand_for_millions_of_values_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "aliases" in refused(tmp_path, SHOP + "\n".join(lines))


def test_aliases_that_never_end_are_refused(tmp_path: Path) -> None:
    assert "aliases" in refused(tmp_path, SHOP + "loop: &loop [*loop]")
    chain = "\n".join(["c0: &c0 [x]", *(f"c{n}: &c{n} [*c{n - 1}]" for n in range(1, 2000))])
    assert "deep" in refused(tmp_path, SHOP + chain)


def test_an_honest_alias_is_read(tmp_path: Path) -> None:
    text = SHOP.replace("columns: {customer_id: {from: who}", "columns: {customer_id: &id {from: who}, payer: *id")
    assert load(tmp_path, text).tables["sales"].columns["payer"].source == "who"


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, "{a: " * 5000 + "1" + "}" * 5000])
def test_values_that_nest_thousands_deep_are_refused(tmp_path: Path, text: str) -> None:
    assert "nest more than" in refused(tmp_path, f"{SHOP}deep: {text}")


def test_thousands_of_unknown_names_are_counted_and_few_are_named(tmp_path: Path) -> None:
    text = SHOP + "trainin: {}\n" + "\n".join(f"k{n}: 1" for n in range(20_000))
    begin = time.process_time()
    yaml.safe_load(text)
    read = time.process_time()
    problem = refused(tmp_path, text)
    assert time.process_time() - read < 4 * (read - begin)  # hardly more than reading takes
    assert "20,001 wrong settings" in problem
    assert "did you mean training?" in problem
    assert "and 19,993 more" in problem


def test_a_file_of_records_is_not_taken_for_settings(tmp_path: Path) -> None:
    assert "settings take at most" in refused(tmp_path, SHOP + "# " + "x" * 2_100_000)


def test_which_column_and_which_of_its_texts_is_one_question() -> None:
    column = {"from": "?", "kind": "flag", "true": ["?"]}
    table = {"columns": {"label": column, "plan": {"from": "plan", "true": ["?"]}}}
    assert open_questions({"churn": {"rule": "?"}, "tables": {"people": table}}) == [
        "churn.rule",
        "tables.people.columns.label.from",
        "tables.people.columns.plan.true.0",
    ]


PEOPLE = """name: shop
shape: events
churn: {rule: end_date, activity: [transactions]}
tables:
  people:
    files: [people.csv]
    holds: customers
    columns: {customer_id: {from: id}, ended_at: {from: ended, kind: time}}
  transactions:
    files: [sales.csv]
    holds: transactions
    columns: {customer_id: {from: who}, happened_at: {from: day}, amount: {from: paid}, state: {from: state}}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "activity: [transactions]",
            "activity: [transactoins]",
            "churn.activity: there is no .transactoins.; did you mean transactions",
        ),
        ("holds: transactions", "holds: transactions\n    row_id: [stat]", "transactions.row_id.*did you mean state"),
        ("holds: transactions", "holds: transactions\n    only: {stat: [a]}", "transactions.only.*did you mean state"),
        (
            "holds: transactions",
            "holds: transactions\n    money: {once_per: stat}",
            "money.once_per.*did you mean state",
        ),
        (
            "holds: transactions",
            "holds: transactions\n    money: {refunds: [stat]}",
            "money.refunds.*did you mean state",
        ),
        (
            "holds: transactions",
            "holds: transactions\n    statuses: [{column: stat, sale: [x]}]",
            "statuses.column.*did you mean state",
        ),
        (
            "holds: transactions",
            "holds: transactions\n    through: {table: poeple, 'on': id}",
            "through.table.*did you mean people",
        ),
        (
            "tables:",
            "roll_up: {table: poeple, customer: id, account: parent}\ntables:",
            "roll_up.table.*did you mean people",
        ),
    ],
)
def test_a_name_of_nothing_is_refused_with_the_nearest(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert load(tmp_path, PEOPLE).churn.activity == ("transactions",)
    assert re.search(words, refused(tmp_path, PEOPLE.replace(old, new, 1)))


@pytest.mark.parametrize("kind", ["category", "flag", "text", "time"])
def test_the_outcome_under_a_second_name_is_refused_with_both(tmp_path: Path, kind: str) -> None:
    again = PEOPLE.replace("kind: time}", "kind: time}, cancel_day: {from: ended, kind: " + kind + "}", 1)
    problem = refused(tmp_path, again)
    assert "tables.people.columns.ended_at" in problem
    assert "tables.people.columns.cancel_day" in problem


@pytest.mark.parametrize("fault", ["11-activity-typo/typo", "17-end-date-mapped-twice/cat", "18-label-mapped-twice"])
def test_the_settings_of_the_faults_are_refused(fault: str) -> None:
    file = (
        Path(os.environ.get("HOLDFAST_CASES", Path(__file__).parents[2] / "shared" / "cases"))
        / "faults"
        / fault
        / "holdfast.yaml"
    )
    if not file.is_file():
        pytest.skip(f"{file} is not on this machine")
    with pytest.raises(HoldfastError):
        load_settings(file)


def test_one_status_in_two_spellings_is_no_contradiction(tmp_path: Path) -> None:
    status = "holds: transactions\n    statuses: [{column: state, failed: [failed, FAILED], sale: [paid, Paid]}]"
    settings = load(tmp_path, PEOPLE.replace("holds: transactions", status, 1))
    assert set(settings.tables["transactions"].statuses[0].meaning_of()) == {"failed", "paid"}
