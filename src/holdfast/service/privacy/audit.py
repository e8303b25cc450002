"""The audit as people see it: what was done to a tenant's results, by whom; and how commands write into it."""

import getpass
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from holdfast.formatting import plural
from holdfast.service.results import Result
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.audit import list_actions, record_action

if TYPE_CHECKING:
    from holdfast.service.project import Project


@dataclass(frozen=True)
class AuditEntry(Result):
    """One action."""

    number: int
    at: str
    who: str
    action: str
    is_refused: bool

    @property
    def sentence(self) -> str:
        return f"{self.at} {self.who}: {self.action}{' (refused)' if self.is_refused else ''}"


@dataclass(frozen=True)
class Audit(Result):
    """The newest actions of a tenant."""

    tenant: str
    """whose results they were about"""
    actions: tuple[AuditEntry, ...]
    """the newest first, each with number, at (UTC), who, action, is_refused"""

    @property
    def sentence(self) -> str:
        return f"{plural(len(self.actions), 'action')} of {self.tenant}, the newest first."


def audit(results: PublishedResults, tenant: str, *, limit: int, before: int | None = None) -> Audit:
    """What was done to a tenant's results.

    Args:
        results: the database.
        tenant: whose.
        limit: so many at most.
        before: only actions with a smaller number, for the next page.
    """
    with results.reading() as connection:
        rows = list_actions(connection, tenant, limit=limit, before=before)
    entries = (AuditEntry(row.number, row.at.isoformat(), row.who, row.action, row.is_refused) for row in rows)
    return Audit(tenant, tuple(entries))


def record(
    results: PublishedResults, tenant: str, who: str, action: str, now: datetime, *, is_refused: bool = False
) -> None:
    """Write one action into the audit; the same arguments as `store.results.audit.record_action`."""
    with results.writing() as connection:
        record_action(connection, tenant, who, action, now, is_refused=is_refused)


def record_command(project: "Project", command: str, now: datetime) -> None:
    """Write a command that somebody typed into the audit; nothing happens where nothing was ever published.

    Args:
        project: that it was about.
        command: in words, without ids of customers.
        now: when.
    """
    if not project.has_results:
        return
    with closing(project.results()) as results:
        record(results, project.tenant, f"{getpass.getuser()} (command line)", f"holdfast {command}", now)
