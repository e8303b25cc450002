"""Who gets no prediction, and why: ids and where they stand in, an error for each of those out."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from holdfast.cutoffs.lifecycle import PREDICTED
from holdfast.errors import HoldfastError
from holdfast.formatting import day, plural
from holdfast.store.erasure.tombstones import Tombstones


def refusals(
    ids: Sequence[str], states: pl.DataFrame, erased: Tombstones, cutoff: datetime | None
) -> dict[str, HoldfastError]:
    """The customers who get no prediction, and why: erased, or nobody whom a run would predict.

    Args:
        ids: who is asked about.
        states: of `states_to_score`.
        erased: of the project.
        cutoff: of the states.
    """
    refused = {each: of_an_erased_customer() for each in ids if erased.covers(each)}
    present = predictable(states)
    when = f" on {day(cutoff)}" if cutoff else ""
    for each in ids:
        if each not in present and each not in refused:
            refused[each] = HoldfastError(
                f"No prediction is made for customer {each!r}{when}: the customer has left, or is not one yet.",
                fix="Send records of a customer who could still leave.",
            )
    return refused


def predictable(states: pl.DataFrame) -> set[str]:
    """Whom a run would predict; `states` as `states_to_score` gives them."""
    return {customer for customer, state in states.iter_rows() if state in PREDICTED}


def only_one(ids: pl.Series) -> str:
    """The one customer that the records are of.

    Raises:
        HoldfastError: nobody, or several.
    """
    if len(ids) != 1:
        shown = ", ".join(ids.head(3))
        raise HoldfastError(
            f"These records are of {plural(len(ids), 'customer')}{f': {shown}' if shown else ''}.",
            fix="Send the records of one customer, each with its customer and its time.",
        )
    return str(ids[0])


def of_an_erased_customer() -> HoldfastError:
    """What is answered about an erased customer."""
    return HoldfastError(
        "These records are of an erased customer: nothing is computed of them.", fix="Send another customer."
    )
