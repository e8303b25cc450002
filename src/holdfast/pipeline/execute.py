"""Run stages in order: skip what is unchanged, continue after an interruption, record what was done."""

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
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.models.threads import linear_algebra_on_one
from holdfast.pipeline.workspace import Workspace
from holdfast.progress import Progress
from holdfast.settings import Settings, without_secrets
from holdfast.store import artifacts
from holdfast.store.memory import give_back_freed_blocks, memory_limit_gb, room_for_records
from holdfast.store.runs import Runs, StageRecord, key_of, write_stage_record

_LOG = logging.getLogger(__name__)
_LIBRARIES = ("polars", "numpy", "numba", "scikit-learn", "lightgbm", "xgboost-cpu", "scipy")
RENAMED_STAGES = {"expect": "predict"}  # names of earlier versions, still accepted


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline, declared: what it needs and what it writes."""

    name: str  # also the name of its function and of its module
    doing: str  # in words, for the progress line
    work: Callable[[Workspace], str]  # returns one sentence on what came out
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    reads_before_fit: tuple[str, ...] = ()  # read too, but nothing from the day of the fit on: fit.json stands for them
    settings: tuple[str, ...] = ()  # the settings that decide the outputs
    inputs: Callable[[Settings, Path], Any] | None = None  # what outside the run decides the outputs
    earlier: Callable[[Path, Path], Any] | None = None  # what of earlier runs decides the outputs: of project and run
    reuses_outputs: bool = False  # whether it looks for what is still valid among its outputs of an earlier run
    share: int = 1  # of the time of a first run, beside the other stages


@dataclass(frozen=True)
class RunOptions:
    """Which stages of the pipeline to run, and how."""

    stages: tuple[str, ...] = ()  # empty: all
    resume_from: str | None = None  # run this stage and all after it again, even where nothing changed
    plots: bool = True
    simulate_when_down: bool = False  # where a database does not answer, run on simulated records


@dataclass(frozen=True)
class RunResult:
    """A finished run."""

    folder: Path
    records: tuple[StageRecord, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...] = ()  # hints for whoever asked for the run


def with_current_names(stages: Sequence[Stage], options: RunOptions) -> tuple[RunOptions, tuple[str, ...]]:
    """The options with stage names of earlier versions replaced, and a hint for each name replaced.

    Raises:
        HoldfastError: a name that no stage has or had.
    """
    names = [stage.name for stage in stages]
    requested = dict.fromkeys([*options.stages, *([options.resume_from] if options.resume_from else [])])
    current = {name: name if name in names else RENAMED_STAGES.get(name, name) for name in requested}
    unknown = [name for name in requested if current[name] not in names]
    if unknown:
        raise HoldfastError(
            f"There is no stage {', '.join(unknown)}.", fix=f"Choose from these, in this order: {', '.join(names)}."
        )
    hints = tuple(f"The stage {old} is called {new} now." for old, new in current.items() if old != new)
    resume_from = current[options.resume_from] if options.resume_from else None
    stages_now = tuple(current[name] for name in options.stages)
    return replace(options, stages=stages_now, resume_from=resume_from), hints


def chosen(stages: Sequence[Stage], options: RunOptions) -> tuple[Stage, ...]:
    """The requested stages and those they need, in pipeline order."""
    if not options.stages:
        return tuple(stages)
    needed = {stage.name for stage in stages if stage.name in options.stages}
    for stage in reversed(stages):
        if any(_feeds(stage, other) for other in stages if other.name in needed):
            needed.add(stage.name)
    return tuple(stage for stage in stages if stage.name in needed)


def execute(
    stages: Sequence[Stage], settings: Settings, home: Path, *, options: RunOptions, progress: Progress, now: datetime
) -> RunResult:
    """Run the requested stages into a new run folder and, when all stages ran, point `latest` at it.

    A stage whose code, settings and inputs are those of an earlier one is not run again: its outputs are
    linked into the new folder. So an interrupted run continues where it stopped. A run of some stages only
    leaves `latest` where it was.

    Raises:
        HoldfastError: a stage that does not exist, another run at work in the project, a memory limit below what the
            program takes, or what a stage raises.
    """
    give_back_freed_blocks()
    room_for_records(memory_limit_gb(settings))  # too little is refused before hours of work, not after them
    options, hints = with_current_names(stages, options)
    wanted = chosen(stages, options)
    runs = Runs(home)
    began = time.perf_counter()
    with runs.exclusive(now):
        folder = runs.start(now)
        records: list[StageRecord] = []
        is_forced, hashes = False, _Hashes()
        for position, stage in enumerate(wanted, start=1):
            is_forced = is_forced or stage.name == options.resume_from
            progress.stage_started(stage.name, stage.doing, position, len(wanted))
            outside = stage.inputs(settings, home) if stage.inputs else None
            of_earlier_runs = stage.earlier(home, folder) if stage.earlier else None
            key = _key(stage, settings, folder, options, [outside, of_earlier_runs], hashes)
            earlier = None if is_forced else runs.find_stage(key)
            if earlier is not None:
                record = _reuse(earlier, folder, hashes)
            else:
                reads = stage.reads + stage.reads_before_fit
                workspace = Workspace(
                    settings, home, folder, reads, stage.writes, progress, options.plots, inputs=outside
                )
                if stage.reuses_outputs and not is_forced:
                    workspace = replace(workspace, earlier=runs.find_stage_by_code(stage.name, code_hash()))
                record = _run(stage, key, workspace, hashes)
            write_stage_record(folder, stages.index(stage), record)
            _LOG.info("stage %s done", stage.name, extra={"stage": asdict(record)})
            records.append(record)
            progress.stage_finished(record.name, record.words, 0.0 if record.reused else max(record.seconds, 0.001))
        complete = len(wanted) == len(stages)
        manifest = _manifest(settings, records, now, time.perf_counter() - began, complete=complete)
        artifacts.write_json(folder / "manifest.json", manifest)
        artifacts.write_json(folder / "reports" / "pipeline.json", manifest)
        run = runs.finish(folder, is_latest=complete)
    return RunResult(run, tuple(records), manifest, hints)


def _feeds(stage: Stage, other: Stage) -> bool:
    reads = other.reads + other.reads_before_fit
    return any(_overlaps(written, read) for written in stage.writes for read in reads)


def _overlaps(written: str, read: str) -> bool:
    return (
        written == read
        or (written.endswith("/") and read.startswith(written))
        or (read.endswith("/") and written.startswith(read))
    )


class _Hashes:
    """SHA-256 of what stages wrote and read; a file is read again only where its size or its time is another one."""

    def __init__(self) -> None:
        self._digests: dict[Path, tuple[list[tuple[str, int, int, int]], str]] = {}

    def of(self, path: Path) -> str:
        """Of a file, or of a folder's names and files."""
        looks = _looks(path)
        before, digest = self._digests.get(path, (None, ""))
        if before != looks:
            digest = artifacts.sha256(path)
            self.note(path, digest)
        return digest

    def note(self, path: Path, digest: str) -> None:
        """Keep a hash that somebody else computed."""
        self._digests[path] = _looks(path), digest


def _looks(path: Path) -> list[tuple[str, int, int, int]]:
    """What the system says of a file, or of the files of a folder, without reading them."""
    files = [(file, file.stat()) for file in (artifacts.files_in(path) if path.is_dir() else [path])]
    return [(file.as_posix(), stat.st_ino, stat.st_size, stat.st_mtime_ns) for file, stat in files]


def _key(stage: Stage, settings: Settings, folder: Path, options: RunOptions, outside: Any, hashes: _Hashes) -> str:
    values = settings.model_dump(mode="json")
    inputs = {path: hashes.of(folder / path) for path in stage.reads if (folder / path).exists()}
    plots = options.plots if any("figures" in path for path in stage.writes) else None
    return key_of(stage.name, code_hash(), {name: values[name] for name in stage.settings}, inputs, outside, plots)


@functools.cache
def code_hash() -> str:
    """A hash of the product's own source: changed code may give other outputs."""
    root = Path(__file__).parents[1]
    return key_of(
        [
            (file.relative_to(root).as_posix(), file.stat().st_size, file.read_text(encoding="utf-8"))
            for file in sorted(root.rglob("*.py"))
        ]
    )


def _reuse(earlier: tuple[Path, StageRecord], folder: Path, hashes: _Hashes) -> StageRecord:
    source, record = earlier
    for path, digest in record.outputs.items():
        artifacts.link_or_copy(source / path, folder / path)
        hashes.note(folder / path, digest)  # compared with what is there when the record was looked up
    return replace(record, reused=True)


def _run(stage: Stage, key: str, workspace: Workspace, hashes: _Hashes) -> StageRecord:
    began = time.perf_counter()
    # Sums split over threads differ in their last bit from run to run.
    with _MemoryWatch() as memory, linear_algebra_on_one():
        sentence = stage.work(workspace)
    outputs = {path: hashes.of(workspace.run / path) for path in stage.writes if (workspace.run / path).exists()}
    return StageRecord(
        name=stage.name,
        key=key,
        seconds=round(time.perf_counter() - began, 3),
        peak_memory_mb=round(memory.peak_mb, 1),
        rows_in=workspace.rows.read,
        rows_out=workspace.rows.written,
        reused=False,
        outputs=outputs,
        words=sentence,
        code=code_hash(),
    )


class _MemoryWatch:
    """The peak memory of this process while the block runs, sampled every 20 ms."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_mb = 0.0

    def _sample(self) -> None:
        self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / 2**20)

    def _watch(self) -> None:
        while not self._is_over.wait(0.02):
            self._sample()

    def __enter__(self) -> "_MemoryWatch":
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._sample()


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
        "settings": without_secrets(settings.model_dump(mode="json")),
        "settings_sha256": key_of(settings.model_dump(mode="json")),
        "code_sha256": code_hash(),
        "versions": {name: metadata.version(name) for name in ("holdfast", *_LIBRARIES)},
        "processors": os.cpu_count(),
        "stages": [asdict(record) for record in records],
    }
