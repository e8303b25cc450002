"""What the app computes and draws by itself, tested by Node's own runner in web/test/."""

import os
import shutil
import subprocess

import pytest
from tests.web.conftest import ROOT

WEB = ROOT / "web"


def test_the_parts_of_the_app() -> None:
    """npm test in web/: skipped where Node or the packages are missing."""
    npm = shutil.which("npm")
    if npm is None or not (WEB / "node_modules").is_dir():
        if os.environ.get("HOLDFAST_REQUIRE_ALL"):
            pytest.fail("Node or the packages of web/ are missing: npm ci in web/")
        pytest.skip("Node or the packages of web/ are missing: npm ci in web/")
    done = subprocess.run([npm, "test"], cwd=WEB, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-1_000:]
    assert "# fail 0" in done.stdout
    assert "# pass 0" not in done.stdout
