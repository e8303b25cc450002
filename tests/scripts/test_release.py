"""A release: its version and its section of the changelog."""

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DAY = date(2026, 3, 5)


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unreleased_lines_move_under_the_version(release: ModuleType) -> None:
    text = (
        "# Changelog\n\n## Unreleased\n\n### Added\n- a\n\n### Changed\n\n### Fixed\n- b\n\n"
        "## 0.1.0\n\n### Added\n- old\n"
    )
    assert release.new_changelog(text, "0.2.0", DAY) == (
        "# Changelog\n\n## Unreleased\n\n### Added\n\n### Changed\n\n### Fixed\n\n### Removed\n\n"
        "## 0.2.0 - 2026-03-05\n\n### Added\n- a\n\n### Fixed\n- b\n\n## 0.1.0\n\n### Added\n- old\n"
    )


def test_the_changelog_of_the_project_can_be_released_again_and_again(release: ModuleType) -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    once = release.new_changelog(text.replace("### Added\n", "### Added\n- something\n", 1), "9.0.0", DAY)
    assert all(line in once for line in text.splitlines() if line.startswith("- "))
    with pytest.raises(release.ReleaseError, match="no unreleased lines"):
        release.new_changelog(once, "9.0.1", DAY)
    with pytest.raises(release.ReleaseError, match="has a section"):
        release.new_changelog(once, "9.0.0", DAY)


@pytest.mark.parametrize("version", ["", "1.2", "v1.2.3", "0.0.9"])
def test_a_wrong_version_is_refused(release: ModuleType, version: str) -> None:
    with pytest.raises(release.ReleaseError, match="Fix: "):
        release.new_pyproject('name = "x"\nversion = "0.1.0"\n', version)


def test_the_lock_file_gets_the_version_of_the_project_only(release: ModuleType) -> None:
    text = '[[package]]\nname = "other"\nversion = "0.1.0"\n[[package]]\nname = "holdfast"\nversion = "0.1.0"\n'
    changed = '[[package]]\nname = "other"\nversion = "0.1.0"\n[[package]]\nname = "holdfast"\nversion = "0.2.0"\n'
    assert release.new_lock(text, "0.2.0") == changed


def test_only_the_version_of_the_project_changes(release: ModuleType) -> None:
    text = '[project]\nversion = "0.1.0"\nother = "0.1.0"\n'
    assert release.new_pyproject(text, "0.2.0") == '[project]\nversion = "0.2.0"\nother = "0.1.0"\n'
