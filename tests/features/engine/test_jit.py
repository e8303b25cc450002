"""Compiled code is kept where it may be written, and made anew where it may not."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.column_types import Kind
from holdfast.features.build import build
from holdfast.features.engine import jit
from holdfast.features.operators import OPERATORS
from holdfast.features.spec import Aggregate, Window


def test_a_machine_without_a_place_for_machine_code_still_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def nowhere_to_write(*, cache: bool = False, **_: Any) -> Callable[[Any], Any]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available for file")
        return lambda function: function

    def twice(number: int) -> int:
        return 2 * number

    for kept in ("_options", "_machine_code", "_namespaces"):
        monkeypatch.setattr(jit, kept, {})
    import numba

    monkeypatch.setattr(numba, "njit", nowhere_to_write)
    assert jit.standalone(twice)(3) == 6
    assert asked == [True, False]


PROBE = """
import sys
from datetime import UTC, datetime, timedelta
import numpy as np
import polars as pl
from holdfast.features.engine import jit
from tests.features.engine.test_jit import measured
few = measured(1)
assert "numba" not in sys.modules, "numba was loaded for one customer"
many = measured(400)
assert "numba" in sys.modules
assert measured(1).equals(few, null_equal=True)
assert many.head(2).equals(few, null_equal=True)
assert measured(400, cutoffs=1).equals(many.filter(pl.col("cutoff") == pl.col("cutoff").max()), null_equal=True)
from holdfast.features.engine import kernel
types = jit.load(kernel.measure_requests.__wrapped__).signatures
assert len(types) == 1, "the kernel was compiled a second time for requests in another order"
"""


def measured(customers: int, cutoffs: int = 2) -> pl.DataFrame:
    """Every operator over some windows, of customers with about 60 events each."""
    random, cutoff = np.random.default_rng(5), datetime(2026, 1, 1, tzinfo=UTC)
    frames = []
    for number in range(customers):
        size = 60 if number == 0 else int(random.integers(1, 60))
        ago = random.integers(1, 700 * 86_400, size)
        late = np.where(random.random(size) < 0.2, random.integers(0, 90 * 86_400, size), 0)
        happened = [cutoff - timedelta(seconds=int(each)) for each in ago]
        frames.append(
            pl.DataFrame(
                {
                    "customer_id": [f"c{number:04}"] * size,
                    "happened_at": happened,
                    "known_at": [at + timedelta(seconds=int(each)) for at, each in zip(happened, late, strict=True)],
                    "amount": np.where(random.random(size) < 0.1, np.nan, np.round(random.gamma(2, 20, size), 2)),
                    "kind": random.choice(["a", "b", "a longer text than twelve letters"], size),
                    "order": [f"o{int(each)}" for each in random.integers(0, 40, size)],
                }
            ).with_columns(pl.col("happened_at", "known_at").dt.cast_time_unit("us"))
        )
    features = [
        Aggregate("events", operator, column, window, where, per)
        for operator, record in OPERATORS.items()
        for column in (["amount", "kind"] if record.kinds else [""])
        if column != "kind" or Kind.CATEGORY in record.kinds
        for window in (Window(30), Window(90, 90), Window(365), Window())
        for where, per in (((), ""), ((("kind", "a"),), ""), ((), "order"))
    ]
    ids = pl.Series("customer_id", [f"c{number:04}" for number in range(customers)])
    tables = {"events": pl.concat(frames)}
    moments = [cutoff, cutoff - timedelta(days=200)][:cutoffs]
    return build(tables, features, ids, moments, 1).sort("customer_id", "cutoff")


def test_few_steps_are_interpreted_without_numba_and_give_the_same_bits() -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_machine_code_is_known_by_all_modules_that_it_is_made_of() -> None:
    here = Path(jit.__file__).parent
    using = {path.stem for path in here.rglob("*.py") if _takes_part(path)}
    reading = {"types", "jit"}
    assert using | reading == set(jit.PARTS)


def _takes_part(path: Path) -> bool:
    return "from holdfast.features.engine.jit import" in path.read_text(encoding="utf-8")
