"""Hostile input through the command line: one clear error with its fix, or an honest refusal; never a traceback."""

import gzip
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from holdfast.interfaces.cli.app import main

FIXABLE = 2
HEADER = "customer_id,order_date,amount"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    command: str
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """The command line, in this process; an exception that it does not turn into words fails the test by itself."""
    monkeypatch.chdir(tmp_path)

    def answered(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["holdfast", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Answer(" ".join(arguments), code, said.out, said.err)

    return answered


def assert_refused(answer: Answer, *words: str) -> None:
    assert answer.code == FIXABLE, answer.text
    assert "Traceback" not in answer.text
    for word in words:
        assert word.lower() in answer.text.lower(), answer.text
    assert "Fix: " in answer.err, answer.text


def assert_nothing_half_written(project: Path) -> None:
    left = [path for path in project.rglob("*") if path.name.startswith((".writing-", ".unfinished-", ".latest-new"))]
    assert not [path for path in left if path.name.startswith((".writing-", ".latest-new"))], left
    latest = project / "runs" / "latest"
    if latest.exists():
        assert (latest / "predictions.parquet").is_file()


def purchases(count: int = 120, start: date = date(2024, 1, 1)) -> list[str]:
    """A small, sound purchase log without its header."""
    dice = random.Random(7)
    return [
        f"A{number:03d},{start + timedelta(days=dice.randint(0, 400))},{dice.randint(5, 90)}.50"
        for number in range(count)
        for _ in range(dice.randint(1, 14))
    ]


def labelled(count: int, label: Callable[[int], str], name: Callable[[int], str] = lambda i: f"C{i}") -> list[str]:
    dice = random.Random(7)
    return ["customerID,tenure,MonthlyCharges,Contract,Churn"] + [
        f"{name(i)},{dice.randint(1, 70)},{dice.randint(20, 110)},{dice.choice(['Monthly', 'Yearly'])},{label(i)}"
        for i in range(count)
    ]


def save(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def first_refusal(ask: Ask, *files: Path) -> Answer:
    """Begin, check and run, with the quickest model, until a command refuses."""
    answer = ask("init", "shop", "--from", *map(str, files))
    if answer.code == 0:
        with Path("shop/holdfast.yaml").open("a", encoding="utf-8") as settings:
            settings.write("\ntraining:\n  models: [logistic]\n  at_most_cutoffs: 2\n")
        answer = ask("run", "shop", "--skip-plots")
    assert answer.code in (0, FIXABLE), answer.text
    assert "Traceback" not in answer.text
    if answer.code:
        assert "Fix: " in answer.err, answer.text
    assert_nothing_half_written(Path("shop"))
    return answer


def test_an_empty_file_is_refused(ask: Ask) -> None:
    Path("orders.csv").touch()
    assert_refused(ask("init", "shop", "--from", "orders.csv"), "orders.csv", "empty")
    assert not Path("shop").exists()


def test_a_header_without_records_is_refused(ask: Ask) -> None:
    save(Path("orders.csv"), [HEADER])
    assert_refused(ask("init", "shop", "--from", "orders.csv"), "orders.csv", "no record")
    assert not Path("shop").exists()


def test_a_file_that_is_not_there_is_refused(ask: Ask) -> None:
    assert_refused(ask("init", "shop", "--from", "nowhere.csv"), "nowhere.csv")


@pytest.mark.parametrize(
    "unpacked", [b"\n", b"\0", b" ", b"a"], ids=["line ends", "zeros", "blanks", "one endless line"]
)
def test_two_gigabytes_of_nothing_in_a_small_gzip_are_refused(ask: Ask, unpacked: bytes) -> None:
    member = gzip.compress(unpacked * (64 << 20), 6)
    Path("orders.csv.gz").write_bytes(member * 32)
    assert_refused(ask("init", "shop", "--from", "orders.csv.gz"), "orders.csv.gz")
    assert not Path("shop").exists()


def test_column_names_that_stand_twice_are_refused_with_their_places(ask: Ask) -> None:
    save(Path("orders.csv"), [f"{HEADER},amount", *(f"{line},1" for line in purchases())])
    assert_refused(ask("init", "shop", "--from", "orders.csv"), "amount", "3, 4")


def test_a_cell_far_outside_the_table_is_refused(ask: Ask) -> None:
    book = xlsxwriter.Workbook("orders.xlsx")
    sheet = book.add_worksheet()
    for row, line in enumerate([HEADER, *purchases(10)]):
        sheet.write_row(row, 0, line.split(","))
    sheet.write("XFD1048576", "far")
    book.close()
    assert_refused(ask("init", "shop", "--from", "orders.xlsx"), "1,048,576", "Ctrl+End")


def test_one_customer_is_not_enough_to_learn_from(ask: Ask) -> None:
    lines = [f"A001,{date(2024, 1, 1) + timedelta(days=11 * i)},{10 + i}.00" for i in range(20)]
    answer = first_refusal(ask, save(Path("orders.csv"), [HEADER, *lines]))
    assert answer.code == FIXABLE, answer.text


@pytest.mark.parametrize("label", ["No", "Yes"])
def test_a_label_that_is_always_the_same_is_refused_and_named(ask: Ask, label: str) -> None:
    answer = first_refusal(ask, save(Path("customers.csv"), labelled(400, lambda _: label)))
    assert answer.code == FIXABLE, answer.text
    assert f'Churn holds only "{label}"' in Path("shop/holdfast.yaml").read_text()


def test_purchases_without_a_time_are_refused(ask: Ask) -> None:
    lines = ["customer_id,amount,product", *(f"C{i % 60},{5 + i % 70}.50,P{i % 9}" for i in range(500))]
    answer = first_refusal(ask, save(Path("orders.csv"), lines))
    assert_refused(answer, "no column tells when", "60 different values in 500 rows", "a column of dates")


def test_ids_that_collide_after_trimming_are_said(ask: Ask) -> None:
    lines = labelled(400, lambda i: "Yes" if i % 3 == 0 else "No", lambda i: f"C{i // 2}{' ' * (i % 2)}")
    answer = first_refusal(ask, save(Path("customers.csv"), lines))
    assert_refused(answer, "200 different values in 400 rows", "differ only in blanks")


def test_mixed_encodings_are_read_and_counted(ask: Ask) -> None:
    towns = ("Köln", "Málaga", "Paris")
    content = f"{HEADER},town\n".encode()
    for place, line in enumerate(purchases()):
        content += f"{line},{towns[place % 3]}\n".encode("windows-1252" if place % 4 == 0 else "utf-8")
    Path("orders.csv").write_bytes(content)
    began = ask("init", "shop", "--from", "orders.csv")
    assert began.code == 0, began.text
    checked = ask("check", "shop")
    assert checked.code in (0, FIXABLE), checked.text
    assert "lines are not UTF-8 and were read as windows-1252" in checked.text
    assert "Traceback" not in checked.text


@pytest.mark.slow
def test_a_column_with_an_evil_name_is_a_column(ask: Ask) -> None:
    evil = '"\'; DROP TABLE customers; --"'
    save(Path("orders.csv"), [f"{HEADER},{evil}", *(f"{line},x{i % 3}" for i, line in enumerate(purchases()))])
    answer = first_refusal(ask, Path("orders.csv"))
    assert answer.code == 0, answer.text


@pytest.mark.slow
def test_ten_thousand_columns_are_looked_at_and_checked(ask: Ask) -> None:
    dice = random.Random(3)
    header = "customer_id,churn," + ",".join(f"x{place}" for place in range(9998))
    lines = [
        f"C{i},{dice.choice(['Yes', 'No'])}," + ",".join(str(dice.randint(0, 99)) for _ in range(9998))
        for i in range(150)
    ]
    began = ask("init", "shop", "--from", str(save(Path("customers.csv"), [header, *lines])))
    assert began.code == 0, began.text
    checked = ask("check", "shop")
    assert checked.code in (0, FIXABLE), checked.text
    assert "150" in checked.out


def test_a_few_dates_in_the_future_do_not_move_the_last_day(ask: Ask) -> None:
    save(Path("orders.csv"), [HEADER, *purchases(), "A001,2031-05-01,12.00", "A002,2999-06-01,12.00"])
    began, checked = ask("init", "shop", "--from", "orders.csv"), ask("check", "shop")
    assert (began.code, checked.code) in ((0, 0), (0, FIXABLE)), checked.text
    assert "2025-02-05" in checked.text, "the day after the last sound purchase"
