"""The retail world: one log of invoice lines, as a gift-ware web shop exports it."""

import numpy as np
import polars as pl

from holdfast.simulator.draws import DAY, Whole, moments, named, pick, seconds_of_day
from holdfast.simulator.retail.orders import HISTORY_DAYS, Orders, buy, truth
from holdfast.simulator.types import Batch, BatchTables

FIRST_CUSTOMER, FIRST_INVOICE = 12346, 536365
CANCELLED_LINES, ANONYMOUS_INVOICES, POSTAGE = 0.02, 0.12, 18.0
LINES = 6.0  # mean lines of an invoice
_INVOICES_KEPT = 200  # numbers kept free for each customer, so that blocks never share one

_COLOURS = ("RED", "WHITE", "BLUE", "PINK", "GREEN", "IVORY", "SILVER", "BLACK", "RETRO SPOT", "VINTAGE")
_STUFFS = ("METAL", "CERAMIC", "WOODEN", "GLASS", "PAPER", "CLOTH", "ENAMEL", "WICKER", "FELT")
_THINGS = ("LANTERN", "MUG", "HEART", "LUNCH BOX", "CAKE STAND", "CLOCK", "BUNTING", "T-LIGHT HOLDER", "DOORMAT", "TIN")
_GOODS = [f"{colour} {stuff} {thing}" for thing in _THINGS for stuff in _STUFFS for colour in _COLOURS]
_CODES = [f"{20000 + 7 * number}{'ABCDEFGH'[number % 8] if number % 3 == 0 else ''}" for number in range(len(_GOODS))]
_PRICES = np.round(0.42 + 3.2 * np.exp(0.9 * np.sin(1.7 * np.arange(len(_GOODS)))), 2)
_COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Norway", "Portugal")
_COUNTRY_SHARES = (90, 2.4, 2.1, 1.2, 0.9, 0.9, 0.9, 0.8, 0.8)


def _with_strangers(rng: np.random.Generator, orders: Orders) -> Orders:
    """Invoices of people whose number nobody typed in come on top; their customer is -1."""
    extra = int(ANONYMOUS_INVOICES * len(orders.day))
    sample = rng.integers(0, len(orders.day), extra)
    spread = np.floor(rng.random(extra) * HISTORY_DAYS).astype(np.int64)
    return Orders(
        np.concatenate([orders.customer, np.full(extra, -1)]),
        np.concatenate([orders.day, spread]),
        np.concatenate([orders.amount, orders.amount[sample] * 0.4]),
    )


def _lines(rng: np.random.Generator, orders: Orders, seconds: Whole) -> dict[str, np.ndarray]:
    """Split each invoice into lines whose worth sums to its amount, to the cent per unit."""
    count = 1 + rng.poisson(LINES - 1, len(seconds)).clip(0, 60)
    invoice = np.repeat(np.arange(len(seconds)), count)
    weight = rng.exponential(1.0, len(invoice)) + 0.15
    worth = orders.amount[invoice] * weight / np.bincount(invoice, weight, minlength=len(seconds))[invoice]
    product = np.floor(len(_GOODS) * rng.random(len(invoice)) ** 1.6).astype(np.int64)
    quantity = np.rint(worth / _PRICES[product]).clip(1, None).astype(np.int64)
    return {
        "invoice": invoice,
        "product": product,
        "quantity": quantity,
        "price": np.round(worth / quantity, 2).clip(0.01, None),
        "seconds": seconds[invoice],
    }


def _cancelled(rng: np.random.Generator, lines: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Lines given back 1 to 30 days later, each on an invoice of its own."""
    back = np.flatnonzero(rng.random(len(lines["invoice"])) < CANCELLED_LINES)
    seconds = lines["seconds"][back] + rng.integers(DAY, 30 * DAY, len(back))
    in_time = seconds < HISTORY_DAYS * DAY
    return {name: values[back[in_time]] for name, values in lines.items()} | {"seconds": seconds[in_time]}


def simulate_batch(rng: np.random.Generator, batch: Batch) -> BatchTables:
    """Make up some customers of the retail world and all their invoice lines."""
    buyers, bought = buy(rng, batch)
    orders = _with_strangers(rng, bought)
    seconds = orders.day * DAY + seconds_of_day(rng, len(orders.day))
    sales = _lines(rng, orders, seconds // 60 * 60)
    returns = _cancelled(rng, sales)
    country = pick(rng, _COUNTRY_SHARES, batch.count)
    home = np.where(orders.customer < 0, 0, country[orders.customer])
    abroad = np.flatnonzero((home > 0) & (rng.random(len(home)) < 0.6))
    sold, given_back = len(sales["invoice"]), len(returns["invoice"])
    invoice = np.concatenate([sales["invoice"], returns["invoice"], abroad])
    when = np.concatenate([sales["seconds"], returns["seconds"] // 60 * 60, seconds[abroad] // 60 * 60])
    sign = np.repeat((1, -1, 1), (sold, given_back, len(abroad)))
    # A return gets its own number; ties in time keep sale before postage before return.
    own = np.concatenate([sales["invoice"], len(seconds) + np.arange(given_back), abroad])
    sort = np.lexsort((own, when))
    _, first = np.unique(own, return_index=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.lexsort((np.arange(len(first)), when[first]))] = np.arange(len(first))
    number += FIRST_INVOICE + batch.first * _INVOICES_KEPT
    post = len(_GOODS)
    product = np.concatenate([sales["product"], returns["product"], np.full(len(abroad), post)])[sort]
    customer = orders.customer[invoice[sort]]
    names = pl.Series(number[own[sort]]).cast(pl.String)
    table = pl.DataFrame(
        {
            "InvoiceNo": named((sign[sort] < 0).astype(np.int64), ("", "C")) + names,
            "StockCode": named(product, [*_CODES, "POST"]),
            "Description": named(product, [*_GOODS, "POSTAGE"]),
            "Quantity": sign[sort]
            * np.concatenate([sales["quantity"], returns["quantity"], np.ones(len(abroad), int)])[sort],
            "InvoiceDate": moments(batch.until, when[sort] - (HISTORY_DAYS - 1) * DAY),
            "UnitPrice": np.concatenate([sales["price"], returns["price"], np.full(len(abroad), POSTAGE)])[sort],
            "CustomerID": pl.Series(customer + FIRST_CUSTOMER + batch.first).set(pl.Series(customer < 0), None),
            "Country": named(home[invoice[sort]], _COUNTRIES),
        }
    )
    ids = pl.Series(np.arange(batch.count) + FIRST_CUSTOMER + batch.first).cast(pl.String)
    return BatchTables({"invoice_lines": table}, {"customers": truth(rng, batch, buyers, ids)})
