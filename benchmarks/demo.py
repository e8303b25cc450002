"""The demo as a user runs it: seconds and memory of each stage, against the targets.

Run: python benchmarks/demo.py [customers]
Targets on 2 cores: the data stages (collect to prepare) in 20 s, the whole demo in 90 s, every stage in 1.5 GB.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_MIB = 1.5e9 / 2**20
DATA_STAGES = ("collect", "clean", "features", "explore", "prepare")


def main() -> int:
    customers = sys.argv[1] if len(sys.argv) > 1 else "50000"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "demo"
        command = [sys.executable, "-c", "from holdfast.interfaces.cli.app import main; main()"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "demo", "--out", out, "--customers", customers, "--json"], check=True, stdout=subprocess.DEVNULL
        )
        whole = time.perf_counter() - began
        manifest = json.loads((out / "runs" / "latest" / "manifest.json").read_text())
    print(f"{'stage':<10}{'seconds':>9}{'peak MiB':>10}")
    for stage in manifest["stages"]:
        print(f"{stage['name']:<10}{stage['seconds']:>9.1f}{stage['peak_memory_mb']:>10,.0f}")
    data = [stage for stage in manifest["stages"] if stage["name"] in DATA_STAGES]
    seconds = sum(stage["seconds"] for stage in data)
    print(f"data stages: {seconds:.1f} s ({seconds / 20:.2f} of the target)")
    peak = max(stage["peak_memory_mb"] for stage in manifest["stages"])
    print(f"all stages: {peak:,.0f} MiB ({peak / MOST_MIB:.2f} of the target)")
    print(f"whole demo, simulated records included: {whole:.1f} s ({whole / 90:.2f} of the target)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
