"""A command is added by the list of docs/guides/extending.md: its file and its line, and nothing else."""

import importlib.util
import json
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from holdfast.interfaces.cli.app import COMMANDS, gather

ROOT = Path(__file__).parents[2]


@pytest.fixture
def headline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module that the guide shows."""
    section = (ROOT / "docs" / "guides" / "extending.md").read_text(encoding="utf-8").partition("## A command")[2]
    block = re.search(r"```python\n(.*?) *```", section, re.DOTALL)
    assert block is not None
    file = tmp_path / "headline.py"
    file.write_text(textwrap.dedent(block[1]), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("holdfast.interfaces.cli.headline", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, spec.name, module)
    return module


def test_a_file_and_a_line_make_a_command(headline: ModuleType, shop: Path) -> None:
    app = gather({**COMMANDS, "headline": headline.headline})
    assert "Say what the latest run found" in CliRunner().invoke(app, ["--help"]).output
    assert "Example: holdfast headline shop" in CliRunner().invoke(app, ["headline", "--help"]).output
    output = CliRunner().invoke(app, ["headline", str(shop)])
    assert output.exit_code == 0
    assert "customers" in output.output
    assert f"holdfast show {shop}" in output.output
    answer = json.loads(CliRunner().invoke(app, ["headline", str(shop), "--json"]).output)
    assert answer["customers"] > 0


def test_the_reference_page_is_drawn_from_it(headline: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "scripts" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "COMMANDS", {**COMMANDS, "headline": headline.headline})
    page = script.commands_page().partition("## holdfast headline")[2]
    assert "| `--config` |" in page
    assert "| `customers` | how many customers are scored |" in page
