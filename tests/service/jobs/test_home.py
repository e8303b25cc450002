"""The served folder: what its settings say of results is looked up again as soon as they say something else."""

import os
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError
from holdfast.service.jobs.home import Home
from holdfast.settings import FILE_NAME


def test_a_tenant_renamed_in_the_settings_counts_at_once_whatever_the_files_times_say(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / FILE_NAME
    assert home.folder_of("default") == tmp_path
    for name, other in (("north", "south"), ("south", "north"), ("north", "south")):
        file.write_text(f"results: {{tenant: {name}}}\n", encoding="utf-8")
        os.utime(file, ns=(1_000_000_000, 1_000_000_000))  # as a copy that keeps times, of as many bytes
        assert home.folder_of(name) == tmp_path
        assert home.folder_of(other) == tmp_path / "tenants" / other
    file.unlink()
    assert home.results_settings.tenant == "default"


def test_settings_that_were_read_once_are_refused_as_soon_as_they_are_broken(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / FILE_NAME
    file.write_text("results: {tenant: north}\n", encoding="utf-8")
    assert home.folder_of("north") == tmp_path
    for broken in ("results: {tenant: ''}\n", "results: [\n"):
        file.write_text(broken, encoding="utf-8")
        for _ in range(2):
            with pytest.raises(HoldfastError, match=FILE_NAME):
                home.folder_of("north")
