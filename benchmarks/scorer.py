"""Processor time in which the warm scorer answers about customers from their records, alone and many in one pass.

Run: python benchmarks/scorer.py DIR [--customers 20] [--write]
DIR holds a finished run. Target: 3 ms for one customer. Each is asked five times and the least of them counts, for
neighbours on the machine take from its caches; then the median over customers.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.api import records_of

from holdfast.service.project import open_project
from holdfast.service.scores.warm import spare_what_stays

if TYPE_CHECKING:
    from holdfast.service.scores.scorer import Scorer

RESULTS = Path(__file__).parent / "results" / "scorer.json"
TOGETHER = 64
TIMES = 5


def least(question: Callable[[], Any]) -> float:
    """The milliseconds of processor time that a question takes, the least of several times."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        question()
        took.append(time.process_time() - began)
    return 1e3 * min(took)


def alone(scorer: "Scorer", several: Sequence[Any], *, with_reasons: bool) -> float:
    """The median of the milliseconds that one of these customers takes."""
    took = [least(lambda own=own: scorer.predict(own, with_reasons=with_reasons)) for own in several]  # type: ignore[misc]
    return round(statistics.median(took), 2)


def together(scorer: "Scorer", several: Sequence[Any], *, with_reasons: bool) -> float:
    """The milliseconds that all of them take in one pass."""
    return round(least(lambda: scorer.predict_each(several, with_reasons=with_reasons)), 2)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    several = records_of(chosen.folder, chosen.customers + TOGETHER)
    own, others = several[: chosen.customers], several[chosen.customers :]
    began = time.process_time()
    scorer = open_project(chosen.folder).scorer()
    spare_what_stays()  # as a server does
    summary: dict[str, Any] = {"customers": chosen.customers, "together": TOGETHER}
    summary["load_ms"] = round(1e3 * (time.process_time() - began))
    summary["rows_of_a_customer"] = statistics.median(sum(map(len, each.values())) for each in own)
    for name, with_reasons in {"with_reasons": True, "without_reasons": False}.items():
        alone(scorer, own[:5], with_reasons=with_reasons)
        summary[f"one_{name}_ms"] = alone(scorer, own, with_reasons=with_reasons)
        summary[f"together_{name}_ms"] = together(scorer, others, with_reasons=with_reasons)
    print(json.dumps(summary, indent=1))
    if chosen.write:
        RESULTS.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
