"""Rows set down by partition come back as they came, however varied their texts turn out to be."""

from pathlib import Path

import polars as pl
import pytest

from holdfast.features.partitioning import partition_of
from holdfast.store.events import spill
from holdfast.store.events.commit import decoded

ROWS = pl.DataFrame({"_customer": [f"c{row % 40:02d}" for row in range(600)], "_row": range(600)}).with_columns(
    word=pl.when(pl.col("_row") % 7 > 0).then(pl.format("word {}", pl.col("_row") // 10))
)


@pytest.mark.parametrize("most_words", [40, 65_536])
def test_every_row_comes_back_once_from_its_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_words: int
) -> None:
    monkeypatch.setattr(spill, "MOST_WORDS", most_words)  # with 40 the column has too many half-way
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill" / "000000.arrow").write_bytes(b"what a killed process left")
    spilled = spill.Spill(tmp_path / "spill", 2)
    for begin in (0, 200, 400):
        spilled.add("orders", ROWS[begin : begin + 200], "_customer")
    by_partition = []
    for partition in range(2):
        rows = spilled.take("orders", partition)
        assert rows is not None
        by_partition.append(decoded(rows))
        assert (partition_of(by_partition[-1]["_customer"], 2) == partition).all()
        assert by_partition[-1]["_row"].is_sorted()
    assert pl.concat(by_partition).select(ROWS.columns).sort("_row").equals(ROWS)
    assert spilled.take("visits", 0) is None
    spilled.close()
    assert not (tmp_path / "spill").exists()
