"""`holdfast serve`: the API, the report and a worker for jobs, over one folder."""

import ipaddress
import re
import socket
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.terminal import AsJson, ConfigFile, ProjectFolder, complain, say, say_json

if TYPE_CHECKING:
    import uvicorn

    from holdfast.interfaces.cli.server.worker_child import WorkerChild
    from holdfast.service.jobs.home import Home
    from holdfast.service.results_database import PublishedResults

RESULTS = ("service.publish.Server",)
_FINISH_SECONDS = 8  # for requests in flight when it is stopped; the worker ends within the same time
_WAITING = 2_048  # connections
_GIGA = 1_000_000_000


def serve(
    project: ProjectFolder,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 8000,
    rate: Annotated[str, typer.Option("--rate", help="Requests that one caller may make.")] = "600/minute",
    tenant_rate: Annotated[
        str | None,
        typer.Option("--tenant-rate", help="That all keys of a tenant may make; without it ten times --rate."),
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option("--tls-certificate", help="PEM file, for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file, for https.")] = None,
    upload_limit_gb: Annotated[
        float, typer.Option("--upload-limit-gb", min=0.001, help="Of one uploaded file, in gigabytes.")
    ] = 2.0,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Whether to work at jobs here, in a process of its own.")
    ] = True,
    base_path: Annotated[str, typer.Option("--base-path", help="Where a proxy shows it, as /retention.")] = "",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the web app at /, the API under /api/v1, the report at /report.html; and work at jobs (runs, batches).

    The folder may be empty: records come in by upload then. The latest run is published first, if it is not yet.

    Example: holdfast serve shop --port 8000
    """
    import uvicorn

    from holdfast.interfaces.api.access import Rates
    from holdfast.interfaces.api.app import create_app
    from holdfast.interfaces.cli.server.worker_child import WorkerChild
    from holdfast.service.jobs.home import Home
    from holdfast.service.publish import Server
    from holdfast.service.redis.server import redis_at_hand

    if not project.is_dir():
        raise HoldfastError(
            f"{project}: there is no such folder.", fix=f"mkdir {project}, then the same command again."
        )
    home = Home(project, config, upload_limit=int(upload_limit_gb * _GIGA), redis=redis_at_hand(warn=complain))
    with closing(home.results()) as results:
        _refuse_beyond_this_machine(host, results, project)
        with closing(_listening(host, port)) as listener:
            words = _publish(home)
            tenant = home.results_settings.tenant
            reports = project / "runs" / "latest" / "reports"
            base, rates = _base(base_path), Rates(rate, tenant_rate)
            app = create_app(results, tenant=tenant, rates=rates, reports=reports, home=home, base_path=base)
            address = f"{'https' if tls_certificate else 'http'}://{host}:{listener.getsockname()[1]}"
            server = Server(address, results.database, tenant)
            if as_json:
                say_json(server.to_record())
            else:
                say(words)
                say(server.sentence)
                say(f"Next: open {address}/   (stop with Ctrl-C)")
            sys.stdout.flush()
            settings = uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_FINISH_SECONDS,
                ssl_certfile=tls_certificate,
                ssl_keyfile=tls_key,
            )
            _run(settings, listener, WorkerChild(project, config) if worker else None)


def _run(settings: "uvicorn.Config", listener: socket.socket, child: "WorkerChild | None") -> None:
    import uvicorn

    class ServerWithWorker(uvicorn.Server):
        """Passes on to the worker that it is to end, in the moment when the server hears of it."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            if child is not None:
                child.stop_soon()
            super().handle_exit(sig, frame)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await super().shutdown(sockets)
            if child is not None:
                child.join()

    if child is not None:
        child.start()
    try:
        ServerWithWorker(settings).run(sockets=[listener])
    finally:
        _end(child)


def _end(child: "WorkerChild | None") -> None:
    if child is not None:
        child.stop_soon()
        child.join()


def _publish(home: "Home") -> str:
    """Publish the latest run, where there is one, and say what is served."""
    tenant = home.results_settings.tenant
    if not home.settings_file_of(tenant).is_file():
        return "No project file yet: upload records in the browser, or holdfast init."
    try:
        project = home.project(tenant)
    except HoldfastError as error:
        complain(f"{error.problem}\nFix: {error.fix}")
        return "The project file is unfinished; what was published before is served."
    if not home.has_run(tenant):
        return "No run yet: start one in the browser, or holdfast run."
    return project.publish(now=datetime.now(UTC)).sentence


def _refuse_beyond_this_machine(host: str, results: "PublishedResults", project: Path) -> None:
    if not _is_loopback(host) and not results.has_keys():
        raise HoldfastError(
            f"{host} can be reached from other machines, and there is no API key yet: everybody could read all of it.",
            fix=f"holdfast keys {project} --new NOTE --scopes read, then the same command again; encrypt with "
            "--tls-certificate and --tls-key, or behind a proxy that does.",
        )


def _base(path: str) -> str:
    """A base path with a slash before and none behind; "" for the root."""
    base = "/" + path.strip("/") if path.strip("/") else ""
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", base):
        raise HoldfastError(
            f"--base-path {path!r} is no path: letters, digits and . _ ~ - between slashes.",
            fix="For https://example.com/retention/ write --base-path /retention.",
        )
    return base


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
        listener.listen(_WAITING)  # whoever asks between the word that we listen and the first answer waits
    except OSError as error:
        listener.close()
        raise HoldfastError(
            f"Cannot listen at {host}:{port}: {error.strerror}.", fix="Use another port: --port 8001 (0: any free one)."
        ) from error
    return listener
