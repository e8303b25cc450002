"""The product as Python code and as a notebook."""

import ast
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_example_and_the_notebook_use_the_public_api_alone() -> None:
    cells = json.loads((ROOT / "notebooks" / "first_look.ipynb").read_text(encoding="utf-8"))["cells"]
    notebook = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for code in ((ROOT / "examples" / "first_look.py").read_text(encoding="utf-8"), notebook):
        nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = [getattr(node, "module", None) or alias.name for node in nodes for alias in node.names]
        assert "holdfast" in modules
        assert not [module for module in modules if module.startswith("holdfast.")]


@pytest.mark.slow
def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("first_look", ROOT / "examples" / "first_look.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    assert example.main(1_000).height == 10
    assert "expected to leave" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_notebook_runs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="pip install holdfast[notebook]")
    client = pytest.importorskip("nbclient", reason="pip install holdfast[notebook]")
    notebook = nbformat.read(ROOT / "notebooks" / "first_look.ipynb", as_version=4)
    client.NotebookClient(notebook, timeout=600).execute()
    assert "churn_probability" in str(notebook.cells[-1].outputs)
