"""All known exports. A further one is a module beside this one, and its two lines here."""

from holdfast.inference.recipes import (
    amazon,
    amplitude,
    bigcommerce,
    chargebee,
    courses,
    etsy,
    ga4,
    hubspot,
    intercom,
    klaviyo,
    magento,
    mailchimp,
    mixpanel,
    paddle,
    patreon,
    paypal,
    pipedrive,
    posthog,
    recurly,
    revenuecat,
    salesforce,
    segment,
    shopify,
    square,
    stripe,
    woocommerce,
    zendesk,
    zoho,
)
from holdfast.inference.recipes.record import Recipe

ALL: tuple[Recipe, ...] = (
    *amazon.RECIPES,
    *amplitude.RECIPES,
    *bigcommerce.RECIPES,
    *chargebee.RECIPES,
    *courses.RECIPES,
    *etsy.RECIPES,
    *ga4.RECIPES,
    *hubspot.RECIPES,
    *intercom.RECIPES,
    *klaviyo.RECIPES,
    *magento.RECIPES,
    *mailchimp.RECIPES,
    *mixpanel.RECIPES,
    *paddle.RECIPES,
    *patreon.RECIPES,
    *paypal.RECIPES,
    *pipedrive.RECIPES,
    *posthog.RECIPES,
    *recurly.RECIPES,
    *revenuecat.RECIPES,
    *salesforce.RECIPES,
    *segment.RECIPES,
    *shopify.RECIPES,
    *square.RECIPES,
    *stripe.RECIPES,
    *woocommerce.RECIPES,
    *zendesk.RECIPES,
    *zoho.RECIPES,
)


def recipe_named(key: str) -> Recipe:
    """The recipe of that key; `KeyError` where there is none."""
    return {recipe.key: recipe for recipe in ALL}[key]
