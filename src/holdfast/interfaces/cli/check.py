"""`holdfast check`: is there enough to learn from, and how clean is it?"""

import sys
from datetime import UTC, datetime

from holdfast.interfaces.cli.options import AsJson, ConfigFile, Cutoff, ProjectFolder
from holdfast.interfaces.cli.terminal import listening, say, say_json, table


def check(project: ProjectFolder, cutoff: Cutoff = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say whether the records are ready to be learnt from, before anything is trained.

    Example: holdfast check shop
    """
    from holdfast.service.projects import open_project

    opened = open_project(project, config=config, cutoff=cutoff)
    with listening(machine=as_json) as listener:
        checked = opened.check(now=datetime.now(UTC), listener=listener)
    if as_json:
        say_json(checked.readiness | {"run": str(checked.run)})
    else:
        say()
        marks = {"ok": "ok", "warn": "!", "fail": "NO"}
        table(
            [
                (marks.get(item["state"], item["state"]), item["name"], str(item["found"]), str(item["needed"]))
                for item in checked.readiness["items"]
            ],
            ("", "what", "found", "needed"),
        )
        say()
        for item in checked.readiness["items"]:
            if item["state"] != "ok":
                say(f"- {item['sentence']} {item['mend']}".rstrip())
        say(f"Verdict: {checked.readiness['grade']}. {checked.readiness['sentence']}")
        say(f"What was repaired: {checked.run / 'reports' / 'cleaning.json'}")
        say(f"What was found:    {checked.run / 'reports' / 'validation.csv'}")
        say(f"Next: holdfast run {project}" if checked.is_ready else "Next: mend what is marked NO, then check again")
    if not checked.is_ready:
        sys.exit(2)
