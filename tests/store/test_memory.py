"""The memory that a process may take: as set, else half of the machine's or of the container's, at most 8 GB."""

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
