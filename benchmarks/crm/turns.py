"""Sides of a benchmark take turns, each in a process of its own; medians are printed and kept."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"


def take_turns(
    script: str, sides: list[str], folder: Path, repeat: int, more: list[str]
) -> dict[str, dict[str, float]]:
    """Medians of what each side measured of itself, and of its whole process: seconds, CPU seconds, peak memory."""
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for turn in range(repeat):
        for side, measured in runs.items():
            out = folder / f"out_{side}"
            out.mkdir(exist_ok=True)
            command = [sys.executable, script, "--side", side, "--folder", str(folder), *more]
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            measured.append(json.loads(done.stdout.splitlines()[-1]) | {"process": seconds, "process_cpu": cpu})
            print(f"  {turn + 1}/{repeat} {side:9} {measured[-1]['seconds']:6.2f} s", file=sys.stderr)
    return {
        side: {key: round(statistics.median(item[key] for item in measured), 3) for key in measured[0]}
        for side, measured in runs.items()
    }


class Watch:
    """Seconds, CPU seconds and peak memory of this process since it was made."""

    def __init__(self) -> None:
        self.began, self.cpu = time.perf_counter(), time.process_time()

    def measured(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self.began,
            "cpu": time.process_time() - self.cpu,
            "peak_mb": peak_bytes() / 2**20,
        }


def peak_bytes() -> int:
    """The most memory this process held; what getrusage tells may be that of the process that started it."""
    [columns] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(columns.split()[1]) * 1024


def ratios(matches: dict[str, dict[str, float]], side: str, to: str) -> dict[str, float]:
    """How many times what the other side takes."""
    keys = ("seconds", "cpu", "process", "process_cpu")
    return {key: round(matches[side][key] / matches[to][key], 2) for key in keys}


def keep(name: str, record: dict[str, Any]) -> None:
    """Write the result file and print it: sides first, then ratios."""
    for side, measured in record["sides"].items():
        words = f"{measured['seconds']:.2f} s (CPU {measured['cpu']:.2f}), process {measured['process']:.2f} s"
        print(f"  {side:18} {words} (CPU {measured['process_cpu']:.2f}), {measured['peak_mb']:,.0f} MB")
    for label, ratio in record["ratios"].items():
        print(f"  {label}: " + ", ".join(f"{key} {value}" for key, value in ratio.items()))
    RESULTS.mkdir(exist_ok=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    whole = record | {"cores": os.cpu_count(), "gib": round(memory), "load": round(os.getloadavg()[1], 1)}
    (RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
