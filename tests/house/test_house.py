"""The house watches itself: sizes, names and promises of every module."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.house.words import nodes

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "holdfast"
MODULES = sorted(SRC.rglob("*.py"))
FOLDERS = sorted({module.parent for module in MODULES})
VAGUE = {"utils", "util", "helpers", "common", "misc", "core", "manager", "handler", "base"}
MODULE_LINES = 400
FUNCTION_LINES = 70
FOLDER_MODULES = 20
TINY_LINES = 60

# Tiny modules with one importer in their own folder, each with the reason why they are not part of it.
TINY = {
    "interfaces/cli/": "one command a file; app lists them",
    "pipeline/": "one stage a file, called as the stage; stages lists them",
    "models/trees/kernel.py": "machine code: loads numba, so it is imported when trees are explained only",
    "sources/parquet.py": "one format a file; formats lists them",
    "sources/workbook/child.py": "a process of its own: it reads untrusted workbooks behind limits",
    "quality/parts.py": "one step of cleaning a file; clean calls them in order",
    "features/engine/": "machine code: numba keeps one cache file a module, and it is imported when used only",
    "ingest/report.py": "the texts and records of an ingest, apart from the ingest itself",
    "inference/recipes/": "one platform a file; catalog lists them",
    "interfaces/api/web_app.py": "the built web app, apart from the API; the app puts both together",
    "interfaces/api/pages.py": "pages for a browser, apart from the API; the app puts both together",
}

# Folders that are a list of records, one a file, and may hold any number.
RECORDS = {"inference/recipes"}

# Modules whose name is a participle and still the field's own noun.
NOUNS = {
    "capping": "outlier capping, the field's word",
    "encoding": "of text and of categories",
    "formatting": "of numbers for people",
    "grouping": "the engine's grouping of events by customer",
    "hashing": "of files and settings",
    "mapping": "of a file's columns to ours",
    "ordering": "the order of a store's rows",
    "parsing": "of values from text",
    "partitioning": "of customers by hash",
    "ranking": "ROC-AUC and ranks",
    "reading": "the counterpart of writing",
    "sorting": "radix sort",
    "spelling": "of category values",
    "training": "of models",
    "trained": "what training returns",
    "windowed": "the windowed kernel",
    "writing": "the counterpart of reading",
}
# Still to be renamed; nothing may be added.
NOT_YET_NOUNS: set[str] = set()


def _name(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def _lines(module: Path) -> int:
    return len(module.read_text(encoding="utf-8").splitlines())


# What a rule has against a module or a folder: nothing, or one line for each fault.
Rule = Callable[[Path], Iterator[str]]


def _faults(rules: tuple[Rule, ...], paths: list[Path]) -> dict[Rule, list[str]]:
    """Every fault that each rule finds, with its path; path by path, so that each is read once for all rules."""
    faults: dict[Rule, list[str]] = {rule: [] for rule in rules}
    for path in paths:
        for rule in rules:
            faults[rule] += [f"{_name(path)}: {fault}" for fault in rule(path)]
    return faults


def can_be_read_in_one_sitting(module: Path) -> Iterator[str]:
    if _lines(module) > MODULE_LINES:
        yield f"{_lines(module)} lines; split it where its reasons to change part."


def has_functions_that_fit_on_a_screen(module: Path) -> Iterator[str]:
    if "migrations/versions" in module.as_posix():
        return  # written by scripts/write_migration.py: a list of tables, not logic
    for node in nodes(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.name} (line {node.lineno}) has {lines} lines."


def can_be_taken_in_at_a_glance(folder: Path) -> Iterator[str]:
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    if len(modules) > FOLDER_MODULES and _name(folder) not in RECORDS:
        yield f"{len(modules)} modules; a folder is missing."


def shares_no_prefix_among_three_files(folder: Path) -> Iterator[str]:
    prefixes = defaultdict(list)
    for path in folder.glob("[!_]*.py"):
        prefixes[path.stem.partition("_")[0]].append(path.name)
    for prefix, names in prefixes.items():
        if len(names) >= 3:
            yield f"make a folder {prefix} of {', '.join(sorted(names))}."


@cache
def _importers() -> dict[str, set[Path]]:
    """Dotted module -> the modules that import it or something of it."""
    importers = defaultdict(set)
    for module in MODULES:
        for node in nodes(module):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                    importers[name].add(module)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    importers[alias.name].add(module)
    return importers


def has_more_than_one_reader_if_it_is_tiny(module: Path) -> Iterator[str]:
    is_listed = module.name == "__init__.py" or any(_name(module).startswith(listed) for listed in TINY)
    if is_listed or _lines(module) >= TINY_LINES:
        return
    readers = _importers()[".".join(module.relative_to(SRC.parent).with_suffix("").parts)]
    if len(readers) == 1 and next(iter(readers)).parent == module.parent:
        yield f"only {_name(next(iter(readers)))} imports it: merge the two, or list it with a reason."


def says_what_it_is_about(module: Path) -> Iterator[str]:
    root = nodes(module)[0]
    if not isinstance(root, ast.Module) or not ast.get_docstring(root):
        yield "begin with one line saying what it is about."


def holds_no_code_of_its_own_as_a_package(module: Path) -> Iterator[str]:
    if module.name != "__init__.py":
        return
    if defined := [node.name for node in nodes(module) if isinstance(node, ast.ClassDef)]:
        yield f"defines {', '.join(defined)}."
    if _lines(module) > 25:
        yield f"{_lines(module)} lines."


def has_a_name_that_says_something(module: Path) -> Iterator[str]:
    if module.stem in VAGUE and _name(module) != "models/churn/base.py":
        yield "the name says nothing."


def is_a_noun_or_the_verb_it_is_known_for(path: Path) -> Iterator[str]:
    last = path.stem.rpartition("_")[2]
    is_participle = len(last) > 4 and last.endswith(("ing", "ed"))
    if is_participle and last not in NOUNS and path.stem not in NOT_YET_NOUNS:
        yield "name the thing, not the motion."


def pickles_nothing_and_leaves_nothing_for_later(module: Path) -> Iterator[str]:
    text = module.read_text(encoding="utf-8")
    for banned in (
        r"\b(?:pickle|joblib|cloudpickle)\b\.(?:load|dump)",
        r"\b(?:TODO|FIXME)\b|\bXXX\b|raise NotImplementedError",
    ):
        yield from re.findall(banned, text)


def does_not_say_who_wrote_it(module: Path) -> Iterator[str]:
    text = module.read_text(encoding="utf-8")
    names = r"^\s*(?:#|__)\s*(?:author|copyright|created by|written by).*"
    yield from re.findall(names, text, re.IGNORECASE | re.MULTILINE)


def imports_no_private_name(module: Path) -> Iterator[str]:
    for node in nodes(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast"):
            private = [name.name for name in node.names if name.name.startswith("_")]
            yield from [f"line {node.lineno} imports {name}" for name in private]


def reads_the_clock_in_interfaces_only(module: Path) -> Iterator[str]:
    if not _name(module).startswith("interfaces"):
        yield from re.findall(
            r"\b(?:datetime\.now|date\.today|time\.time|utcnow)\(", module.read_text(encoding="utf-8")
        )


def has_functions_of_few_arguments(module: Path) -> Iterator[str]:
    if _name(module).startswith("interfaces/cli"):
        return  # a command's options are its reader's words
    for node in nodes(module):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            own = [name for name in names if name not in {"self", "cls"}]
            if len(own) > 7:
                yield f"{node.name} (line {node.lineno}) takes {len(own)}: pass a record."


def takes_percentages_from_one_function(module: Path) -> Iterator[str]:
    for tick in re.findall(r"\{[^{}]*:[^{}]*%\}", module.read_text(encoding="utf-8")):
        yield f"{tick}: use holdfast.formatting.percent: 27.2 %, 74 %."


OF_MODULES: tuple[Rule, ...] = (
    can_be_read_in_one_sitting,
    has_functions_that_fit_on_a_screen,
    has_more_than_one_reader_if_it_is_tiny,
    says_what_it_is_about,
    holds_no_code_of_its_own_as_a_package,
    has_a_name_that_says_something,
    is_a_noun_or_the_verb_it_is_known_for,
    pickles_nothing_and_leaves_nothing_for_later,
    does_not_say_who_wrote_it,
    imports_no_private_name,
    reads_the_clock_in_interfaces_only,
    has_functions_of_few_arguments,
    takes_percentages_from_one_function,
)
OF_FOLDERS: tuple[Rule, ...] = (
    can_be_taken_in_at_a_glance,
    shares_no_prefix_among_three_files,
    is_a_noun_or_the_verb_it_is_known_for,
)


@cache
def _faults_of_modules() -> dict[Rule, list[str]]:
    return _faults(OF_MODULES, MODULES)


# A test a rule and not one a module: ten thousand tests of a line each took longer to list than to run.
@pytest.mark.parametrize("rule", OF_MODULES, ids=lambda rule: rule.__name__)
def test_every_module(rule: Rule) -> None:
    if faults := _faults_of_modules()[rule]:
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.mark.parametrize("rule", OF_FOLDERS, ids=lambda rule: rule.__name__)
def test_every_folder(rule: Rule) -> None:
    if faults := _faults((rule,), FOLDERS)[rule]:
        pytest.fail("\n".join(faults), pytrace=False)


def test_all_faults_of_all_modules_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(f"{__name__}.SRC", tmp_path)
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text("def f(a, b, c, d, e, f, g, h): ...\ndef g(a, b, c, d, e, f, g, h): ...\n")
    rules = (says_what_it_is_about, has_functions_of_few_arguments)
    faults = _faults(rules, [tmp_path / "first.py", tmp_path / "second.py"])
    assert faults[says_what_it_is_about] == [
        "first.py: begin with one line saying what it is about.",
        "second.py: begin with one line saying what it is about.",
    ]
    assert [fault.partition(" takes")[0] for fault in faults[has_functions_of_few_arguments]] == [
        "first.py: f (line 1)",
        "first.py: g (line 2)",
        "second.py: f (line 1)",
        "second.py: g (line 2)",
    ]


def test_every_exception_to_the_floor_still_exists() -> None:
    assert [listed for listed in TINY if not (SRC / listed).exists()] == []
