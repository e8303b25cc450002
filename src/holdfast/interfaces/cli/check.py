"""`holdfast check`: is there enough to learn from, and how clean is it?"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.interfaces.cli.leakage import tell_leaks
from holdfast.interfaces.cli.options import AsJson, ConfigFile, Cutoff, ProjectFolder
from holdfast.interfaces.cli.terminal import listening, say, say_json, table

if TYPE_CHECKING:
    from holdfast.service.projects import OpenProject


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
    from holdfast.service.projects import open_project

    opened = open_project(project, config=config, cutoff=cutoff)
    if leakage:
        _check_for_leaks(opened, project, as_json=as_json)
        return
    with listening(machine=as_json) as listener:
        checked = opened.check(now=datetime.now(UTC), listener=listener)
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
            if item["mend"]:
                say(f"- {item['name']}: {item['mend']}")
        for note in checked.notes:
            say(f"- {note}")
        say(f"Verdict: {checked.readiness['grade']}.")
        say(f"What was repaired: {checked.run / 'reports' / 'cleaning.json'}")
        say(f"What was found:    {checked.run / 'reports' / 'validation.csv'}")
        say(f"Next: holdfast run {project}" if checked.is_ready else "Next: mend what is marked ✗, then check again")
    if not checked.is_ready:
        sys.exit(2)


def _check_for_leaks(opened: "OpenProject", project: Path, *, as_json: bool) -> None:
    from holdfast.service.auditing import look_for_leaks

    with listening(machine=as_json) as listener:
        audited = look_for_leaks(opened, now=datetime.now(UTC), listener=listener)
    if as_json:
        say_json(audited.report | {"run": str(audited.run)})
    else:
        tell_leaks(audited.report, audited.file, project)
    if not audited.is_clean:
        sys.exit(3)
