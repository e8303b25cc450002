"""Silence that the purchase model expects: purchases up to a cutoff in; the probability of buying nothing after it out.

expected_silence(purchases, cutoff, horizon_days) -> pl.DataFrame | None
"""

from datetime import datetime

import polars as pl

from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_models import BG_NBD
from holdfast.models.clv.purchases.purchase_value import fit_purchase_value


def expected_silence(purchases: Purchases, cutoff: datetime, horizon_days: float) -> pl.DataFrame | None:
    """customer_id and silence: the probability that a customer buys nothing within the horizon after a cutoff.

    Args:
        purchases: with an amount, of all customers.
        cutoff: nothing from it on is read.
        horizon_days: of leaving.

    Returns:
        Those of the customers that models are fitted on who had bought by then; None where the log supports no model.
    """
    summary = purchases.summary_to_fit_on(cutoff)
    fitted = fit_purchase_value(summary, BG_NBD)
    if fitted.purchases.rung != BG_NBD:
        return None
    silence = 1 - fitted.probability_of_purchase(summary, horizon_days)
    return summary.select("customer_id").with_columns(pl.Series("silence", silence, dtype=pl.Float64))
