"""Ctrl-C: an answer at once, what is kept, and how to go on."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.interfaces.commands import holdfast, process


def interrupted(words: tuple[object, ...], after: str) -> tuple[str, str]:
    """Send SIGINT once a line of the output holds a text; return what was printed to the two streams."""
    running = process(*words)
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line)
        if after in line:
            break
    time.sleep(0.2)  # into the next stage
    running.send_signal(signal.SIGINT)
    rest, err = running.communicate(timeout=60)
    assert running.returncode == 130, err  # it did not go on to its end, where it would be 0
    return "".join(lines) + rest, err


def test_a_signal_in_a_callback_of_a_library_prints_no_traceback() -> None:
    """As where LLVM calls Python while it compiles; any other fault in a callback is shown."""
    code = (
        "import ctypes, signal, time\n"
        "from holdfast.interfaces.interrupt import answering_interrupts\n"
        "def fails(kind):\n"
        "    ctypes.CFUNCTYPE(None)(lambda: (_ for _ in ()).throw(kind))()\n"
        "with answering_interrupts():\n"
        "    fails(ZeroDivisionError)\n"
        "    fails(KeyboardInterrupt)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ZeroDivisionError" in done.stderr
    assert "KeyboardInterrupt" not in done.stderr


@pytest.fixture
def unrun(shop: Path, tmp_path: Path) -> Path:
    """A project that has not run yet, with all models, so that each stage takes its time."""
    shutil.copytree(shop, tmp_path / "shop", ignore=shutil.ignore_patterns("runs", "logs"))
    shutil.copy(shop.parent / "orders.csv", tmp_path)
    settings = tmp_path / "shop" / "holdfast.yaml"
    settings.write_text(settings.read_text().replace("models: [logistic]", "models: [logistic, forest, lightgbm]"))
    return tmp_path / "shop"


def test_a_run_that_is_stopped_in_several_stages_says_so_and_goes_on(unrun: Path) -> None:
    runs = unrun / "runs"
    for stage in ("collect ", "features ", "prepare "):
        out, err = interrupted(("run", unrun, "--skip-plots"), after=stage)
        assert "Traceback" not in err
        assert err.startswith("Stopped. What was finished is kept")
        assert err.rstrip().endswith(f"holdfast run {unrun} --skip-plots")
        assert len(list(runs.glob(".unfinished-*"))) == 1
        assert not (runs / "latest").exists()
    assert out.count("unchanged, kept") >= 3
    done = holdfast("run", unrun, "--skip-plots")
    assert done.code == 0, done.err
    assert done.out.count("unchanged, kept") >= 5
    assert [path.name for path in runs.iterdir() if path.name.startswith((".unfinished", ".stopped"))] == []


def test_a_check_keeps_what_a_stopped_run_had_finished(unrun: Path) -> None:
    interrupted(("run", unrun, "--skip-plots"), after="prepare ")
    assert holdfast("check", unrun).code == 0
    done = holdfast("run", unrun, "--skip-plots")
    assert done.code == 0, done.err
    assert done.out.count("unchanged, kept") >= 5


def test_simulate_stops_and_leaves_nothing(tmp_path: Path) -> None:
    running = process("simulate", "--kind", "crm", "--customers", 400_000, "--out", tmp_path / "big")
    while not list(tmp_path.glob(".big*")) and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err.startswith("Stopped.")
    assert not (tmp_path / "big").exists()


SLOW_IMPORT = """
import sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            print("importing", flush=True)
            time.sleep(30)

sys.meta_path.insert(0, Slow())
from holdfast.interfaces.cli.program import main
main()
"""


def test_an_interrupt_while_the_program_still_starts_is_answered_without_a_traceback(tmp_path: Path) -> None:
    running = process("run", tmp_path / "shop", code=SLOW_IMPORT)
    assert running.stdout is not None
    assert running.stdout.readline() == "importing\n"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err == f"Stopped before anything began.\nNext: to go on, holdfast run {tmp_path / 'shop'}\n"
