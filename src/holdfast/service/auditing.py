"""Look for leaks in a business's own records, before anything is trained."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from holdfast.pipeline.auditing import AUDIT, REPORT
from holdfast.pipeline.execute import Listener, Wish, execute
from holdfast.pipeline.logs import logging_to
from holdfast.pipeline.stages import STAGES
from holdfast.service.projects import OpenProject, Unheard
from holdfast.store.artifacts import read_json


@dataclass(frozen=True)
class Audited:
    """What the leakage audit of a project found."""

    run: Path
    report: dict[str, Any]  # findings, looked_at, not_looked_at

    @property
    def is_clean(self) -> bool:
        return not self.report["findings"]

    @property
    def file(self) -> Path:
        return self.run / REPORT


def look_for_leaks(project: OpenProject, *, now: datetime, listener: Listener | None = None) -> Audited:
    """Read, clean, measure and split the records, then look for leaks; nothing is trained, `latest` stays.

    Args:
        project: from `open_project`.
        now: names the run; nothing is computed from it.
        listener: told of each stage; nobody by default.

    Raises:
        HoldfastError: the records cannot be learnt from at all.
    """
    with logging_to(project.folder / "logs"):
        ran = execute(
            (*STAGES, AUDIT),
            project.settings,
            project.folder,
            wish=Wish(stages=(AUDIT.name,)),
            listener=listener or Unheard(),
            now=now,
        )
    return Audited(ran.folder, read_json(ran.folder / REPORT))
