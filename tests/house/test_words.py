"""Plain words: no banned word in the names of the code, and none in what people read."""

from collections import defaultdict
from pathlib import Path

import pytest
from tests.house.words import ROOT, Hit, allowances, dictionary, hits, hits_in_tests, name_hits, text_hits

ADVICE = "the dictionary is tests/house/banned_words.txt; whoever moves code moves its allowance (allowances.txt) along"


def _by_folder() -> dict[tuple[str, str], list[Hit]]:
    folders: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in hits():
        folders[hit.folder, hit.kind].append(hit)
    return folders


@pytest.mark.parametrize("kind", ["name", "text"])
def test_no_folder_holds_more_banned_words_than_it_may(kind: str) -> None:
    limits = allowances()
    for (folder, held_kind), banned in _by_folder().items():
        limit = limits.get((folder, held_kind), 0)
        if held_kind == kind and len(banned) > limit:
            listed = "\n".join(map(str, banned))
            pytest.fail(f"{folder}: {len(banned)} banned words, {limit} allowed ({ADVICE}):\n{listed}")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("told = 1", ["told"]),
        ("_told = 1", ["told"]),
        ("time_told = 1", ["told"]),
        ("rows_kept = 1", []),
        ("kept = 1", ["kept"]),
        ("class ToldCost: ...", ["told"]),
        ("def judge(seen, *, desk): ...", ["judge", "seen", "desk"]),
        ("self.chance = 1", ["chance"]),
        ("for place, row in rows: ...", ["place"]),
        ("desktop = 1", []),
        ("print(told)", []),
    ],
)
def test_banned_names_are_found_where_they_are_defined(tmp_path: Path, code: str, words: list[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text(code)
    assert sorted(hit.word for hit in name_hits(module)) == sorted(words)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('"""The chance of leaving."""', ["chance"]),
        ('"""No better than chance."""', []),
        ('"""Plain.\n\nHere it is told at length."""', []),
        ('text = "measured anew"', ["anew"]),
        ('text = f"{n} rows\\nmeasured anew"', ["anew"]),
        ('record["told"] = 1', []),
        ("# a comment that is told", []),
    ],
)
def test_banned_words_are_found_in_what_people_read(tmp_path: Path, code: str, words: list[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text(code)
    assert [hit.word for hit in text_hits(module)] == words


def test_a_page_is_read_whole_and_each_hit_names_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\nMade-up customers,\nby chance, judged\nanew.\n")
    assert [(hit.line, hit.word) for hit in text_hits(page)] == [(3, "made-up"), (4, "judged"), (5, "anew")]


def test_the_names_of_tests_hold_no_banned_word(tmp_path: Path) -> None:
    module = tmp_path / "test_module.py"
    module.write_text("def test_it_is_told_anew(): ...\ndef told(): ...\n")
    assert [hit.word for hit in hits_in_tests(module)] == ["told", "anew"]
    assert [str(hit) for path in sorted((ROOT / "tests").rglob("test_*.py")) for hit in hits_in_tests(path)] == []


def test_every_banned_word_has_a_better_one() -> None:
    words = dictionary()
    assert all(better for scope in (words.names, words.tokens, words.texts) for better in scope.values())
    assert {"told", "mend", "chance", "learnt"} <= set(words.texts)
