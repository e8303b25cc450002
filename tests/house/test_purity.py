"""Pure layers: tables and records in, tables and records out. Here the calls are checked that imports do not show."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"

_FILES = ("read_", "scan_", "write_", "sink_")  # Polars, pathlib: read_csv, write_parquet, read_text
_FOLDERS = {"mkdir", "unlink", "rmdir", "touch", "iterdir", "glob", "rglob", "getenv", "getcwd"}
_CLOCK = {"now", "today", "utcnow", "perf_counter", "monotonic"}
_DRAWS = {"default_rng", "Generator", "SeedSequence", "PCG64"}  # of numpy.random: seeded by their arguments

# What is impure in a pure layer, each with its reason.
ALLOWED = {
    ("holdfast/features/engine/jit.py", "read_bytes"): "its own source: the name of the cache of machine code",
    ("holdfast/reports/html.py", "read_text"): "the template that belongs to the package",
    ("holdfast/reports/dashboard.py", "read_text"): "style and script that belong to the package",
    ("holdfast/models/churn/selection.py", "perf_counter"): "seconds of each candidate; no decision reads them",
}


def _pure_modules() -> list[Path]:
    """The modules of the layers that import-linter holds to be pure."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (pure,) = [contract for contract in contracts if contract.get("id") == "pure"]
    paths = [SRC / name.replace(".", "/") for name in pure["source_modules"]]
    return sorted(
        module for path in paths for module in (path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")])
    )


def impure_calls(code: str) -> Iterator[tuple[int, str]]:
    """Line and name of each call that reads or writes files, asks the clock, or draws without a seed."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"open", "input", "print"}:
            yield node.lineno, node.func.id
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
            of_random = isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "random"
            is_unseeded = (of_random and name not in _DRAWS) or (name == "default_rng" and not node.args)
            if name.startswith(_FILES) or name in _FOLDERS | _CLOCK | {"open"} or is_unseeded:
                yield node.lineno, name


def test_a_pure_layer_touches_nothing() -> None:
    modules = {path.relative_to(SRC).as_posix(): path.read_text(encoding="utf-8") for path in _pure_modules()}
    calls = [
        f"{name}:{line}: {call}"
        for name, code in modules.items()
        for line, call in impure_calls(code)
        if (name, call) not in ALLOWED
    ]
    if calls:
        advice = "pass what is read, the time or the random generator as an argument:\n"
        pytest.fail(advice + "\n".join(calls), pytrace=False)


def test_every_exception_is_still_needed() -> None:
    calls = {(name, call) for name, _ in ALLOWED for _, call in impure_calls((SRC / name).read_text(encoding="utf-8"))}
    assert set(ALLOWED) <= calls


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("pl.read_csv(path)", ["read_csv"]),
        ("rows.write_parquet(path)", ["write_parquet"]),
        ("open(path)", ["open"]),
        ("path.open('w')", ["open"]),
        ("datetime.now(UTC)", ["now"]),
        ("date.today()", ["today"]),
        ("np.random.default_rng()", ["default_rng"]),
        ("np.random.default_rng(seed)", []),
        ("np.random.shuffle(rows)", ["shuffle"]),
        ("rng.shuffle(rows)", []),
        ("rows.filter(pl.col('known_at') < cutoff)", []),
    ],
)
def test_impure_calls_are_recognised(code: str, names: list[str]) -> None:
    assert [name for _, name in impure_calls(code)] == names
