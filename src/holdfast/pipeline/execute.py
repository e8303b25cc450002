"""Run stages in order: skip what is unchanged, continue what was broken off, record what was done."""

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from holdfast.errors import HoldfastError
from holdfast.models.threads import linear_algebra_on_one
from holdfast.pipeline.workspace import Desk
from holdfast.settings import Settings
from holdfast.store import artifacts
from holdfast.store.runs import Runs, StageRecord, keep_record, key_of

_LOG = logging.getLogger(__name__)
_LIBRARIES = ("polars", "numpy", "numba", "scikit-learn", "lightgbm", "xgboost-cpu", "scipy")


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline, declared: what it needs, what it makes."""

    name: str
    says: str  # what is being done, in words for the progress line
    work: Callable[[Desk], str]  # returns one sentence on what came out
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    settings: tuple[str, ...] = ()  # parts of the project that decide the outputs
    inputs: Callable[[Settings, Path], Any] | None = None  # what outside the run decides the outputs
    takes_over: bool = False  # whether it looks at its own outputs of an earlier run for parts that are still true


class Listener(Protocol):
    """Whoever wants to know how the run is going."""

    def stage_started(self, stage: Stage, position: int, of: int, /) -> None: ...
    def stage_progress(self, share: float, words: str) -> None: ...
    def stage_finished(self, record: StageRecord) -> None: ...


@dataclass(frozen=True)
class Wish:
    """Which part of the pipeline is wanted."""

    stages: tuple[str, ...] = ()  # empty: all
    resume_from: str | None = None  # this stage and all after it run anew
    plots: bool = True


@dataclass(frozen=True)
class Ran:
    """A finished run."""

    folder: Path
    records: tuple[StageRecord, ...]
    manifest: dict[str, Any]


def chosen(stages: Sequence[Stage], wish: Wish) -> tuple[Stage, ...]:
    """The stages that are wanted and those they need, in their order.

    Raises:
        HoldfastError: a name that no stage has.
    """
    names = [stage.name for stage in stages]
    asked = [*wish.stages, *([wish.resume_from] if wish.resume_from else [])]
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise HoldfastError(
            f"There is no stage {', '.join(unknown)}.", fix=f"Choose from these, in this order: {', '.join(names)}."
        )
    if not wish.stages:
        return tuple(stages)
    needed = {stage.name for stage in stages if stage.name in wish.stages}
    for stage in reversed(stages):
        if any(_feeds(stage, other) for other in stages if other.name in needed):
            needed.add(stage.name)
    return tuple(stage for stage in stages if stage.name in needed)


def execute(
    stages: Sequence[Stage], settings: Settings, home: Path, *, wish: Wish, listener: Listener, now: datetime
) -> Ran:
    """Run the wanted stages into a new run folder and, when all of them ran, point `latest` at it.

    A stage whose code, settings and inputs are those of an earlier one is not run again: its outputs are
    linked into the new folder. So a run that was broken off goes on where it stopped. A run of some stages
    only leaves `latest` where it was.
    """
    wanted = chosen(stages, wish)
    runs = Runs(home)
    began = time.perf_counter()
    with runs.only_one(now):
        folder = runs.start(now)
        records: list[StageRecord] = []
        afresh = False
        for position, stage in enumerate(wanted, start=1):
            afresh = afresh or stage.name == wish.resume_from
            listener.stage_started(stage, position, len(wanted))
            key = _key(stage, settings, home, folder, wish)
            earlier = None if afresh else runs.find_stage(key)
            if earlier is not None:
                record = _reuse(earlier, folder)
            else:
                desk = Desk(settings, home, folder, stage.reads, stage.writes, listener.stage_progress, wish.plots)
                if stage.takes_over and not afresh:
                    desk = replace(desk, earlier=runs.find_work(stage.name, code_hash()))
                record = _run(stage, key, desk)
            keep_record(folder, stages.index(stage), record)
            _LOG.info("stage %s done", stage.name, extra={"stage": asdict(record)})
            records.append(record)
            listener.stage_finished(record)
        complete = len(wanted) == len(stages)
        manifest = _manifest(settings, records, now, time.perf_counter() - began, complete=complete)
        artifacts.write_json(folder / "manifest.json", manifest)
        artifacts.write_json(folder / "reports" / "pipeline.json", manifest)
        run = runs.finish(folder, is_latest=complete)
    return Ran(run, tuple(records), manifest)


def _feeds(stage: Stage, other: Stage) -> bool:
    return any(_overlaps(made, needed) for made in stage.writes for needed in other.reads)


def _overlaps(made: str, needed: str) -> bool:
    return (
        made == needed
        or (made.endswith("/") and needed.startswith(made))
        or (needed.endswith("/") and made.startswith(needed))
    )


def _key(stage: Stage, project: Settings, home: Path, folder: Path, wish: Wish) -> str:
    settings = project.model_dump(mode="json")
    read = {path: artifacts.sha256(folder / path) for path in stage.reads if (folder / path).exists()}
    outside = stage.inputs(project, home) if stage.inputs else None
    plots = wish.plots if any("figures" in path for path in stage.writes) else None
    return key_of(stage.name, code_hash(), {name: settings[name] for name in stage.settings}, read, outside, plots)


@functools.cache
def code_hash() -> str:
    """A hash of the product's own source: other code may make other outputs."""
    root = Path(__file__).parents[1]
    return key_of(
        [
            (file.relative_to(root).as_posix(), file.stat().st_size, file.read_text(encoding="utf-8"))
            for file in sorted(root.rglob("*.py"))
        ]
    )


def _reuse(earlier: tuple[Path, StageRecord], folder: Path) -> StageRecord:
    source, record = earlier
    for path in record.outputs:
        artifacts.link_or_copy(source / path, folder / path)
    return replace(record, reused=True)


def _run(stage: Stage, key: str, desk: Desk) -> StageRecord:
    began = time.perf_counter()
    # Sums split over threads differ in their last bit from run to run.
    with _MemoryWatch() as memory, linear_algebra_on_one():
        words = stage.work(desk)
    made = {path: artifacts.sha256(desk.run / path) for path in stage.writes if (desk.run / path).exists()}
    return StageRecord(
        name=stage.name,
        key=key,
        seconds=round(time.perf_counter() - began, 3),
        peak_memory_mb=round(memory.peak_mb, 1),
        rows_in=desk.tally.rows_in,
        rows_out=desk.tally.rows_out,
        reused=False,
        outputs=made,
        words=words,
        code=code_hash(),
    )


class _MemoryWatch:
    """The most memory this process held while the block ran, looked at every 20 ms."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_mb = 0.0

    def _look(self) -> None:
        self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / 2**20)

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self._look()

    def __enter__(self) -> "_MemoryWatch":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()


def _manifest(
    settings: Settings, records: Sequence[StageRecord], now: datetime, seconds: float, *, complete: bool
) -> dict[str, Any]:
    return {
        "project": settings.name,
        "simulated": settings.simulated,
        "started_at": now.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "peak_memory_mb": max((record.peak_memory_mb for record in records), default=0.0),
        "complete": complete,
        "seed": settings.training.seed,
        "settings": settings.model_dump(mode="json"),
        "settings_sha256": key_of(settings.model_dump(mode="json")),
        "code_sha256": code_hash(),
        "versions": {name: metadata.version(name) for name in ("holdfast", *_LIBRARIES)},
        "processors": os.cpu_count(),
        "stages": [asdict(record) for record in records],
    }
