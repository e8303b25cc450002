"""The program `holdfast`: Ctrl-C is answered from the first moment on, before anything heavy is imported."""

import os
import shlex
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # the exit code of a program that SIGINT stopped


def main() -> None:
    """Run the command line; `answering_interrupts` takes over as soon as it is imported."""
    signal.signal(signal.SIGINT, _stop)
    from holdfast.interfaces.cli.app import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    again = shlex.join(["holdfast", *sys.argv[1:]])
    os.write(2, f"Stopped before anything began.\nNext: to go on, {again}\n".encode())
    os._exit(INTERRUPTED)
