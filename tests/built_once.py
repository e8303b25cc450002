"""Folders that are dear to build: one worker of a test run builds each, and every worker takes a copy."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def built_once(name: str, build: Callable[[Path], object], factory: pytest.TempPathFactory) -> Path:
    """A copy of a folder that is built once in a test run, whichever worker and file wants it first.

    Args:
        name: of the folder in the whole test run; what is built under it must not depend on who asks.
        build: fills an empty folder. What it leaves may hold no path to that folder.
        factory: of this worker.

    Returns:
        A folder of the caller's own: what a test changes there no other sees.
    """
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "built-once"
    shared.mkdir(exist_ok=True)
    plain = re.sub(r"\W+", "-", name)
    whole = shared / plain
    with (shared / f"{plain}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released with the file, also where building fails
        if not whole.exists():
            part = shared / f"{plain}.part"
            shutil.rmtree(part, ignore_errors=True)  # of a worker that failed
            part.mkdir()
            build(part)
            part.rename(whole)
    return shutil.copytree(whole, factory.mktemp(plain), symlinks=True, dirs_exist_ok=True)
