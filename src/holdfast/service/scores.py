"""What scoring new records answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.formatting import plural, quantity
from holdfast.service.results import NOT_IN_JSON, Result

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Scores(Result):
    """New records through the trained models."""

    rows_read: int
    """rows of the new files"""
    customers: int
    """how many customers were scored"""
    customers_left: int
    """how many left already by the label in the file: not scored, as in the run"""
    notes: tuple[str, ...]
    """what the scores rest on, rows set aside in cleaning, values that the models do not know"""
    columns: tuple[Mapping[str, Any], ...]
    """columns with values that the run did not know: table, column, source, filled, unread, unseen, implausible,
    respelt, decimal (the sign that was used, where it is not the run's), examples"""
    table: "pl.DataFrame" = field(metadata=NOT_IN_JSON)  # columns as in docs/reference/predictions.md

    @property
    def sentence(self) -> str:
        expected = float(self.table["churn_probability"].sum())
        return (
            f"{plural(self.rows_read, 'row')} read, {plural(self.customers, 'customer')} scored, "
            f"{quantity(expected)} expected to leave"
        )
