"""One customer of a run: what is expected, or why no prediction is made."""

from pathlib import Path

import polars as pl

from holdfast.decisions.risk import forecast_in_words
from holdfast.errors import HoldfastError
from holdfast.formatting import percent, plural
from holdfast.service.results import CustomerForecast
from holdfast.settings import Settings
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE
from holdfast.tables.outputs import PREDICTIONS

_WHY_NOT = {
    "left": "had left before the cutoff",
    "not begun": "had not begun at the cutoff",
    "no activity yet": "had signed up and was never active before the cutoff",
    "in events only": "stands in events only: no table of customers lists the id",
    "paused": "had paused at the cutoff",
    "trial not taken up": "had not taken up the trial",
}


def customer_forecast(folder: Path, run: Path, settings: Settings, customer_id: str) -> CustomerForecast:
    """What is expected of one customer, and why.

    Args:
        folder: of the project.
        run: of the run.
        settings: of the project.
        customer_id: as in the records.

    Raises:
        HoldfastError: no customer has that id, or no prediction is made for the customer.
    """
    rows = _rows_of(run / PREDICTIONS.path, customer_id)
    if rows.is_empty():
        raise _without_prediction(folder, run, customer_id)
    row = rows.row(0, named=True)
    note = forecast_in_words(row, settings)
    return CustomerForecast(row, settings.currency, (note,) if note else ())


def _rows_of(file: Path, customer_id: str) -> pl.DataFrame:
    return pl.scan_parquet(file).filter(customer_id=customer_id).collect()


def _without_prediction(folder: Path, run: Path, customer_id: str) -> HoldfastError:
    lapsed, states = _rows_of(run / LAPSED.path, customer_id), _rows_of(run / LIFECYCLE.path, customer_id)
    if lapsed.height:
        row = lapsed.row(0, named=True)
        return HoldfastError(
            f"Customer {customer_id!r} is in the records, but not in the list: the customer has lapsed, with no "
            f"activity for {plural(row['days_since'], 'day')}. The probability of a return within the horizon is "
            f"{percent(row['return_probability'])}.",
            fix=f"All customers who have lapsed: holdfast show {folder} --lapsed",
        )
    if states.height:
        why = _WHY_NOT.get(states["lifecycle"][0], "is not among the customers with a prediction")
        return HoldfastError(
            f"Customer {customer_id!r} is in the records, but not in the list: the customer {why}.",
            fix=f"The customers of the list: {run / 'bi' / 'customers.csv'}.",
        )
    some = pl.scan_parquet(run / PREDICTIONS.path).select("customer_id").head(3).collect()["customer_id"].to_list()
    return HoldfastError(
        f"No customer {customer_id!r} in the latest run.",
        fix=f"Use an id from the list, such as {', '.join(some)}.",
    )
