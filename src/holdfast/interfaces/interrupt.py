"""Ctrl-C answered within a second, whatever the program is busy with: what is kept, and how to go on."""

import contextlib
import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Iterator

from holdfast.interfaces.cli.program import INTERRUPTED
from holdfast.interfaces.cli.terminal import typeable

_PATIENCE = 0.3  # seconds for the work to end by itself


@contextlib.contextmanager
def answering_interrupts() -> Iterator[None]:
    """End the process soon after SIGINT and say how to go on.

    Python hears a signal only between two of its own instructions; a library's compiled code may run for minutes. So
    a thread listens too, and ends the process where the work does not end by itself. Nothing is lost by that: files
    are written whole or not at all, and what stages have finished is kept.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are heard in the main thread only
        return
    listening, speaking = socket.socketpair()
    speaking.setblocking(False)
    earlier = signal.set_wakeup_fd(speaking.fileno(), warn_on_full_buffer=False)
    shown = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        """A signal heard in a callback of a compiled library cannot be raised there; the thread answers it."""
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            shown(unraisable)

    sys.unraisablehook = hook
    answer = _Answer()
    threading.Thread(target=_end_soon, args=(listening, answer), daemon=True, name="interrupts").start()
    try:
        yield
    except KeyboardInterrupt:
        sys.stdout.flush()
        answer.end()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            sys.stdout.flush()
            answer.end()
        raise
    finally:
        sys.unraisablehook = shown
        signal.set_wakeup_fd(earlier)
        speaking.close()


class _Answer:
    """What is said once, by whoever comes first: the interrupted work or the thread that waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def end(self) -> None:
        """Say how to go on and end the process at once: Python's own way out may take seconds after long work."""
        self._lock.acquire()  # for good: who comes second waits for the end
        again = shlex.join(["holdfast", *sys.argv[1:]])
        lines = f"Stopped. What was finished is kept; nothing is half-written.\nNext: to go on, {again}\n"
        bar_away = "\r\x1b[K\x1b[?25h" if sys.stderr.isatty() else ""  # and the cursor back
        with contextlib.suppress(OSError):  # nobody reads any more
            os.write(2, (bar_away + typeable(lines)).encode())  # past Python's buffers: the work may hold their locks
        os._exit(INTERRUPTED)


def _end_soon(listening: socket.socket, answer: _Answer) -> None:
    with listening:
        while content := listening.recv(16):
            if signal.SIGINT in content:
                break
        else:
            return  # closed: the command has ended
    threading.Event().wait(_PATIENCE)
    answer.end()
