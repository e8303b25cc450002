"""A session of Apache Spark: started without output, always stopped, its failures explained."""

import atexit
import functools
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import HoldfastError
from holdfast.features.spark import silence_pandas_warning
from holdfast.pipeline.spark.java import OLDEST_JAVA, java_version
from holdfast.settings import SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATIENCE_SECONDS = 5  # for a master to take a connection
_GUIDE = "see docs/guides/spark.md"
_UNREADABLE = re.compile(r"(?:file|hdfs|s3a?|gs|abfss?|wasbs?|dbfs):/[^\s\"']+?\.parquet")
# What decides whether numbers are right: no setting of the project may change it.
_PINNED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}
_OURS = {
    "spark.app.name": "holdfast",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",  # the features of all customers come back to the driver
    "spark.executorEnv.POLARS_MAX_THREADS": "1",  # one task a core
}
_ON_THIS_MACHINE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


def refuse_without_spark() -> None:
    """See that Spark can be started on this machine.

    Raises:
        HoldfastError: PySpark or Java is missing, or Java is too old.
    """
    if util.find_spec("pyspark") is None:
        raise HoldfastError("engine: spark needs PySpark, which is not installed.", fix='pip install "holdfast[spark]"')
    version = java_version()
    if version is None or version < OLDEST_JAVA:
        present = "no Java was found" if version is None else f"Java {version} was found"
        raise HoldfastError(
            f"engine: spark needs Java {OLDEST_JAVA}; {present}.",
            fix=f"Install it (Debian: apt-get install openjdk-{OLDEST_JAVA}-jre-headless), or let JAVA_HOME say where "
            "it is.",
        )


@contextmanager
def spark_session(settings: SparkSettings) -> Iterator["SparkSession"]:
    """A session for the block: the one that is active already (spark-submit, a notebook), or a new one.

    What Spark and its executors on this machine say goes to a file in the temporary folder, which is kept if a
    block failed.

    Raises:
        HoldfastError: Spark cannot be started, a file cannot be read, or executors were lost too often.
    """
    refuse_without_spark()
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        session = active.newSession()
        for name, value in _PINNED.items():
            session.conf.set(name, value)
        with _in_words(None):
            yield session
        return
    _refuse_unreachable(settings.master)
    folder = _folder()
    with _in_words(folder / "spark.log"):
        session = _start(settings, folder)
        try:
            yield session
        finally:
            session.stop()


@functools.cache
def _folder() -> Path:
    """Where this process's Spark leaves its words and its executors' files; gone at the end, unless a block failed."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-spark-"))
    atexit.register(_tidy, folder)
    return folder


def _tidy(folder: Path) -> None:
    if not (folder / "failed").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _start(settings: SparkSettings, folder: Path) -> "SparkSession":
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    is_local = settings.master.startswith("local")
    configuration = {**_OURS, **(_ON_THIS_MACHINE if is_local else {}), **settings.settings, **_PINNED}
    os.environ["PYSPARK_PYTHON"] = configuration.get("spark.pyspark.python") or os.environ.get(
        "PYSPARK_PYTHON", sys.executable
    )
    environment = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work")} if is_local else {}
    conf = SparkConf().setMaster(settings.master).setAll(list(configuration.items()))
    with silence_pandas_warning(), _environment(environment), (folder / "spark.log").open("ab") as log:
        gateway = None
        if not _is_running():
            gateway = launch_gateway(conf, popen_kwargs={"stdout": log, "stderr": log})
        SparkContext(conf=conf, gateway=gateway)
        return SparkSession.builder.getOrCreate()


def _is_running() -> bool:
    """Whether this process has Java at work already: it stays when a session stops."""
    from pyspark import SparkContext

    return getattr(SparkContext, "_gateway", None) is not None


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _refuse_unreachable(master: str) -> None:
    """Spark itself asks three times for twenty seconds, and then says little."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise HoldfastError(
                f"spark.master: {master!r} does not say host and port.",
                fix="Write spark://HOST:7077 in holdfast.yaml.",
            )
        try:
            socket.create_connection((host, int(port)), timeout=_PATIENCE_SECONDS).close()
        except OSError:
            continue
        return
    raise HoldfastError(
        f"spark.master: nothing answers at {master}.",
        fix="Start the master, or correct spark.master in holdfast.yaml; `engine: local` needs no cluster.",
    )


@contextmanager
def _in_words(log: Path | None) -> Iterator[None]:
    try:
        yield
    except HoldfastError:
        raise
    except Exception as error:
        if log:
            (log.parent / "failed").touch()
        explained = _words(str(error), log)
        if explained is None:
            raise
        raise explained from error


def _words(text: str, log: Path | None) -> HoldfastError | None:
    """What a user can fix; None where the failure is ours and its traceback says more."""
    where = f"; Spark's own words are in {log}" if log else ""
    file = _UNREADABLE.search(text)
    if any(sign in text for sign in _DAMAGED):
        return _damaged(file.group(0) if file else "A Parquet file")
    if "PATH_NOT_FOUND" in text or "FileNotFoundException" in text:
        return HoldfastError(
            f"{file.group(0) if file else 'A file'}: Spark's executors do not find it{where}.",
            fix=f"Keep the project on a disk that driver and executors share; {_GUIDE}.",
        )
    lacking = re.search(r"ModuleNotFoundError: No module named '([^']+)'", text)
    if lacking:
        return HoldfastError(
            f"The executors' Python lacks {lacking.group(1)}.",
            fix=f"Install holdfast on the executors, or send it along with spark.archives; {_GUIDE}.",
        )
    if any(sign in text for sign in _LOST):
        return HoldfastError(
            f"Spark lost executors too often and gave up{where}.",
            fix="Give them more memory (spark.settings: spark.executor.memory, spark.executor.memoryOverhead) "
            "or raise spark.partitions in holdfast.yaml.",
        )
    if any(sign in text for sign in _NOT_STARTED):
        return HoldfastError(f"Spark could not be started{where}.", fix=f"Correct spark in holdfast.yaml; {_GUIDE}.")
    return None


_DAMAGED = (
    "is not a Parquet file",
    "CANNOT_READ_FILE_FOOTER",
    "FAILED_READ_FILE",
    "Could not read footer",
    "CORRUPT",
    "ParquetDecodingException",
)
_LOST = ("ExecutorLostFailure", "OutOfMemoryError", "Python worker exited unexpectedly", "EOFException")
_NOT_STARTED = (
    "JAVA_GATEWAY_EXITED",
    "JavaSparkContext",
    "Could not parse Master URL",
    "All masters are unresponsive",
    "stopped SparkContext",
)


def spark_path(path: Path) -> str:
    """A file or folder of this machine as a Spark path, with the characters of patterns escaped."""
    return "file://" + re.sub(r"([\[\]{}*?\\])", r"\\\1", str(path.absolute()))


def read_parquet(session: "SparkSession", path: Path) -> Any:
    """A Parquet file or folder, read by Spark; one that is damaged is an error, never fewer rows.

    Raises:
        HoldfastError: a file is empty to the byte; Spark would pass over it without a word.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and not file.stat().st_size:
            raise _damaged(str(file))
    return session.read.parquet(spark_path(path))


def _damaged(file: str) -> HoldfastError:
    return HoldfastError(
        f"{file}: the file is damaged or cut off and cannot be read whole; nothing was measured.",
        fix="Restore it from a backup, or write it again: holdfast run DIR --resume-from collect.",
    )
