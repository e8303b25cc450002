"""Tombstones: whom they cover among many ids, in whatever way these are written."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from holdfast.store.erasure import tombstones
from holdfast.store.erasure.tombstones import add_tombstones, load_tombstones


def test_the_erased_are_met_however_their_ids_are_written_and_all_ids_are_looked_at_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tombstones(tmp_path, ["17850", "C1", "1.1"], datetime(2026, 7, 1, tzinfo=UTC))
    erased = load_tombstones(tmp_path)
    ids = ["17850", " 17850 ", "17850.0", "C1\x1f", "1.1", "1.10", "C10", "c1", "1785", ""]
    looked_at = []
    without_points = tombstones.without_points
    monkeypatch.setattr(
        tombstones, "without_points", lambda texts: looked_at.append(len(texts)) or without_points(texts)
    )
    covered = erased.among(pl.Series([*ids, None, "C1\x1f"], dtype=pl.String))
    assert looked_at == [len(ids)]
    assert set(covered) == {"17850", " 17850 ", "17850.0", "C1\x1f", "1.1"}
    assert set(covered) == {each for each in ids if erased.covers(each)}
