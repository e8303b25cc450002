"""Every call of LightGBM asks for the same number of threads: others side by side end in a segmentation fault."""

import ast
from collections.abc import Iterator
from pathlib import Path

import holdfast

SRC = Path(holdfast.__file__).parent
NAME = "LIGHTGBM_THREADS"


def calls_of_other_numbers(code: str) -> Iterator[int]:
    """Lines of calls that name another number, and of predictions by a booster that name none."""
    for node in ast.walk(ast.parse(code)):
        numbers: list[ast.expr] = []
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            numbers = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "num_threads"]
        elif isinstance(node, ast.Call):
            numbers = [keyword.value for keyword in node.keywords if keyword.arg == "num_threads"]
            func = node.func
            if isinstance(func, ast.Attribute) and func.attr == "predict" and not numbers:
                owner = func.value.value if isinstance(func.value, ast.Subscript) else func.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name.removesuffix("s").endswith("booster"):
                    yield node.lineno
        yield from (number.lineno for number in numbers if not (isinstance(number, ast.Name) and number.id == NAME))


def test_every_call_asks_for_the_same_number_of_threads() -> None:
    files = [file for file in SRC.rglob("*.py") if "lightgbm" in file.read_text(encoding="utf-8")]
    assert {file.name for file in files} >= {"spend.py", "members.py", "lightgbm.py"}
    codes = {file.name: file.read_text(encoding="utf-8") for file in files}
    assert [(name, line) for name, code in codes.items() for line in calls_of_other_numbers(code)] == []


def test_what_would_crash_is_noticed() -> None:
    assert list(calls_of_other_numbers("self.booster.predict(matrix)")) == [1]
    assert list(calls_of_other_numbers("booster.predict(matrix, num_threads=2)")) == [1]
    assert list(calls_of_other_numbers('boosters["spend"].predict(matrix)')) == [1]
    assert list(calls_of_other_numbers('settings = {"seed": 1,\n "num_threads": threads}')) == [2]
    assert not list(calls_of_other_numbers("self.booster.predict(matrix, num_threads=LIGHTGBM_THREADS)"))
