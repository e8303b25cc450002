"""Adyen's settlement details report."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import BUSINESS, NUMBER, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_FEE = "a fee, no revenue"
_SETTLEMENT = Recipe(
    key="adyen/settlement",
    title="Adyen settlement details report",
    row=Row.CHARGE,
    holds="transactions",
    sources=(
        "https://docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report",
        "https://docs.adyen.com/reporting/received-payment-details-report",
    ),
    fields=(
        Field(("Psp Reference",), "order_id", needed=True),
        Field(("Creation Date",), "happened_at", needed=True),
        Field(("Type",), "kind", kind=Kind.CATEGORY, needed=True),
        Field(("Gross Currency",), "currency", needed=True, rare=True),
        Field(("Gross Credit (GC)",), "amount", needed=True, rare=True, minus=("gross_debit",)),
        Field(("Gross Debit (GC)",), "gross_debit", needed=True, rare=True, out="contained in the amount"),
        Field(("Merchant Account",), "channel"),
        Field(("Payment Method",), "payment_method"),
        *left_out("the payment method in more detail", "Payment Method Variant"),
        *left_out("after Adyen's fees, in the currency of the payout", "Net Currency", "Exchange Rate"),
        *left_out(
            "after Adyen's fees, in the currency of the payout",
            "Net Debit (NC)",
            "Net Credit (NC)",
            "Payable",
            rare=True,
        ),
        *left_out(_FEE, "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)", rare=True),
        *left_out(NUMBER, "Merchant Reference", "Modification Reference", "Modification Merchant Reference"),
        *left_out(BUSINESS, "Company Account", "Batch Number", "TimeZone", "Advanced", "Acquirer"),
        *left_out("the day of the booking", "Booking Date", "Booking Date TimeZone"),
        *left_out("empty: kept for later columns", *(f"Reserved{number}" for number in range(1, 11))),
        Field(("Shopper Reference",), rare=True),
        Field(("Shopper Email",)),
    ),
    customer=("shopper_reference", "shopper_email"),
    statuses={
        "kind": {
            Meaning.SALE: ("Settled", "SettledInstallment", "SettledExternally"),
            Meaning.REFUND: (
                *("Refunded", "RefundedInstallment", "RefundedExternally"),
                *("Chargeback", "ChargebackExternally", "SecondChargeback", "ChargebackInstallment"),
            ),
            # What is booked back is money received once more.
            Meaning.NEUTRAL: ("RefundedReversed", "ChargebackReversed", "SettledReversed"),
            Meaning.TRANSFER: (
                *("Fee", "MiscCosts", "MerchantPayout", "MerchantPayin", "Balancetransfer", "DepositCorrection"),
                *("InvoiceDeduction", "PaymentCost", "Advancement", "ReserveAdjustment", "Bank Instruction Returned"),
            ),
        },
    },
    money=MoneySettings(currency="currency"),
    notes=(
        "Amounts are what shoppers paid and were given back (GC), before Adyen's fees.",
        "The shopper is a column that must be added to the report: without it nothing says who comes back.",
        "The report holds what was settled: what was refused, cancelled or is on its way is not in it.",
    ),
)

RECIPES = (_SETTLEMENT,)
