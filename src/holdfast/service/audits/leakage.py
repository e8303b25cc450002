"""What the leakage audit answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.formatting import plural
from holdfast.service.results import AS_RUN, NOT_IN_JSON, Result


@dataclass(frozen=True)
class LeakageAudit(Result):
    """What the leakage audit found; the dicts are those of reports/leakage.json."""

    findings: tuple[Mapping[str, Any], ...]
    """leaks, the worst first: kind, where, grade, sentence, numbers, features, examples, fix"""
    hints: tuple[Mapping[str, Any], ...]
    """weaker signs, in the same form; nothing fails for them"""
    accepted: tuple[Mapping[str, Any], ...]
    """findings that holdfast.yaml accepts, with `why`"""
    accepted_not_found: tuple[Mapping[str, Any], ...]
    """what holdfast.yaml accepts although it was not found: kind, where, why"""
    looked_at: tuple[Mapping[str, Any], ...]
    """which kinds of leak were looked for, and how"""
    not_looked_at: tuple[Mapping[str, Any], ...]
    """which could not be looked for, and why"""
    folder: Path = field(metadata=AS_RUN)
    """the folder of the audit"""
    file: Path = field(metadata=NOT_IN_JSON)

    @property
    def is_clean(self) -> bool:
        return not self.findings

    @property
    def sentence(self) -> str:
        if self.findings:
            return f"{plural(len(self.findings), 'leak')} to look at before anything is trained."
        return "No leak found" + (", but read what is worth a look." if self.hints else ".")
