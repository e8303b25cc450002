"""The house watches itself."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "holdfast"
MODULES = sorted(SRC.rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "common", "misc", "core", "manager", "handler", "base"}


def _name(path: Path) -> str:
    return str(path.relative_to(SRC))


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    lines = len(module.read_text().splitlines())
    assert lines <= 400, f"{lines} lines; split it where its reasons to change part."


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_says_what_it_is_about(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text())), "begin with one line saying what it is about."


@pytest.mark.parametrize("module", [path for path in MODULES if path.name == "__init__.py"], ids=_name)
def test_packages_hold_no_code_of_their_own(module: Path) -> None:
    defined = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ClassDef)]
    assert not defined
    assert len(module.read_text().splitlines()) <= 25


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_names_say_something(module: Path) -> None:
    assert module.stem not in VAGUE or _name(module) == "models/churn/base.py"


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_nothing_is_pickled_and_nothing_is_left_for_later(module: Path) -> None:
    text = module.read_text()
    assert not re.search(r"\b(pickle|joblib|cloudpickle)\b\.(load|dump)", text)
    assert not re.search(r"\b(TODO|FIXME)\b|\bXXX\b|raise NotImplementedError", text)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_private_names_stay_in_their_module(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast"):
            private = [name.name for name in node.names if name.name.startswith("_")]
            assert not private, f"line {node.lineno} imports {private}"


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_the_clock_is_read_in_interfaces_only(module: Path) -> None:
    if _name(module).startswith("interfaces"):
        return
    calls = re.findall(r"\b(?:datetime\.now|date\.today|time\.time|utcnow)\(", module.read_text())
    assert not calls


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_functions_take_few_arguments(module: Path) -> None:
    if _name(module).startswith("interfaces/cli"):
        return  # a command's options are its reader's words
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            own = [name for name in names if name not in {"self", "cls"}]
            assert len(own) <= 7, f"{node.name} (line {node.lineno}) takes {len(own)}: pass a record."
