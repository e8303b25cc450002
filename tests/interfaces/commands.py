"""Commands of `holdfast` run in this process, as fast as a function call."""

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, fields
from typing import Any

from holdfast.interfaces.cli.app import COMMANDS, main
from holdfast.service.results import json_name

CLI = "from holdfast.interfaces.cli.app import main; main()"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def holdfast(*words: object) -> Answer:
    """Run a command in this process; an exception that it does not turn into words is raised."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before = sys.argv
    sys.argv = ["holdfast", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = before
    return Answer(code, out.getvalue(), err.getvalue())


def process(*words: object, code: str = CLI, **variables: str) -> "subprocess.Popen[str]":
    """A command in a process of its own, with further variables in its environment."""
    command = [sys.executable, "-c", code, *map(str, words)]
    environment = os.environ | variables
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def documented_keys(command: str) -> list[set[str]]:
    """The keys that each of a command's answers may hold, as docs/reference/commands.md lists them."""
    module = importlib.import_module(COMMANDS[command].__module__)
    keys = []
    for path in module.RESULTS:
        home, _, name = path.rpartition(".")
        result = getattr(importlib.import_module(f"holdfast.{home}"), name)
        keys.append({key for each in fields(result) if (key := json_name(each)) is not None})
    return keys
