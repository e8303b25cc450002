"""An operator is added by the list of docs/guides/extending.md: four files, the last of them generated."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "extending.md"
FILES = {
    "src/holdfast/features/operators.py",
    "src/holdfast/features/engine/accumulators.py",
    "tests/features/sql_oracle.py",
}
_HUNK = re.compile(r"^( *)```diff\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)

CHECK = """
from tests.features.engine.test_oracle import OF_NUMBERS, compare, long_history, measures
from holdfast.features.operators import Operator
from holdfast.features.reference_page import reference_page

assert Operator.RANGE in OF_NUMBERS
features = [feature for feature in measures() if feature.operator is Operator.RANGE]
assert len(features) >= 20, len(features)
compare(long_history(300), features)
print(*(line for line in reference_page().splitlines() if line.startswith("| `range`")))
"""


def hunks() -> list[tuple[str, str, str]]:
    """File, lines before and lines after of each change that the guide shows."""
    section = GUIDE.read_text(encoding="utf-8").partition("## A feature operator")[2].partition("\n## ")[0]
    changes = []
    for _, block in _HUNK.findall(section):
        first, *lines = textwrap.dedent(block).splitlines()
        before = [line[1:] for line in lines if line[:1] != "+"]
        after = [line[1:] for line in lines if line[:1] != "-"]
        changes.append((first.removeprefix("--- "), "\n".join(before), "\n".join(after)))
    return changes


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code with the changes that the guide shows."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=skipped)
    shutil.copytree(ROOT / "tests" / "features", tmp_path / "tests" / "features", ignore=skipped)
    for name, before, after in hunks():
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name}: {before!r} stands {text.count(before)} times"
        (tmp_path / name).write_text(text.replace(before, after), encoding="utf-8")
    return tmp_path


def test_the_guide_touches_three_files_and_a_generated_page() -> None:
    assert {name for name, _, _ in hunks()} == FILES


@pytest.mark.parametrize("interpreted", ["1", pytest.param("0", marks=pytest.mark.slow)])
def test_a_record_and_a_read_out_make_an_operator(copy: Path, interpreted: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}",
        "NUMBA_DISABLE_JIT": interpreted,
        "NUMBA_CACHE_DIR": str(copy / "machine-code"),
    }
    command = [sys.executable, "-c", CHECK]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| `range` | the greatest less the least | number, money, flag | not known | the column's |" in done.stdout
