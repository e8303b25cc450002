"""`holdfast check`: are the records enough to train on, and how clean are they?"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    Cutoff,
    ProjectFolder,
    TenantName,
    command,
    opened,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from holdfast.service.audits.leakage import LeakageAudit
    from holdfast.service.results import Readiness

RESULTS = ("service.results.Readiness", "service.audits.leakage.LeakageAudit")  # the second with --leakage


def check(
    project: ProjectFolder,
    cutoff: Cutoff = None,
    leakage: Annotated[
        bool, typer.Option("--leakage", help="Look for columns and rows that tell the outcome; 3 if any is found.")
    ] = False,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the records are enough to train on, before anything is trained.

    Example: holdfast check shop --leakage
    """
    opened_project, now = opened(project, config, cutoff, tenant), datetime.now(UTC)
    with showing_progress(machine=as_json) as progress:
        if leakage:
            audit = opened_project.audit_leakage(now=now, progress=progress)
        else:
            readiness = opened_project.check(now=now, progress=progress)
    if as_json:
        say_json((audit if leakage else readiness).to_record())
    elif leakage:
        _say_audit(audit, project, config, tenant)
    else:
        _say_readiness(readiness, project, config, tenant)
    if leakage and not audit.is_clean:
        sys.exit(3)
    if not leakage and not readiness.is_ready:
        sys.exit(2)


def _say_readiness(readiness: "Readiness", project: Path, config: Path | None, tenant: str | None) -> None:
    say()
    table(
        [(item.mark, item.name, item.observed, item.needed, item.sentence) for item in readiness.items],
        ("", "what", "found", "needed", "in words"),
    )
    say()
    for item in readiness.items:
        if item.fix:
            say(f"- {item.name}: {item.fix}")
    for note in readiness.notes:
        say(f"- {note}")
    for blocker in readiness.acceptance["blocking"]:
        say(f"✗ {blocker['id']}: {blocker['sentence']}")
        say(f"  Fix: {blocker['fix']}")
    if len(readiness.acceptance["blocking"]) > 1:
        say(f"To accept all of these, in holdfast.yaml: {readiness.acceptance['accept_all']}")
    for blocker in readiness.acceptance["accepted"]:
        say(f"Accepted, {blocker['id']}: {blocker['sentence']}")
    say(readiness.sentence)
    say(f"What was repaired: {readiness.folder / 'reports' / 'cleaning.json'}")
    say(f"What was found:    {readiness.folder / 'reports' / 'validation.csv'}")
    ready, not_ready = command("run", project, config, tenant=tenant), "fix what is marked ✗, then check again"
    say(f"Next: {ready if readiness.is_ready else not_ready}")


def _say_audit(audit: "LeakageAudit", project: Path, config: Path | None, tenant: str | None) -> None:
    """Findings, the worst first, then what could not be looked at."""
    if audit.findings:
        say()
        table([(each["grade"], _kind(each), each["where"]) for each in audit.findings], ("", "what", "where"))
    for number, finding in enumerate(audit.findings, 1):
        say()
        say(f"{number}. {finding['where']}: {finding['sentence']}")
        if finding["features"]:
            say(f"   Features: {_some(finding['features'])}")
        if finding["examples"]:
            say(f"   Customers to look at: {_some(finding['examples'])}")
        say(f"   Fix: {finding['fix']}")
        if number == 1:
            accept = f'{{kind: {finding["kind"]}, where: "{finding["where"]}", why: "..."}}'
            say(f"   Or, if it is honest, say so: in holdfast.yaml, leakage: {{accepted: [{accept}]}}")
    _say_harmless(audit)
    say()
    for unseen in audit.not_looked_at:
        say(f"Not looked at ({_kind(unseen)}): {unseen['why']}")
    say(f"Looked for {len(audit.looked_at)} kinds of leak; all of it: {audit.file}")
    say(audit.sentence)
    if audit.findings:
        say(f"Next: fix what is named above, then {command('check', project, config, '--leakage', tenant=tenant)}")
    else:
        say(f"Next: {command('run', project, config, tenant=tenant)}")


def _say_harmless(audit: "LeakageAudit") -> None:
    """What fails nothing: weak signs, and what the settings accept."""
    for hint in audit.hints:
        say()
        say(f"Worth a look, {hint['where']}: {hint['sentence']}")
        say(f"   Features: {_some(hint['features'])}")
    for accepted in audit.accepted:
        say()
        say(f"Accepted, {accepted['where']} ({_kind(accepted)}): {accepted['why']}")
        say(f"   What was found: {accepted['sentence']}")
    for unmet in audit.accepted_not_found:
        say()
        say(f"Accepted but not found, {unmet['where']} ({_kind(unmet)}): take it out of holdfast.yaml.")


def _kind(entry: Mapping[str, Any]) -> str:
    return str(entry["kind"]).replace("_", " ")


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
