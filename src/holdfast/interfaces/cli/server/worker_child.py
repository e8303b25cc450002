"""The worker of a server: a process of its own, so that the API stays quick; started again when it dies."""

import subprocess
import sys
import threading
from os import getpid
from pathlib import Path

from holdfast.interfaces.cli.server.work import STOP_SECONDS

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before a worker that died is started again


class WorkerChild:
    """Keeps one worker alive until it is to stop."""

    def __init__(self, project: Path, config: Path | None) -> None:
        words = ["work", str(project), "--parent", str(getpid())]
        if config is not None:
            words += ["--config", str(config)]
        # -P: a file in the folder where somebody types `holdfast` must not take the place of a library.
        self._command = [sys.executable, "-P", "-m", "holdfast", *words]
        self._stops = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True, name="worker")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop_soon(self) -> None:
        """Let the worker finish what is in its hands, or give it back, within a few seconds."""
        self._stops.set()
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def join(self) -> None:
        """Wait until it has ended; one that does not end is killed: another worker takes its job."""
        if self._child is None:
            return
        try:
            self._child.wait(STOP_SECONDS + 1.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _watch(self) -> None:
        wait = _FIRST_WAIT
        while not self._stops.is_set():
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            if self._stops.is_set():  # in between the two lines above
                self._child.terminate()
            code = self._child.wait()
            wait = _FIRST_WAIT if code < 0 else min(wait * 2, _LONGEST_WAIT)
            self._stops.wait(wait)
