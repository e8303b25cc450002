"""`holdfast keys`: who may ask the API."""

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    command,
    opened_for_results,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from holdfast.service.keys import NewKey

RESULTS = ("service.keys.KeyList", "service.keys.NewKey")  # the second with --new


def keys(
    project: ProjectFolder,
    new: Annotated[
        str | None, typer.Option("--new", metavar="NOTE", help="Create a key; the note says for what.")
    ] = None,
    scopes: Annotated[str, typer.Option("--scopes", help="What it opens: read, score, run, admin.")] = "read",
    role: Annotated[
        str | None, typer.Option("--role", help="Instead of --scopes: viewer, marketer, analyst or admin.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Until it expires; without it: never.")] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose keys; without it: those of the settings' tenant.")
    ] = None,
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="NAME", help="Let a key open nothing more.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the API keys, create one, or revoke one. From the first key on, every request to the API needs one.

    Example: holdfast keys shop --new "BI server" --scopes read,score --days 365
    """
    from holdfast.service.keys import key_list, new_key, scopes_of
    from holdfast.service.keys import revoke as revoke_key
    from holdfast.service.privacy.audit import record_command

    opened_project, now = opened_for_results(project, config, tenant), datetime.now(UTC)
    with closing(opened_project.results()) as results:
        if new is not None:
            wanted = tuple(scopes.replace(",", " ").split()) if role is None else scopes_of(role)
            record_command(opened_project, "keys --new", now)
            created = new_key(results, opened_project.tenant, wanted, note=new, days=days, now=now)
            _say_new(created, command("serve", project, config), as_json=as_json)
            return
        if revoke is not None:
            record_command(opened_project, f"keys --revoke {revoke}", now)
            revoke_key(results, opened_project.tenant, revoke, now=now)
        listed = key_list(results, now=now, tenant=opened_project.tenant if tenant is not None else None)
    if as_json:
        say_json(listed.to_record())
        return
    say(listed.sentence)
    if listed.keys:
        rows = [(key.name, key.tenant, " ".join(key.scopes), key.state, key.note) for key in listed.keys]
        table(rows, ("name", "tenant", "opens", "state", "note"))
    say(f"Next: {command('keys', project, config, '--new', 'NOTE', '--scopes', 'read', tenant=tenant)}")


def _say_new(created: "NewKey", serve: str, *, as_json: bool) -> None:
    if as_json:
        say_json(created.to_record())
        return
    say(created.sentence)
    say(created.key)
    say(f"Next: {serve}, then: curl -H 'Authorization: Bearer KEY' http://127.0.0.1:8000/api/v1/run")
