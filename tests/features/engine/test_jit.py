"""Compiled code is kept where it may be written, and made anew where it may not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.features.engine import jit


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
