"""Database servers to test against: those that run on this machine, else ones started for the tests."""

import contextlib
import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

_ROOM = "holdfast_tests"  # the database that tests work in
_POSTGRES_SOCKET, _MARIADB_SOCKET = Path("/var/run/postgresql"), Path("/run/mysqld/mysqld.sock")


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, removed at the end."""
    with contextlib.ExitStack() as stack:
        sockets = _POSTGRES_SOCKET
        if not _answers(_postgres_url(sockets, "postgres")):
            sockets = stack.enter_context(_own_postgres(folder))
        yield stack.enter_context(_empty_database(_postgres_url(sockets, "postgres"), _postgres_url(sockets, _ROOM)))


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """The URL of an empty MariaDB database, removed at the end."""
    with contextlib.ExitStack() as stack:
        socket = _MARIADB_SOCKET
        if not _answers(_mariadb_url(socket, "mysql")):
            socket = stack.enter_context(_own_mariadb(folder))
        yield stack.enter_context(_empty_database(_mariadb_url(socket, "mysql"), _mariadb_url(socket, _ROOM)))


def _postgres_url(sockets: Path, database: str) -> str:
    return f"postgresql://{getpass.getuser()}@/{database}?host={sockets}"


def _mariadb_url(socket: Path, database: str) -> str:
    return f"mysql://{getpass.getuser()}@localhost/{database}?unix_socket={socket}"


def _engine(url: str) -> sa.Engine:
    driver = url.replace("postgresql:", "postgresql+psycopg:").replace("mysql:", "mysql+pymysql:")
    return sa.create_engine(driver, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)


def _answers(url: str) -> bool:
    try:
        with _engine(url).connect() as connection:
            return connection.scalar(sa.text("SELECT 1")) == 1
    except sa.exc.OperationalError:
        return False


@contextlib.contextmanager
def _empty_database(server: str, url: str) -> Iterator[str]:
    # Two test processes work side by side, each in a database of its own.
    name = f"{_ROOM}_{os.getpid()}"
    with _engine(server).connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield url.replace(_ROOM, name)
    finally:
        with _engine(server).connect() as connection:
            force = " WITH (FORCE)" if "postgresql" in server else ""
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}{force}"))


@contextlib.contextmanager
def _own_postgres(folder: Path) -> Iterator[Path]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        _cannot("PostgreSQL is not installed")
    folder.chmod(0o755)
    data = folder / "postgres"
    data.mkdir()
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(data, "postgres")
        for parent in data.parents:
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    user = getpass.getuser()
    initdb = [programs[-1] / "initdb", "-D", data / "files", "-U", user, "-A", "trust", "--no-sync"]
    subprocess.run([*as_user, *initdb], check=True, capture_output=True)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={data}", "-c", "fsync=off"]
    server = subprocess.Popen(
        [*as_user, programs[-1] / "postgres", "-D", data / "files", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(_postgres_url(data, "postgres"))
        yield data
    finally:
        server.terminate()
        server.wait(timeout=60)


@contextlib.contextmanager
def _own_mariadb(folder: Path) -> Iterator[Path]:
    program, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if program is None or install is None:
        _cannot("MariaDB is not installed")
    data, user = folder / "mariadb", getpass.getuser()
    arguments = [f"--user={user}", f"--datadir={data}"]
    subprocess.run(
        [str(install), "--no-defaults", "--auth-root-authentication-method=normal", *arguments],
        check=True,
        capture_output=True,
    )
    socket = data / "socket"
    server = subprocess.Popen(
        [str(program), "--no-defaults", *arguments, "--skip-networking", f"--socket={socket}", "--skip-grant-tables"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(_mariadb_url(socket, "mysql"))
        yield socket
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(url: str) -> None:
    for _ in range(300):
        if _answers(url):
            return
        time.sleep(0.1)
    pytest.fail(f"the server that was started for the tests does not answer: {url}")


def _cannot(reason: str) -> None:
    """Skip with the reason; where everything is required, fail."""
    if os.environ.get("HOLDFAST_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
