"""Compiled code is kept where it may be written, and made anew where it may not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.features.build import build
from holdfast.features.engine import grouping, jit, kernel
from holdfast.features.operators import Operator
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

    monkeypatch.setattr(jit, "njit", nowhere_to_write)
    assert jit.compiled(twice)(3) == 6
    assert asked == [True, False]


def test_machine_code_is_known_by_all_modules_that_it_is_made_of() -> None:
    here = Path(jit.__file__).parent
    using = {path.stem for path in here.rglob("*.py") if _takes_part(path)}
    reading = {"types", "jit"}
    assert using | reading == set(jit.PARTS)


def _takes_part(path: Path) -> bool:
    return "from holdfast.features.engine.jit import" in path.read_text(encoding="utf-8")


def test_each_function_is_compiled_for_one_signature_whatever_is_measured() -> None:
    measure_a_little()
    entries = [
        function
        for module in (kernel, grouping)
        for function in vars(module).values()
        if hasattr(function, "signatures") and not function.targetoptions.get("no_cpython_wrapper")
    ]
    assert len(entries) == 7
    assert [entry.py_func.__name__ for entry in entries if len(entry.signatures) != 1] == []


def measure_a_little() -> None:
    """Features of two customers, one of each kind that the kernel reads."""
    first, second, cutoff = (datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2, 3))
    events = pl.DataFrame(
        {
            "customer_id": ["a", "b", "a"],
            "happened_at": [first, first, second],
            "amount": [1.0, 2.0, 3.0],
            "kind": ["a", "a", "longer than twelve letters"],
        },
        schema_overrides={"happened_at": pl.Datetime("us", "UTC")},
    )
    features = (
        Aggregate("events", Operator.COUNT, window=Window(30), where=(("kind", "a"),)),
        Aggregate("events", Operator.SUM, "amount"),
        Aggregate("events", Operator.LAST, "kind", is_category=True),
        Aggregate("events", Operator.DISTINCT, "kind"),
        Aggregate("events", Operator.SUM, "amount", per="kind"),
    )
    customers = pl.Series("customer_id", ["a", "b"])
    build({"customers": customers.to_frame(), "events": events}, features, customers, [cutoff], threads=1)
