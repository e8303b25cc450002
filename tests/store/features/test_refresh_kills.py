"""A refresh that is killed leaves the result before it, or the whole new one; the next one is right."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.features.test_refresh import IDS, by_build, measured, people, sales
from tests.store.writer import add_rows
from tests.sudden_death import DIES

from holdfast.store.events.store import EventStore
from holdfast.store.features.reading import MeasuredFeatures

# Libraries are loaded first: only what the refresh itself changes on the disk is counted.
LOADS = """
from pathlib import Path
import holdfast.features.engine.kernel
from holdfast.store.events.store import EventStore
from holdfast.store.features import refresh
from tests.store.features.test_refresh import measured
"""
REFRESHES = """
refresh.MOST_LAYERS, refresh.MOST_IN_DELTAS = 2, 100
measured(Path(sys.argv[2]), EventStore.open(Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_refresh_leaves_a_whole_result(tmp_path: Path) -> None:
    store, folder = EventStore.create(tmp_path / "events", 2), tmp_path / "features"
    rows = [(who, day, 10.0 + day) for place, who in enumerate(IDS) for day in range(-place, 90, 17)]
    store = add_rows(store, sales=sales(*rows), customers=people(**dict.fromkeys(IDS, -200)))
    measured(folder, store)
    for day in (70, 40):  # the second refresh puts layers together
        store = add_rows(store, sales=sales((IDS[0], day, 5.0), (IDS[7], 75, 1.0)))
        if day == 70:
            measured(folder, store)
    before, after = MeasuredFeatures.open(folder).frame(), by_build(store)
    step, killed = 1, 0
    while True:
        command = [sys.executable, "-c", LOADS + DIES + REFRESHES, str(step), str(store.folder), str(folder)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        found = MeasuredFeatures.open(folder)
        found.verify()
        assert found.frame().equals(after if found.manifest.made_of.store_version == store.version else before)
        killed, step = killed + 1, step + 4
    assert killed >= 3
    result = MeasuredFeatures.open(folder)
    result.verify()
    assert result.frame().equals(after)
    assert {folder / file.path for file in result.manifest.files()} == set(folder.rglob("*.parquet"))
