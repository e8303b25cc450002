"""Measure features of records that are larger than memory: a partition of customers at a time."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl


class Records(Protocol):
    """Records by partition of customers, as a store keeps them."""

    @property
    def partitions(self) -> int:
        """How many there are; every customer lives in exactly one."""
        ...

    def rows(self, partition: int) -> int:
        """How many event rows a partition holds, for progress and memory."""
        ...

    def load(
        self, partition: int, columns: Mapping[str, Sequence[str]], customers: pl.Series | None = None
    ) -> dict[str, pl.DataFrame]:
        """The records of a partition.

        Args:
            partition: from 0.
            columns: for each table wanted ("customers" too) the columns wanted; those that exist are given.
            customers: only the rows of these ids, where given.

        Returns:
            For each table a frame with customer_id (String), happened_at and known_at for event tables
            (`Datetime("us", "UTC")`) and the named columns; sorted by customer_id, happened_at, known_at, then all
            other stored columns by name, the ones not asked for too: rows of one moment have one order.
        """
        ...
