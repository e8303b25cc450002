"""Where a customer lives is decided by the id"s bytes alone, today and in ten years."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.features import partitioning
from holdfast.features.partitioning import hash_ids, partition_of, rows_by_partition

IDS = ["", "a", "c0001234", "17850", "Müller", "顧客-7", "x" * 100]
GOLDEN = [
    "0xefd01f60ba992926",
    "0x82a2a958a9bece5b",
    "0xeb34f3d1d924dcbe",
    "0x5c7d35c349f93dc",
    "0x1b75d2ccd821e9d7",
    "0x6e1e8780191b7192",
    "0x43777b34a05be89d",
]


def by_hand(text: str) -> int:
    """FNV-1a and fmix64 in whole numbers of Python."""
    value, most = 14695981039346656037, 2**64
    for byte in text.encode():
        value = (value ^ byte) * 1099511628211 % most
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor % most
    return value ^ value >> 33


def test_the_hash_is_what_it_was_when_the_first_store_was_written() -> None:
    assert [hex(value) for value in hash_ids(pl.Series(IDS))] == GOLDEN
    assert partition_of(pl.Series(IDS), 64).to_list() == [int(value, 16) % 64 for value in GOLDEN]


@contextlib.contextmanager
def computed(by: str) -> Iterator[None]:
    """Few ids are hashed by NumPy, many by machine code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioning, "is_too_little_to_compile", lambda _: by == "numpy")
        yield


BY = pytest.mark.parametrize("by", ["numpy", "numba"])


@BY
@settings(deadline=None)  # the first call compiles
@given(ids=st.lists(st.text(), max_size=30))
def test_the_hash_is_the_published_one(by: str, ids: list[str]) -> None:
    with computed(by):
        assert hash_ids(pl.Series(ids, dtype=pl.String)).tolist() == [by_hand(text) for text in ids]


@BY
@settings(deadline=None)  # the first call compiles
@given(
    ids=st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=60), partitions=st.sampled_from([1, 2, 16, 128])
)
def test_a_batch_is_grouped_and_keeps_its_order(by: str, ids: list[str | None], partitions: int) -> None:
    series = pl.Series(ids, dtype=pl.String)
    with computed(by):
        order, starts = rows_by_partition(series, partitions)
    partition = partition_of(series, partitions).to_list()
    for place in range(partitions):
        rows = order[starts[place] : starts[place + 1]].tolist()
        assert rows == [row for row, found in enumerate(partition) if found == place]


@BY
def test_a_slice_is_hashed_like_the_whole(by: str) -> None:
    ids = pl.Series(IDS * 3)
    with computed(by):
        assert hash_ids(ids.slice(5, 9)).tolist() == hash_ids(ids).tolist()[5:14]


def test_few_ids_are_hashed_and_stored_without_loading_a_compiler() -> None:
    program = """
import sys
from datetime import UTC, datetime
import polars as pl
from holdfast.features.partitioning import partition_of
from holdfast.store.events.ordering import in_order
ids = pl.Series("customer_id", ["b", "a", "b"])
at = pl.Series([datetime(2026, 1, day, tzinfo=UTC) for day in (3, 2, 1)]).cast(pl.Datetime("us", "UTC"))
rows = pl.DataFrame([ids, at.alias("happened_at"), at.alias("known_at")])
assert in_order(rows).frame["happened_at"].dt.day().to_list() == [2, 1, 3]
assert partition_of(ids, 2).n_unique() == 2
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_customers_spread_evenly() -> None:
    ids = pl.Series([f"c{number:07d}" for number in range(64_000)])
    rows = partition_of(ids, 64).value_counts()["count"]
    assert len(rows) == 64
    assert 800 < rows.min() <= rows.max() < 1200  # type: ignore[operator]


@pytest.mark.parametrize("partitions", [0, 3, -2, 8192])
def test_a_number_of_partitions_that_fits_not_is_refused(partitions: int) -> None:
    with pytest.raises(HoldfastError, match="1, 2, 4, 8"):
        partition_of(pl.Series(["a"]), partitions)
