"""A full disk, a locked folder, a kill at any moment: nothing half-written, and a re-run continues."""

import json
import random
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.sudden_death import DIES

CLI = "from holdfast.interfaces.cli.app import main; main()"


def holdfast(*arguments: str, cwd: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + CLI, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def purchases(path: Path, customers: int = 300) -> None:
    dice = random.Random(11)
    lines = ["customer_id,order_date,amount"]
    for number in range(customers):
        day, gap, stops = dice.randint(0, 300), dice.randint(8, 60), dice.random()
        while day < 700:
            lines.append(f"A{number:04d},{date(2024, 1, 1) + timedelta(days=day)},{dice.randint(5, 90)}.50")
            day += max(1, int(dice.expovariate(1 / gap)))
            if dice.random() < stops / 6:
                break
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _untimed(content: Any) -> Any:
    """The same without the seconds that anything took."""
    if isinstance(content, dict):
        return {name: _untimed(value) for name, value in content.items() if name != "seconds"}
    return [_untimed(value) for value in content] if isinstance(content, list) else content


def results(project: Path) -> dict[str, Any]:
    """What a run found, without the times it took."""
    run = project / "runs" / "latest"
    # The manifests hold hashes of files with seconds in them.
    timed = {"manifest.json", "reports/pipeline.json", "models/churn/manifest.json"}
    found: dict[str, Any] = {}
    for path in run.rglob("*"):
        name = path.relative_to(run).as_posix()
        if path.suffix == ".json" and name not in timed and not name.startswith("stages/"):
            found[name] = _untimed(json.loads(path.read_text(encoding="utf-8")))
        elif path.suffix in {".parquet", ".csv"}:
            found[name] = path.read_bytes()
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    purchases(tmp_path / "orders.csv")
    began = holdfast("init", "shop", "--from", "orders.csv", cwd=tmp_path)
    assert began.returncode == 0, began.stderr
    with (tmp_path / "shop" / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\ntraining:\n  models: [logistic]\n  at_most_cutoffs: 2\n")
    return tmp_path


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing(shop: Path) -> None:
    shutil.copytree(shop / "shop", shop / "undisturbed")
    calm = holdfast("run", "undisturbed", "--skip-plots", cwd=shop)
    assert calm.returncode == 0, calm.stderr
    step, killed = 1, 0
    while True:
        ran = holdfast(str(step), "run", "shop", "--skip-plots", cwd=shop, before=DIES)
        if ran.returncode == 0:
            break
        assert ran.returncode == -signal.SIGKILL, ran.stdout + ran.stderr
        latest = shop / "shop" / "runs" / "latest"
        assert not latest.exists() or (latest / "predictions.parquet").is_file()
        killed += 1
        step = int(step * 1.7) + 1
    assert killed >= 5
    found, expected = results(shop / "shop"), results(shop / "undisturbed")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    assert not list((shop / "shop" / "runs").glob(".unfinished-*"))
    assert not list((shop / "shop").rglob(".writing-*"))


def _mounting(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a mount namespace of its own; skips where that is not allowed."""
    trial = "mount -t tmpfs -o size=1m none /mnt"
    for flags in (["-m"], ["-rm"]):
        if shutil.which("unshare") is None:
            break
        allowed = subprocess.run(["unshare", *flags, "sh", "-ec", trial], capture_output=True, check=False)
        if allowed.returncode == 0:
            return subprocess.run(
                ["unshare", *flags, "sh", "-c", script],
                cwd=cwd,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
    pytest.skip("this machine does not let a test mount a small disk (unshare -m)")


@pytest.mark.slow
def test_a_full_disk_is_said_and_a_rerun_continues(shop: Path) -> None:
    disk = shop / "disk"
    disk.mkdir()
    command = f"{sys.executable} -c '{CLI}'"
    # 16 MiB of ballast comes and goes: the disk is full, then it is not.
    script = f"""
        mount -t tmpfs -o size=80m none {disk}
        cp -r shop {disk}/shop && cp orders.csv {disk}/
        sed -i "s#- .*orders.csv#- {disk}/orders.csv#" {disk}/shop/holdfast.yaml
        free=$(df -k --output=avail {disk} | tail -1)
        head -c $(( (free - 300) * 1024 )) /dev/zero > {disk}/ballast
        {command} run {disk}/shop --skip-plots; echo "full: $?"
        find {disk} -name ".writing-*" | sed "s/^/left behind: /"
        rm {disk}/ballast
        {command} run {disk}/shop --skip-plots; echo "roomy: $?"
    """
    said = _mounting(script, shop)
    assert "Traceback" not in said.stderr, said.stderr
    assert "full: 2" in said.stdout, said.stdout + said.stderr
    assert "disk is full" in said.stderr
    assert "Fix: Free some space" in said.stderr
    assert "left behind" not in said.stdout
    assert "roomy: 0" in said.stdout, said.stdout + said.stderr


def test_a_folder_that_may_not_be_written_to_is_said(shop: Path) -> None:
    locked = shop / "locked"
    locked.mkdir()
    command = f"{sys.executable} -c '{CLI}'"
    script = f"""
        mount -t tmpfs -o size=20m none {locked}
        cp -r shop {locked}/shop && cp orders.csv {locked}/
        mount -o remount,ro {locked}
        {command} init {locked}/new --from orders.csv; echo "init: $?"
        {command} run {locked}/shop; echo "run: $?"
        {command} simulate --customers 10 --out {locked}/simulated; echo "simulate: $?"
    """
    said = _mounting(script, shop)
    assert "Traceback" not in said.stderr, said.stderr
    for name in ("init", "run", "simulate"):
        assert f"{name}: 2" in said.stdout, said.stdout + said.stderr
    assert said.stderr.count("Fix: ") == 3
