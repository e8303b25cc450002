"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts seconds, so none may fail on a busy machine. Where a change is judged, the same examples are tried
# each time; everywhere else new ones.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public data sets; the test is skipped where there is none."""
    folder = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        reason = f"the public data sets are not at {folder.name}/ beside the project; set HOLDFAST_DATA"
        if os.environ.get("HOLDFAST_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
