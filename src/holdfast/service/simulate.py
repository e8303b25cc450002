"""The records of a simulated business, written as a business would export them, with the truth beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from holdfast.formatting import plural
from holdfast.progress import SILENT, Progress
from holdfast.service.results import NOT_IN_JSON, Result
from holdfast.simulator.simulate import checked_request
from holdfast.simulator.write import simulate_into


@dataclass(frozen=True)
class SimulatedRecords(Result):
    """The files of a simulated business."""

    folder: Path
    """where they are"""
    rows: Mapping[str, int]
    """rows of each file"""
    dirt: Mapping[str, Mapping[str, int]]
    """how many rows of each file carry which dirt, planted on purpose"""
    simulated: bool
    """always true"""
    customers: int = field(metadata=NOT_IN_JSON)

    @property
    def sentence(self) -> str:
        return f"Simulated (not real) records of {plural(self.customers, 'customer')} in {self.folder}"


def simulate(
    folder: Path | str,
    *,
    kind: str = "crm",
    customers: int = 50_000,
    seed: int = 7,
    file_format: Literal["csv", "parquet"] = "csv",
    progress: Progress = SILENT,
) -> SimulatedRecords:
    """Write the records of a simulated business.

    Args:
        folder: a new or empty folder.
        kind: crm, saas, retail or experiment.
        customers: how many.
        seed: the same seed gives the same bytes.
        file_format: csv or parquet.
        progress: hears how many customers are written.

    Raises:
        HoldfastError: no such business, or a folder that holds something already.
    """
    written = simulate_into(Path(folder), checked_request(kind, customers, seed), file_format, progress)
    return SimulatedRecords(written.folder, written.rows, written.dirt, simulated=True, customers=customers)
