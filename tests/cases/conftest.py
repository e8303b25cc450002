"""The files of the cases: inputs shaped like the exports that people have, with the right values known apart."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def case_folder() -> Callable[[str], Path]:
    """The folder of a case by its number; the test is skipped where the cases are not at hand."""

    def find(number: str) -> Path:
        named = os.environ.get("HOLDFAST_CASES")
        places = [Path(named)] if named else [ROOT.parent / "shared" / "cases", ROOT.parents[1] / "shared" / "cases"]
        folders = [folder for place in places for folder in sorted(place.glob(f"{number}-*"))]
        if not folders:
            pytest.skip(f"no case {number} in {', '.join(map(str, places))}: set HOLDFAST_CASES")
        return folders[0]

    return find


@pytest.fixture(scope="session")
def faults() -> Path:
    """The folder of inputs that once broke something; the test is skipped where it is not at hand."""
    named = os.environ.get("HOLDFAST_CASES")
    places = [Path(named)] if named else [ROOT.parent / "shared" / "cases", ROOT.parents[1] / "shared" / "cases"]
    folders = [place / "faults" for place in places if (place / "faults").is_dir()]
    if not folders:
        pytest.skip(f"no faults in {', '.join(map(str, places))}: set HOLDFAST_CASES")
    return folders[0]
