"""Braintree's export of searched transactions."""

from holdfast.column_types import Kind
from holdfast.inference.recipes.record import (
    ADDRESS,
    BUSINESS,
    FREE_TEXT,
    IN_TOTAL,
    LATER,
    NAME,
    NUMBER,
    Field,
    Invoiced,
    Recipe,
    Row,
    left_out,
)
from holdfast.meanings import Meaning
from holdfast.table_settings import MoneySettings

_CHECK = "a check of the card"
_CARD = "says which card it was"
_PAYPAL = "says how PayPal handled it"
_DOCS = "https://developer.paypal.com/braintree/docs/reference"

_TRANSACTIONS = Recipe(
    key="braintree/transactions",
    title="Braintree transactions export",
    row=Row.CHARGE,
    holds="transactions",
    sources=(f"{_DOCS}/general/statuses", f"{_DOCS}/response/transaction"),
    fields=(
        Field(("Transaction ID",), "order_id", needed=True),
        Field(("Created Datetime",), "happened_at", needed=True, rare=True, joined_with=("created_timezone",)),
        Field(("Created Timezone",), rare=True, out="contained in happened_at"),
        Field(("Amount Submitted For Settlement",), "amount", needed=True, rare=True),
        Field(("Currency ISO Code",), "currency", needed=True),
        Field(("Transaction Type",), "kind", needed=True),
        Field(("Transaction Status",), "status", needed=True),
        Field(("Customer ID",), "customer_key"),
        Field(("Customer Email",)),
        Field(("PayPal Payer Email",), rare=True),
        Field(("Credit Card Unique Identifier",), rare=True),
        Field(("Payment Instrument Type",), "payment_method", rare=True),
        Field(("Card Type",)),
        Field(("Merchant Account",), rare=True, kind=Kind.CATEGORY),
        Field(("Country of Issuance",), kind=Kind.CATEGORY),
        Field(("Billing Country",), kind=Kind.CATEGORY),
        Field(("Billing City (Locality)",), kind=Kind.TEXT),
        *left_out("what was authorized: not all of it was taken", "Amount Authorized", rare=True),
        *left_out("in the currency of the payout", "Settlement Amount", "Settlement Currency ISO Code", rare=True),
        *left_out("in the currency of the payout", "Settlement Currency Exchange Rate", rare=True),
        *left_out("a fee, no revenue", "Service Fee"),
        *left_out("a fee, no revenue", "PayPal Transaction Fee Amount", rare=True),
        *left_out("a fee, no revenue", "PayPal Transaction Fee Currency ISO Code", rare=True),
        *left_out(IN_TOTAL, "Tax Amount", "Tax Exempt"),
        *left_out(LATER, "Settlement Date", "Disbursement Date", "Escrow Status", "Disputed Date", rare=True),
        *left_out("says why the payment ended, as its status does", "Processor Response Code", rare=True),
        *left_out("says why the payment ended, as its status does", "Processor Response Text", rare=True),
        *left_out("says why the payment ended, as its status does", "Gateway Rejection Reason", rare=True),
        *left_out(_CHECK, "Postal Code Response Code", "Street Address Response Code", "AVS Response Text", rare=True),
        *left_out(_CHECK, "CVV Response Code", "CVV Response Text", "Authorization Code", "Fraud Detected", rare=True),
        *left_out(_CHECK, "Risk ID", "Risk Decision"),
        *left_out(_CARD, "First Six of Credit Card", "Last Four of Credit Card", "Credit Card Number", rare=True),
        *left_out(_CARD, "Expiration Date", "Credit Card Customer Location", "Issuing Bank", "Durbin Regulated"),
        *left_out(_CARD, "Commercial", "Prepaid", "Payroll", "Healthcare", "Affluent Category", "Debit", "Product ID"),
        *left_out(_CARD, "Last Four of Apple Pay", "Expiration Month", "Expiration Year", "Payment Method Token"),
        *left_out(_CARD, "Android Pay Source Card Last Four", "Android Pay Source Card Type", rare=True),
        *left_out(_PAYPAL, "PayPal Payment ID", "PayPal Authorization ID", "PayPal Debug ID", "PayPal Capture ID"),
        *left_out(_PAYPAL, "PayPal Refund ID", "PayPal Custom Field", "PayPal Payer ID", "PayPal Payer First Name"),
        *left_out(_PAYPAL, "PayPal Payer Last Name", "PayPal Seller Protection Status"),
        Field(("Order ID",), "shop_order_id", out=NUMBER),
        *left_out(NUMBER, "Subscription ID", "Purchase Order Number", "Customer Group ID"),
        *left_out(NUMBER, "Refunded Transaction ID", "Authorized Transaction ID", rare=True),
        *left_out(NAME, "Cardholder Name", "Cardholder Name 2", "Customer First Name", "Customer Last Name"),
        *left_out(ADDRESS, "Customer Company", "Customer Phone", "Customer Fax", "Customer Website"),
        *left_out(
            ADDRESS,
            *(
                f"{side} {word}"
                for side in ("Billing", "Shipping")
                for word in (
                    *("Address ID", "First Name", "Last Name", "Company", "Street Address", "Extended Address"),
                    *("State Province (Region)", "Postal Code"),
                )
            ),
            "Shipping City (Locality)",
            "Shipping Country",
        ),
        *left_out(BUSINESS, "Descriptor Name", "Descriptor Phone", "Descriptor URL", "User", "Transaction Source"),
        *left_out(BUSINESS, "Creating Using Token", "Has Gift Card", "Shipping Method"),
        *left_out(FREE_TEXT, "IP Address"),
    ),
    any_of=(("customer_key", "customer_email", "pay_pal_payer_email", "credit_card_unique_identifier"),),
    customer=("customer_key", "customer_email", "pay_pal_payer_email", "credit_card_unique_identifier"),
    fold_case=True,
    statuses={
        "kind": {Meaning.SALE: ("sale",), Meaning.REFUND: ("credit",)},
        "status": {
            Meaning.SALE: (
                *("settled", "settling", "submitted_for_settlement", "settlement_pending"),
                *("submitted for settlement", "settlement pending", "settlement_confirmed"),
            ),
            Meaning.OPEN: ("authorized", "authorizing"),
            Meaning.VOID: ("voided", "authorization_expired", "authorization expired"),
            Meaning.FAILED: (
                *("processor_declined", "gateway_rejected", "failed", "settlement_declined"),
                *("processor declined", "gateway rejected", "settlement declined"),
            ),
        },
    },
    money=MoneySettings(currency="currency"),
    row_id=("order_id",),
    invoiced=Invoiced("subscription_id"),
    notes=("A refund is a row of its own (credit). What became of a dispute is not in this export.",),
)

RECIPES = (_TRANSACTIONS,)
