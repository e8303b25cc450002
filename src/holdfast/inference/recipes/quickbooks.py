"""QuickBooks Online's report of sales by customer, line by line."""

from holdfast.inference.recipes.record import FREE_TEXT, Field, Recipe, Row, left_out
from holdfast.meanings import Meaning

_SALES = Recipe(
    key="quickbooks/sales_by_customer",
    title="QuickBooks sales by customer detail report",
    row=Row.LINE,
    holds="transactions",
    sources=(
        "https://quickbooks.intuit.com/learn-support/en-us/help-article/run-reports/run-reports-quickbooks-online/L4ihJTIJ6_US_en_US",
        "https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/salesbycustomer",
    ),
    fields=(
        # The customer stands on a row above the lines: in a column without a header, or above their days.
        Field(("Customer", "Customer full name", "column_1", "heading"), needed=True),
        Field(("Transaction date", "Date"), "happened_at", needed=True),
        Field(("Transaction type",), "kind", needed=True, rare=True),
        Field(("Num", "No."), "order_id"),
        Field(("Product/Service full name", "Product/Service"), "product", needed=True, rare=True),
        Field(("Quantity", "Qty"), "quantity"),
        Field(("Sales price", "Rate"), "unit_price", rare=True),
        Field(("Amount",), "amount", needed=True),
        *left_out(FREE_TEXT, "Memo/Description", rare=True),
        *left_out("adds up the amounts above", "Balance"),
    ),
    customer=("customer",),
    statuses={
        "kind": {
            Meaning.SALE: ("Invoice", "Sales Receipt", "Charge", "Statement Charge"),
            Meaning.REFUND: ("Credit Memo", "Refund", "Refund Receipt"),
            Meaning.SETTLEMENT: ("Payment",),
            Meaning.OPEN: ("Estimate", "Sales Order", "Delayed Charge", "Pending"),
            Meaning.TRANSFER: ("Journal Entry", "Deposit", "Expense", "Bill"),
        },
    },
    repeats_are_real=True,
    notes=(
        "An invoice is what was sold, whether it is paid yet or not; payments are in another report.",
        "Sub-customers and projects are customers of their own.",
    ),
)

RECIPES = (_SALES,)
