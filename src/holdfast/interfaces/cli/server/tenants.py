"""`holdfast tenants`: several businesses in one folder, apart from each other."""

from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import AsJson, ConfigFile, ProjectFolder, command, say, say_json, table

RESULTS = ("service.jobs.tenants.TenantList", "service.jobs.tenants.TenantEntry")  # the second with --new


def tenants(
    project: ProjectFolder,
    new: Annotated[
        str | None, typer.Option("--new", metavar="NAME", help="Make the folder of a tenant: DIR/tenants/NAME.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the tenants of a folder, or make a new one. Each has its own records, runs, keys and results.

    Example: holdfast tenants agency --new north
    """
    from holdfast.service.jobs.home import Home
    from holdfast.service.jobs.tenants import create_tenant, tenant_list

    home = Home(project, config)
    if new is not None:
        created = create_tenant(home, new)
        if as_json:
            say_json(created.to_record())
            return
        say(created.sentence)
        say(f"Next: {command('init', project, None, '--from', 'FILE...', tenant=new)}")
        return
    listed = tenant_list(home)
    if as_json:
        say_json(listed.to_record())
        return
    say(listed.sentence)
    rows = [
        (each.name, each.folder or "-", "yes" if each.has_project else "no", each.published or "-")
        for each in listed.tenants
    ]
    table(rows, ("tenant", "folder", "project", "published run"))
    say(f"Next: {command('tenants', project, config, '--new', 'NAME')}")
