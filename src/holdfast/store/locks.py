"""Lock files: one writer at a time; the operating system releases a lock when its process ends, however it ends."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from holdfast.errors import BusyError
from holdfast.store.artifacts import writable


@contextlib.contextmanager
def exclusive_lock(lock_file: Path, busy: str, since: str = "") -> Iterator[None]:
    """Hold a lock file for the block.

    Args:
        lock_file: created where it is missing.
        busy: the problem to report when another process holds it.
        since: what other processes report beside the number of this one.

    Raises:
        BusyError: another process holds it.
    """
    import fcntl

    with writable(lock_file.parent):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file.open("a+", encoding="utf-8")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise BusyError(
                f"{busy} ({lock.read().strip()}).", fix="Wait for it to end, then run the same command again."
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}{since}")
        lock.flush()
        yield
        lock.truncate(0)
