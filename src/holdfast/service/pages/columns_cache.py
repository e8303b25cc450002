"""Keeps the columns of the runs that were asked for last in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from holdfast.store.results.columns import RunColumns
from holdfast.store.results.read import PublishedRun

_MOST_ROWS = 4_000_000  # of all runs together; the newest asked for stays however long it is


@dataclass
class ColumnsCache:
    """Columns by run; read once, by whoever asks first, and dropped when others are asked for or the run changed."""

    _columns: dict[tuple[int, str], RunColumns] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, run: PublishedRun, load: Callable[[], RunColumns]) -> RunColumns:
        """The columns of a run.

        Args:
            run: which; rows taken out of it since make it another.
            load: reads them.
        """
        key = (run.run_id, f"{run.changed_at} {run.content_sha256}")
        with self._lock:
            columns = self._columns.pop(key, None) or load()
            self._columns[key] = columns
            while len(self._columns) > 1 and sum(each.frame.height for each in self._columns.values()) > _MOST_ROWS:
                self._columns.pop(next(iter(self._columns)))
        return columns
