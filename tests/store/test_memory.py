"""The memory that a process may take: as set, else half of the machine's, at most 8 GB; and what it gives back."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.settings import Settings
from holdfast.store import memory
from holdfast.store.memory import memory_limit_gb


@pytest.mark.parametrize(
    ("set_to", "machine", "container", "limit"),
    [
        (3.5, 64, "max", 3.5),
        (None, 64, None, 8.0),
        (None, 64, "max", 8.0),
        (None, 8, None, 4.0),
        (None, 64, "2000000000", 1.0),
        (None, 8, "9223372036854771712", 4.0),  # how the first version of control groups writes "no limit"
    ],
)
def test_the_limit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    set_to: float | None,
    machine: float,
    container: str | None,
    limit: float,
) -> None:
    class Machine:
        total = int(machine * 1e9)

    monkeypatch.setattr("psutil.virtual_memory", Machine)
    monkeypatch.setattr(memory, "_CONTAINER_LIMITS", (tmp_path / "none", tmp_path / "limit"))
    if container is not None:
        (tmp_path / "limit").write_text(f"{container}\n")
    sales = {"files": ["s.csv"], "holds": "transactions", "columns": {}}
    told = {"name": "shop", "shape": "purchases", "tables": {"sales": sales}, "churn": {"rule": "inactivity"}}
    settings = Settings.model_validate(told | {"memory_limit_gb": set_to})
    assert memory_limit_gb(settings) == pytest.approx(limit)


FREED = """
import numpy as np
import psutil
from holdfast.store.memory import give_back_freed_blocks

if {gives_back}:
    give_back_freed_blocks()
process = psutil.Process()  # addresses taken: what is resident the system may take away by itself
np.ones(3_000_000)  # 24 MB, freed at once: from here on glibc takes blocks up to this size from its heap
before = process.memory_info().vms
blocks = [np.ones(2_000_000) for _ in range(20)]
last = np.ones(131_072)  # stays, and holds the heap up: too large for a gap among small blocks
blocks.clear()
print((process.memory_info().vms - before) // 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux" or not platform.libc_ver()[0], reason="glibc's allocator only")
def test_large_blocks_go_back_as_soon_as_they_are_freed() -> None:
    kept_mib = {
        gives_back: int(subprocess.check_output([sys.executable, "-c", FREED.format(gives_back=gives_back)], text=True))
        for gives_back in (False, True)
    }
    assert kept_mib[False] > 150, "the test shows nothing: the allocator gives back by itself"
    assert kept_mib[True] < 20
