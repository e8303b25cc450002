"""`holdfast doctor`: is this installation well?"""

import sys
from pathlib import Path

from holdfast.interfaces.cli.terminal import AsJson, say, say_json, table

RESULTS = ("service.doctor.Installation",)


def doctor(as_json: AsJson = False) -> None:
    """Say which versions are at work, which extras are installed, and what the machine has.

    Example: holdfast doctor
    """
    from holdfast.service.doctor import doctor as look_at_installation

    result = look_at_installation(Path.cwd())
    if as_json:
        say_json(result.to_record())
    else:
        table([(name, version or "MISSING") for name, version in result.libraries.items()], ("library", "version"))
        for name, version in result.extras.items():
            say(f"extra {name}: {version or f'not installed; pip install holdfast[{name}]'}")
        if result.extras["spark"]:
            enough = result.java is not None and result.java >= result.spark_needs_java
            java = f"Java {result.java}" if result.java else "no Java"
            say(f"{java} for Spark" + ("" if enough else f"; engine: spark needs Java {result.spark_needs_java}"))
        say(f"holdfast {result.holdfast} on Python {result.python}")
        say(f"{result.processors} processors, {result.free_disk_gb} GiB free disk")
        say(f"{result.sentence} Next: {'make setup' if result.missing else 'holdfast demo'}")
    if result.missing:
        sys.exit(2)
