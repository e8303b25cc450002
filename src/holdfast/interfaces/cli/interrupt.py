"""Ctrl-C answered within a second, whatever the program is busy with: what is kept, and how to go on."""

import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.interfaces.cli.terminal import complain

INTERRUPTED = 130  # the exit code of a program that SIGINT stopped
_PATIENCE = 0.5  # seconds for the work to end by itself


@contextmanager
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
    answer = _Answer()
    threading.Thread(target=_end_soon, args=(listening, answer), daemon=True, name="interrupts").start()
    try:
        yield
    except KeyboardInterrupt:
        answer.say()
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            answer.say()
        raise
    finally:
        if not answer.is_said:  # else the thread goes on: threads of a library may keep Python from ending
            signal.set_wakeup_fd(earlier)
            speaking.close()


class _Answer:
    """What is said once, by whoever comes first."""

    def __init__(self) -> None:
        self.is_said = False
        self._lock = threading.Lock()

    def say(self) -> None:
        with self._lock:
            if self.is_said:
                return
            self.is_said = True
            if sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K\x1b[?25h")  # the bar's line away, the cursor back
            again = shlex.join(["holdfast", *sys.argv[1:]])
            complain(f"Stopped. What was finished is kept; nothing is half-written.\nNext: to go on, {again}")
            sys.stderr.flush()


def _end_soon(listening: socket.socket, answer: _Answer) -> None:
    with listening:
        while content := listening.recv(16):
            if signal.SIGINT in content:
                break
        else:
            return  # closed: the command has ended
    threading.Event().wait(_PATIENCE)
    answer.say()
    os._exit(INTERRUPTED)
