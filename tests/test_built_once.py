"""A folder of the tests is built once for all that want it, and each has a copy of its own."""

from pathlib import Path

import pytest
from tests.built_once import built_once


def test_a_folder_is_built_once_and_every_copy_is_its_owners(tmp_path_factory: pytest.TempPathFactory) -> None:
    builds = []

    def build(home: Path) -> None:
        builds.append(home)
        (home / "1").write_text("one")
        (home / "latest").symlink_to("1")
        if len(builds) == 1:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        built_once("a folder of this test", build, tmp_path_factory)
    first, second = (built_once("a folder of this test", build, tmp_path_factory) for _ in range(2))
    assert len(builds) == 2  # what failed is built again, what was finished is not
    (first / "1").write_text("changed")
    assert (second / "latest").read_text() == "one"
    assert (first / "latest").read_text() == "changed"
