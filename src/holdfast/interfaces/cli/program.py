"""The program `holdfast`: Ctrl-C is answered from the first moment on, before anything heavy is imported."""

import gc
import os
import shlex
import signal
import sys
from types import FrameType

OBJECTS_BETWEEN_COLLECTIONS = 50_000  # Python's 700 means a tenth of a short command's time while modules are loaded
INTERRUPTED = 130  # the exit code of a program that SIGINT stopped


def main() -> None:
    """Run the command line; `answering_interrupts` takes over as soon as it is imported."""
    signal.signal(signal.SIGINT, _stop)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    from holdfast.interfaces.cli.app import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    again = shlex.join(["holdfast", *sys.argv[1:]])
    os.write(2, f"Stopped before anything began.\nNext: to go on, {again}\n".encode())
    os._exit(INTERRUPTED)
