"""Compiled code is kept where it may be written, and made anew where it may not."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.features import compiling


def test_a_machine_without_a_place_for_machine_code_still_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def nowhere_to_write(*, cache: bool = False, **_: Any) -> Callable[[Any], Any]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available for file")
        return lambda function: function

    monkeypatch.setattr(compiling, "njit", nowhere_to_write)
    assert compiling.compiled(abs)(-3) == 3
    assert asked == [True, False]
