"""Names of events that the specifications of several platforms share: sales, ends, and what is no act of the customer.

Each stands in the two spellings that exports have: as sent, and with underscores.
"""

from holdfast.inference.recipes.record import Statuses
from holdfast.meanings import Meaning


def spellings(*names: str) -> tuple[str, ...]:
    """Each name as it is sent, and as warehouses write it."""
    return tuple(dict.fromkeys(text for name in names for text in (name, "_".join(name.lower().split()))))


SALES = spellings("Order Completed", "Completed Order", "Purchase", "Items purchased")
# A cancelled order was completed before: its money goes back.
REFUNDS = spellings("Order Refunded", "Order Cancelled", "Refund")
MONEY = (*SALES, *REFUNDS)
ENDS = spellings(
    *("Subscription Cancelled", "Subscription Canceled", "Account Deleted", "Account Removed User", "Account Closed"),
    *("Unsubscribed", "Email Unsubscribed", "Trial Ended", "Application Uninstalled", "App Uninstalled"),
)
PASSIVE = spellings(
    *("Email Delivered", "Email Sent", "Email Bounced", "Email Dropped", "Email Marked as Spam", "Email Deferred"),
    *("Push Notification Received", "Push Notification Bounced", "Push Received", "Push Sent", "SMS Sent"),
    *("SMS Delivered", "Message Delivered", "Message Sent", "Application Updated", "Application Backgrounded"),
    *("Application Crashed", "Order Updated", "Invoice Sent", "Trial Will End"),
)
FAILURES = spellings("Payment Failed", "Charge Failed", "Invoice Payment Failed")
# Money that is not paid yet, or that stands on another event as well.
UNPAID = spellings(
    *("Product Viewed", "Product Added", "Product Removed", "Product Clicked", "Product List Viewed", "Cart Viewed"),
    *("Checkout Started", "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered", "Added to Cart"),
    *("Promotion Viewed", "Coupon Applied", "Order Updated", "Viewed Product"),
)


def statuses_of(passive: tuple[str, ...] = (), ends: tuple[str, ...] = ()) -> Statuses:
    """What kinds of events mean for the life of a customer; all others are acts.

    Args:
        passive: the platform's own names of what is no act of the customer.
        ends: its own names of ends.
    """
    return {
        Meaning.END: (*ENDS, *ends),
        Meaning.PAYMENT_FAILED: FAILURES,
        Meaning.REFUND: REFUNDS,
        Meaning.PASSIVE: (*PASSIVE, *passive),
        Meaning.NEUTRAL: ("*",),
    }
