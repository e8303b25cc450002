"""The product as Python code and as a notebook."""

import importlib.util
from pathlib import Path

import pytest

import holdfast

ROOT = Path(__file__).parents[2]


def test_the_package_opens_projects(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="there is no project file"):
        holdfast.open_project(tmp_path)
    with pytest.raises(AttributeError, match="no attribute"):
        holdfast.nothing_of_the_sort  # noqa: B018


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
