"""What `holdfast check --leakage` prints: each leak with what shows it and what to type."""

from pathlib import Path
from typing import Any

from holdfast.interfaces.cli.terminal import say, table
from holdfast.words import plural


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
        say(f"   Mend: {one['mend']}")
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
        say(f"Next: mend what is named above, then holdfast check {project} --leakage")
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
