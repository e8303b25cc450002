"""`holdfast init --interactive`: questions in the terminal, answers in the file, nothing else changed."""

import io
import os
import pty
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.interfaces.commands import CLI, holdfast

from holdfast.interfaces.cli.init import answer_questions
from holdfast.service.answers import OpenQuestion, open_questions
from holdfast.service.init import ProjectDraft, init


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Orders whose days may be of either order, in three currencies: two questions."""
    dice = random.Random(5)
    lines = ["customer_id,order_date,amount,currency"]
    for _ in range(900):
        day = f"{dice.randint(1, 12):02d}/{dice.randint(1, 12):02d}/202{dice.randint(3, 5)}"
        lines.append(f"C{dice.randint(0, 99):03d},{day},{dice.randint(5, 99)}.50,{dice.choice(['USD', 'USD', 'EUR'])}")
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def draft(orders: Path, tmp_path: Path) -> ProjectDraft:
    return init(tmp_path / "shop", [orders])


def typed(*lines: str) -> "Reader":
    return Reader(iter(lines))


class Reader:
    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.prompts = lines, list[str]()

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self.lines, None)
        if line is None:
            raise EOFError
        return line


def test_enter_takes_the_likeliest_and_the_file_is_otherwise_the_same(draft: ProjectDraft) -> None:
    before = draft.file.read_text(encoding="utf-8")
    questions = open_questions(draft.file, draft.guesses)
    assert [question.about for question in questions] == ["currencies.keep", "transactions.happened_at.format"]
    assert questions[0].candidates[0] == "USD"
    assert answer_questions(draft, typed("", "2")) == 0
    after = draft.file.read_text(encoding="utf-8")
    settings = yaml.safe_load(after)
    assert settings["currencies"]["keep"] == "USD"
    assert settings["tables"]["transactions"]["columns"]["happened_at"]["format"] == questions[1].candidates[1]
    assert "open question" not in after
    assert "QUESTION" not in after
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(changed) == 4  # two answers, and the comments above them


def test_what_is_skipped_stays_open_and_what_is_wrong_is_asked_again(
    draft: ProjectDraft, capsys: pytest.CaptureFixture[str]
) -> None:
    read = typed("?", "77", "eur", "s", "1")
    assert answer_questions(draft, read) == 1
    out = capsys.readouterr().out
    assert "The setting is currencies.keep" in out
    assert "Not among the answers: 77" in out
    assert yaml.safe_load(draft.file.read_text(encoding="utf-8"))["currencies"]["keep"] == "eur"
    assert '# 1 open question: answer each "?"' in draft.file.read_text(encoding="utf-8")


def test_answers_that_end_leave_the_rest_open(draft: ProjectDraft) -> None:
    assert answer_questions(draft, typed("")) == 1


def test_enter_skips_a_question_for_which_nothing_is_known_to_offer(
    draft: ProjectDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And asks it no second time, whatever is typed."""

    def without_candidates(*arguments: Any) -> tuple[OpenQuestion, ...]:
        return tuple(replace(question, candidates=()) for question in open_questions(*arguments))

    monkeypatch.setattr("holdfast.service.answers.open_questions", without_candidates)
    read = typed(*("",) * 50)
    assert answer_questions(draft, read) == 2
    assert len(read.prompts) == 2
    assert "Enter or s = skip" in read.prompts[0]


def test_an_answer_that_leaves_its_question_open_is_asked_for_twice_at_most(
    draft: ProjectDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr("holdfast.service.answers.answer", lambda _file, _question, value: written.append(value))
    assert answer_questions(draft, typed(*("",) * 50)) == 2
    assert len(written) == 4


def test_texts_without_a_meaning_are_asked_one_by_one(tmp_path: Path) -> None:
    dice = random.Random(2)
    lines = ["order_id,customer_id,order_date,amount,status"]
    for number in range(600):
        state = dice.choice(["paid", "paid", "paid", "zorbed", "quux"])
        day = f"2024-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
        lines.append(f"O{number},C{dice.randint(0, 90):02d},{day},{dice.randint(5, 99)}.5,{state}")
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft = init(tmp_path / "shop", [tmp_path / "orders.csv"])
    questions = open_questions(draft.file, draft.guesses)
    assert {question.text for question in questions} == {"zorbed", "quux"}
    answers = {"zorbed": "sale", "quux": "failed"}
    assert answer_questions(draft, typed(*(answers[question.text] for question in questions))) == 0
    (status,) = yaml.safe_load(draft.file.read_text(encoding="utf-8"))["tables"]["transactions"]["statuses"]
    assert "zorbed" in status["sale"]
    assert status["failed"] == ["quux"]
    assert "unknown" not in status
    checked = holdfast("check", tmp_path / "shop")
    assert "question" not in checked.err


def test_without_a_terminal_it_says_so(orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    refused = holdfast("init", tmp_path / "shop", "--from", orders, "--interactive")
    assert refused.code == 2
    assert "standard input is none" in refused.err
    assert not (tmp_path / "shop" / "holdfast.yaml").exists()
    both = holdfast("init", tmp_path / "shop", "--from", orders, "--interactive", "--json")
    assert both.code == 2


def test_in_a_real_terminal(orders: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CLI, "init", str(tmp_path / "shop"), "--from", str(orders), "--interactive"]
    terminal, other_end = pty.openpty()
    child = subprocess.Popen(command, stdin=other_end, stdout=other_end, stderr=other_end)
    os.close(other_end)
    seen, answered, deadline = b"", 0, time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the child has ended
            break
        if not piece:
            break
        seen += piece
        if seen.count(b"s = skip: ") + seen.count(b"s = compare later: ") > answered:
            answered += 1
            os.write(terminal, b"\n")
    os.close(terminal)
    assert child.wait(timeout=30) == 0, seen.decode()
    assert answered == 3  # the revenue of a month, then two questions
    assert "?" not in str(yaml.safe_load((tmp_path / "shop" / "holdfast.yaml").read_text(encoding="utf-8")))
