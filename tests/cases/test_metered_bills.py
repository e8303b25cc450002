"""Bills of what was used, made up with their right values: units times a rate, and what is added to it."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
RATE, FEE, TAX = 0.31, 6.9, 0.2


def bills(names: dict[str, str], *, readings: bool, taxed: bool) -> tuple[pl.DataFrame, float]:
    """Twelve monthly bills of 40 customers, and what all of them come to; a column without a name is left out."""
    rows, total = [], 0.0
    for customer in range(40):
        reading = 1000 + 517 * customer
        for month in range(12):
            used = 60 + (customer * 37 + month * 53) % 240
            net = round(used * RATE + FEE, 2)
            tax = round(net * TAX, 2) if taxed else 0.0
            day = date(2024, 1 + month, 1)
            cells = {
                "customer": f"K{customer:04d}",
                "day": (day + timedelta(days=33)).isoformat(),
                "begin": day.isoformat(),
                "end": (day + timedelta(days=27)).isoformat(),
                **({"before": reading, "now": reading + used} if readings else {"used": used}),
                "rate": RATE,
                "fee": f"{FEE:.2f}",
                **({"tax": f"{tax:.2f}"} if taxed else {}),
                "total": f"{net + tax:.2f}",
            }
            rows.append({names[name]: value for name, value in cells.items() if name in names})
            total, reading = total + net + tax, reading + used
    return pl.DataFrame(rows), round(total, 2)


DANISH = {
    "customer": "Kundenr", "day": "Fakturadato", "begin": "Tidsrum fra", "end": "Tidsrum til", "used": "Forbrug kWh",
    "before": "Måler start", "now": "Måler slut", "rate": "kWh-pris", "fee": "Fast gebyr", "tax": "Moms",
    "total": "At betale",
}  # fmt: skip
CODES = {
    "customer": "customer_no", "day": "BLD", "used": "ABM", "before": "ZW1", "now": "ZW2", "rate": "PRB", "fee": "GRB",
    "total": "BTW1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "readings", "taxed"),
    [(DANISH, False, True), (DANISH, True, False), (CODES, False, False), (CODES, True, True)],
)
def test_a_metered_bill_brings_units_times_rate_and_what_is_added(
    begin: Begin, names: dict[str, str], readings: bool, taxed: bool
) -> None:
    table, total = bills(names, readings=readings, taxed=taxed)
    begun = begin(bills=table)
    assert begun.settings.tables.keys() == {"transactions"}
    assert begun.net() == total


def test_a_share_of_money_is_no_product_of_units_and_a_rate(begin: Begin) -> None:
    rows = [
        {
            "customer_no": f"K{number % 50:03d}",
            "BLD": (date(2024, 1, 1) + timedelta(days=number)).isoformat(),
            "WRT": f"{(price := 20.15 + number * 7 % 311):.2f}",
            "SATZ": 0.15,
            "PRV": f"{price * 0.15:.2f}",
        }
        for number in range(400)
    ]
    begun = begin(sales=pl.DataFrame(rows))
    amount = next(guess for guess in begun.draft.guesses if guess.about.endswith(".amount"))
    assert amount.is_question
    assert amount.choices[0] == "WRT"
