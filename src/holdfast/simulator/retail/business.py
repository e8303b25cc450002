"""The retail business: its README, the dirt in its export, and its true parameters."""

import polars as pl

from holdfast.formatting import percent
from holdfast.simulator.dirt import Dirt, empty, free, future, negative_and_nobody, repeated
from holdfast.simulator.retail.orders import ALPHA, HISTORY_DAYS, A, B, P, Q, R, V
from holdfast.simulator.retail.world import ANONYMOUS_INVOICES, CANCELLED_LINES, POSTAGE, simulate_batch
from holdfast.simulator.types import Business, ReadmeTexts

_README = ReadmeTexts(
    title="A gift-ware web shop, two years of invoice lines",
    tables={
        "invoice_lines": "One row a line of an invoice. InvoiceNo with a C takes a line back. No CustomerID: nobody"
        " typed the number in.",
    },
    truth={
        "customers": "Every customer: purchase rate, dropout, mean invoice, whether alive after the last day; the"
        " probability not to buy within 90 and 365 days, expected purchases and spend (postage and cancellations"
        " apart), and one future that comes true.",
    },
    rules=(
        "Purchases follow BG/NBD: while alive a customer buys at random at a rate of his own; after each repeat"
        " purchase he stops for good with a probability of his own.",
        "Time runs faster before Christmas and slower in January; rates are per mean day.",
        "The worth of an invoice follows the gamma-gamma model, apart from postage: independent of the rate.",
        f"{percent(CANCELLED_LINES, 0)} of the lines are taken back within 30 days.",
        f"Added: {percent(ANONYMOUS_INVOICES, 0)} invoices without customer, and POST lines on most invoices abroad.",
    ),
    currency="GBP",
)

_SALE = ~pl.col("InvoiceNo").str.starts_with("C")

RETAIL = Business(
    simulate_batch=simulate_batch,
    readme=_README,
    dirt={
        "invoice_lines": (
            Dirt("negative without a C, no customer", "Quantity", 0.002, negative_and_nobody, _SALE),
            Dirt("price 0", "UnitPrice", 0.003, free, _SALE),
            Dirt("empty", "Description", 0.002, empty),
            Dirt("dated after the last day", "InvoiceDate", 0.0002, future),
            Dirt("exact repeats of a row", "", 0.005, repeated),
        )
    },
    parameters={
        "history_days": HISTORY_DAYS,
        "bg_nbd_r": R,
        "bg_nbd_alpha_days": ALPHA,
        "bg_nbd_a": A,
        "bg_nbd_b": B,
        "gamma_gamma_p": P,
        "gamma_gamma_q": Q,
        "gamma_gamma_v": V,
        "share_of_lines_cancelled": CANCELLED_LINES,
        "postage": POSTAGE,
    },
)
