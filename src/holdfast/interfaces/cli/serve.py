"""`holdfast serve`: the API and the report over the published results."""

import ipaddress
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.terminal import AsJson, ConfigFile, ProjectFolder, opened, say, say_json

RESULTS = ("service.publish.Server",)
_FINISH_SECONDS = 10  # for requests in flight when it is stopped


def serve(
    project: ProjectFolder,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 8000,
    rate: Annotated[str, typer.Option("--rate", help="Requests that one caller may make.")] = "600/minute",
    tls_certificate: Annotated[Path | None, typer.Option("--tls-certificate", help="PEM file, for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file, for https.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish the latest run if it is not yet, and answer over HTTP: the API under /api/v1, the report at /report.html.

    Example: holdfast serve shop --port 8000
    """
    import uvicorn

    from holdfast.interfaces.api.app import create_app
    from holdfast.service.publish import Server

    opened_project = opened(project, config)
    publication = opened_project.publish(now=datetime.now(UTC))
    results = opened_project.results()
    if not _is_loopback(host) and not results.has_keys():
        raise HoldfastError(
            f"{host} can be reached from other machines, and there is no API key yet: everybody could read all of it.",
            fix=f"holdfast keys {project} --new NOTE --scopes read, then the same command again; encrypt with "
            "--tls-certificate and --tls-key, or behind a proxy that does.",
        )
    app = create_app(results, tenant=opened_project.tenant, rate=rate, reports=opened_project.latest / "reports")
    listener = _listening(host, port)
    scheme = "https" if tls_certificate else "http"
    address = f"{scheme}://{host}:{listener.getsockname()[1]}"
    server = Server(address, results.database, opened_project.tenant)
    if as_json:
        say_json(server.to_record())
    else:
        say(publication.sentence)
        say(server.sentence)
        say(f"Next: open {address}/report.html, or: curl {address}/api/v1/customers?limit=5   (stop with Ctrl-C)")
    sys.stdout.flush()
    settings = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_FINISH_SECONDS,
        ssl_certfile=tls_certificate,
        ssl_keyfile=tls_key,
    )
    uvicorn.Server(settings).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; opened here so that a port in use is a plain error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise HoldfastError(
            f"Cannot listen at {host}:{port}: {error.strerror}.", fix="Use another port: --port 8001 (0: any free one)."
        ) from error
    return listener
