"""`holdfast check`: is there enough to learn from, and how clean is it?"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    Cutoff,
    ProjectFolder,
    say,
    say_json,
    stage_progress,
    table,
)

if TYPE_CHECKING:
    from holdfast.service.project import Project


def tell_leaks(report: dict[str, Any], file: Path, project: Path) -> None:
    """Findings, the worst first, then what could not be looked at."""
    findings = report["findings"]
    if findings:
        say()
        table([(one["grade"], one["kind"].replace("_", " "), one["where"]) for one in findings], ("", "what", "where"))
    for place, one in enumerate(findings, 1):
        say()
        say(f"{place}. {one['where']}: {one['sentence']}")
        if one["features"]:
            say(f"   Features: {_some(one['features'])}")
        if one["examples"]:
            say(f"   Customers to look at: {_some(one['examples'])}")
        say(f"   Fix: {one['fix']}")
        if place == 1:
            accept = f'{{kind: {one["kind"]}, where: "{one["where"]}", why: "..."}}'
            say(f"   Or, if it is honest, say so: in holdfast.yaml, leakage: {{accepted: [{accept}]}}")
    _tell_others(report)
    say()
    for one in report["not_looked_at"]:
        say(f"Not looked at ({one['kind'].replace('_', ' ')}): {one['why']}")
    say(f"Looked for {len(report['looked_at'])} kinds of leak; all of it: {file}")
    if findings:
        say(f"Verdict: {plural(len(findings), 'leak')} to look at before anything is trained.")
        say(f"Next: fix what is named above, then holdfast check {project} --leakage")
    else:
        say("Verdict: no leak found" + (", but read what is worth a look." if report["hints"] else "."))
        say(f"Next: holdfast run {project}")


def _tell_others(report: dict[str, Any]) -> None:
    """What fails nothing: weak signs, and what the settings accept."""
    for one in report["hints"]:
        say()
        say(f"Worth a look, {one['where']}: {one['sentence']}")
        say(f"   Features: {_some(one['features'])}")
    for one in report["accepted"]:
        say()
        say(f"Accepted, {one['where']} ({one['kind'].replace('_', ' ')}): {one['why']}")
        say(f"   What was found: {one['sentence']}")
    for one in report["accepted_not_found"]:
        say()
        say(f"Accepted but not found, {one['where']} ({one['kind'].replace('_', ' ')}): take it out of holdfast.yaml.")


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def check(
    project: ProjectFolder,
    cutoff: Cutoff = None,
    leakage: Annotated[
        bool, typer.Option("--leakage", help="Look for columns and rows that tell the outcome; 3 if any is found.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the records are ready to be learnt from, before anything is trained.

    Example: holdfast check shop --leakage
    """
    from holdfast.service.project import open_project

    opened = open_project(project, config=config, cutoff=cutoff)
    if leakage:
        _check_for_leaks(opened, project, as_json=as_json)
        return
    with stage_progress(machine=as_json) as progress:
        checked = opened.check(now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json(checked.readiness | {"run": str(checked.run), "notes": list(checked.notes)})
    else:
        say()
        table(
            [
                (item["mark"], item["name"], item["found"], item["needed"], item["sentence"])
                for item in checked.readiness["items"]
            ],
            ("", "what", "found", "needed", "in words"),
        )
        say()
        for item in checked.readiness["items"]:
            if item["fix"]:
                say(f"- {item['name']}: {item['fix']}")
        for note in checked.notes:
            say(f"- {note}")
        say(f"Verdict: {checked.readiness['grade']}.")
        say(f"What was repaired: {checked.run / 'reports' / 'cleaning.json'}")
        say(f"What was found:    {checked.run / 'reports' / 'validation.csv'}")
        say(f"Next: holdfast run {project}" if checked.is_ready else "Next: fix what is marked ✗, then check again")
    if not checked.is_ready:
        sys.exit(2)


def _check_for_leaks(opened: "Project", project: Path, *, as_json: bool) -> None:
    from holdfast.service.project import look_for_leaks

    with stage_progress(machine=as_json) as progress:
        audited = look_for_leaks(opened, now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json(audited.report | {"run": str(audited.run)})
    else:
        tell_leaks(audited.report, audited.file, project)
    if not audited.is_clean:
        sys.exit(3)
