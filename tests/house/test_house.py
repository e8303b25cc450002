"""The house watches itself: sizes, names and promises of every module."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

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


@cache
def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _lines(module: Path) -> int:
    return len(module.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert _lines(module) <= MODULE_LINES, f"{_lines(module)} lines; split it where its reasons to change part."


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_function_fits_on_a_screen(module: Path) -> None:
    if "migrations/versions" in module.as_posix():
        pytest.skip("written by scripts/write_migration.py: a list of tables, not logic")
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{node.name} (line {node.lineno}) has {lines} lines."


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_a_folder_can_be_taken_in_at_a_glance(folder: Path) -> None:
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= FOLDER_MODULES or _name(folder) in RECORDS, f"{len(modules)} modules; a folder is missing."


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_a_shared_prefix_of_three_files_is_a_folder(folder: Path) -> None:
    prefixes = defaultdict(list)
    for path in folder.glob("[!_]*.py"):
        prefixes[path.stem.partition("_")[0]].append(path.name)
    shared = {prefix: sorted(names) for prefix, names in prefixes.items() if len(names) >= 3}
    assert not shared, "make it a folder."


@cache
def _importers() -> dict[str, set[Path]]:
    """Dotted module -> the modules that import it or something of it."""
    importers = defaultdict(set)
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                    importers[name].add(module)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    importers[alias.name].add(module)
    return importers


@pytest.mark.parametrize("module", [path for path in MODULES if path.name != "__init__.py"], ids=_name)
def test_a_tiny_module_has_more_than_one_reader(module: Path) -> None:
    if _lines(module) >= TINY_LINES or any(_name(module).startswith(listed) for listed in TINY):
        return
    dotted = ".".join(module.relative_to(SRC.parent).with_suffix("").parts)
    readers = _importers()[dotted]
    alone = len(readers) == 1 and next(iter(readers)).parent == module.parent
    assert not alone, f"only {_name(next(iter(readers)))} imports it: merge the two, or list it with a reason."


def test_every_exception_to_the_floor_still_exists() -> None:
    assert [listed for listed in TINY if not (SRC / listed).exists()] == []


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_says_what_it_is_about(module: Path) -> None:
    assert ast.get_docstring(_tree(module)), "begin with one line saying what it is about."


@pytest.mark.parametrize("module", [path for path in MODULES if path.name == "__init__.py"], ids=_name)
def test_packages_hold_no_code_of_their_own(module: Path) -> None:
    defined = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.ClassDef)]
    assert not defined
    assert _lines(module) <= 25


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_names_say_something(module: Path) -> None:
    assert module.stem not in VAGUE or _name(module) == "models/churn/base.py"


@pytest.mark.parametrize("path", [*MODULES, *FOLDERS], ids=_name)
def test_a_module_is_a_noun_or_the_verb_it_is_known_for(path: Path) -> None:
    last = path.stem.rpartition("_")[2]
    is_participle = len(last) > 4 and last.endswith(("ing", "ed"))
    assert not is_participle or last in NOUNS or path.stem in NOT_YET_NOUNS, "name the thing, not the motion."


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_nothing_is_pickled_and_nothing_is_left_for_later(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not re.search(r"\b(pickle|joblib|cloudpickle)\b\.(load|dump)", text)
    assert not re.search(r"\b(TODO|FIXME)\b|\bXXX\b|raise NotImplementedError", text)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_nothing_says_who_wrote_it(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(#|__)\s*(author|copyright|created by|written by)", text, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_private_names_stay_in_their_module(module: Path) -> None:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast"):
            private = [name.name for name in node.names if name.name.startswith("_")]
            assert not private, f"line {node.lineno} imports {private}"


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_the_clock_is_read_in_interfaces_only(module: Path) -> None:
    if _name(module).startswith("interfaces"):
        return
    calls = re.findall(r"\b(?:datetime\.now|date\.today|time\.time|utcnow)\(", module.read_text(encoding="utf-8"))
    assert not calls


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_functions_take_few_arguments(module: Path) -> None:
    if _name(module).startswith("interfaces/cli"):
        return  # a command's options are its reader's words
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            own = [name for name in names if name not in {"self", "cls"}]
            assert len(own) <= 7, f"{node.name} (line {node.lineno}) takes {len(own)}: pass a record."


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_percentages_come_from_one_function(module: Path) -> None:
    ticks = re.findall(r"\{[^{}]*:[^{}]*%\}", module.read_text(encoding="utf-8"))
    assert not ticks, "use holdfast.formatting.percent: 27.2 %, 74 %."
