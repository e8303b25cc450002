"""The run folders of a project: dated, never changed, with a pointer to the latest."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import mismatched_hash, read_json, sha256, writable, write_json
from holdfast.store.locks import exclusive_lock

_UNFINISHED = ".unfinished-"
_RECORDS = "stages"
_STOPPED = ".stopped"  # the stages that stopped runs had finished, for the next run to use


@dataclass(frozen=True)
class StageRecord:
    """What one stage did, as the manifest records it."""

    name: str
    key: str  # hash of its code, settings and inputs: equal keys mean equal outputs
    seconds: float
    peak_memory_mb: float
    rows_in: int
    rows_out: int
    reused: bool
    outputs: dict[str, str]  # path in the run folder -> SHA-256
    words: str = ""
    code: str = ""  # hash of the product's code that ran it

    def to_record(self) -> dict[str, Any]:
        """The record as JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "StageRecord":
        """The stage that `to_record` wrote."""
        return cls(**record)


class Runs:
    """The runs of one project."""

    def __init__(self, project_folder: Path) -> None:
        self.folder = project_folder / "runs"

    @property
    def latest(self) -> Path:
        """The folder of the latest finished run.

        Raises:
            HoldfastError: there is none yet.
        """
        pointer = self.folder / "latest"
        if not pointer.exists():
            raise HoldfastError(
                f"{self.folder.parent}: no run has finished yet.", fix=f"holdfast run {self.folder.parent}"
            )
        return pointer.resolve()

    def finished(self) -> list[Path]:
        """Folders of finished runs, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((path for path in self.folder.iterdir() if is_run(path)), reverse=True)

    def start(self, now: datetime) -> Path:
        """A new folder to work in; it is not a run until `finish`.

        What runs that were stopped before had finished is gathered in one folder, so that little is left of them
        however often a run is stopped.
        """
        pointer = self.folder / "latest"
        if pointer.exists() and not pointer.is_symlink():
            raise HoldfastError(
                f"{pointer}: a folder stands where the link to the latest run must be.",
                fix=f"Move it away: mv {pointer} {pointer}-old",
            )
        for folder in sorted(self.folder.glob(f"{_UNFINISHED}*")):
            if folder.is_symlink() or not folder.is_dir():
                folder.unlink()  # what it leads to is none of our runs
                continue
            _move_finished_stages(folder, self.folder / _STOPPED)
        name = now.strftime("%Y%m%d-%H%M%S")
        taken = 2
        while (self.folder / name).exists() or (self.folder / f"{_UNFINISHED}{name}").exists():
            name = f"{now:%Y%m%d-%H%M%S}-{taken}"
            taken += 1
        unfinished = self.folder / f"{_UNFINISHED}{name}"
        with writable(unfinished):
            unfinished.mkdir(parents=True, exist_ok=True)
        return unfinished

    def finish(self, unfinished: Path, *, is_latest: bool) -> Path:
        """Make the folder a run.

        Args:
            unfinished: from `start`.
            is_latest: all stages ran: point `latest` at it, and clear away what stopped runs left.
        """
        run = self.folder / unfinished.name.removeprefix(_UNFINISHED)
        unfinished.rename(run)
        if is_latest:
            pointer, new = self.folder / "latest", self.folder / ".latest-new"
            new.unlink(missing_ok=True)
            new.symlink_to(run.name, target_is_directory=True)
            new.replace(pointer)
            shutil.rmtree(self.folder / _STOPPED, ignore_errors=True)
        return run

    def _newest_first(self) -> list[Path]:
        unfinished = sorted(self.folder.glob(f"{_UNFINISHED}*"), reverse=True)
        return [*unfinished, self.folder / _STOPPED, *self.finished()]

    def find_stage(self, key: str) -> tuple[Path, StageRecord] | None:
        """An earlier stage with that key whose outputs are all present and unchanged."""
        for folder in self._newest_first():
            for record in stage_records(folder):
                if record.key == key and _is_intact(folder, record):
                    return folder, record
        return None

    def find_stage_by_code(self, stage: str, code: str) -> Path | None:
        """The newest folder in which the same code ran that stage, its outputs all present and unchanged."""
        for folder in self._newest_first():
            for record in stage_records(folder):
                if record.name == stage and record.code == code and _is_intact(folder, record):
                    return folder
        return None

    @contextlib.contextmanager
    def exclusive(self, now: datetime) -> Iterator[None]:
        """Lock the project for one run; the lock is released when the process ends, however it ends."""
        busy = f"{self.folder.parent}: another run is active here"
        with exclusive_lock(self.folder / ".lock", busy, f", since {now:%Y-%m-%d %H:%M:%S} UTC"):
            yield


def is_run(path: Path) -> bool:
    """Whether a path is the folder of a finished run."""
    return (
        path.is_dir() and not path.is_symlink() and not path.name.startswith(".") and (path / "manifest.json").exists()
    )


def _move_finished_stages(unfinished: Path, stopped: Path) -> None:
    """Move the outputs of finished stages, and their records, from one folder to another; the first is removed."""
    for file in sorted((unfinished / _RECORDS).glob("*.json")):
        record = stopped / _RECORDS / file.name
        record.unlink(missing_ok=True)  # it told of outputs that are replaced now
        finished = _record_in(file)
        if finished is None:
            continue
        for path in finished.outputs:
            target = stopped / path
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            if (unfinished / path).exists():
                (unfinished / path).replace(target)
        record.parent.mkdir(parents=True, exist_ok=True)
        file.replace(record)
    shutil.rmtree(unfinished)


def _is_intact(folder: Path, record: StageRecord) -> bool:
    return all((folder / path).exists() and sha256(folder / path) == digest for path, digest in record.outputs.items())


def stage_records(folder: Path) -> list[StageRecord]:
    """The stage records of a run folder, finished or not; a torn one is as none: its stage is not done."""
    files = sorted((folder / _RECORDS).glob("*.json"))
    return [record for path in files if (record := _record_in(path)) is not None]


def _record_in(file: Path) -> StageRecord | None:
    try:
        record = StageRecord.from_record(read_json(file))
    except (HoldfastError, TypeError):
        return None
    return record if isinstance(record.outputs, dict) else None


def prove(run: Path, *paths: str) -> None:
    """Refuse files of a run that are not what its stages wrote.

    Raises:
        HoldfastError: a file was changed, or damaged, since.
    """
    written = {path: digest for record in stage_records(run) for path, digest in record.outputs.items()}
    for path in paths:
        output = next(
            (name for name in written if name == path or (name.endswith("/") and path.startswith(name))), None
        )
        if output is not None and (not (run / output).exists() or mismatched_hash(run / output, written[output])):
            raise HoldfastError(
                f"{run / path}: not what the run wrote: the file was changed or is damaged.",
                fix=f"holdfast run {run.parents[1]} makes it again; or restore it from a backup.",
            )


def write_stage_record(folder: Path, position: int, record: StageRecord) -> None:
    """Write a stage's record: from then on its outputs count as complete."""
    write_json(folder / _RECORDS / f"{position:02d}-{record.name}.json", record.to_record())


def write_stage_record_file(folder: Path, record: StageRecord, outputs: Mapping[str, str]) -> None:
    """Replace the hashes in a stage's record: its outputs were changed for a reason that is on record."""
    for file in sorted((folder / _RECORDS).glob(f"*-{record.name}.json")):
        write_json(file, record.to_record() | {"outputs": dict(outputs)})


def key_of(*content: Any) -> str:
    """A stable hash of everything that decides a stage's outputs."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
