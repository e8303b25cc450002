"""All known exports. A further one is a module beside this one, and its two lines here."""

from holdfast.inference.recipes import shopify
from holdfast.inference.recipes.record import Recipe

ALL: tuple[Recipe, ...] = (*shopify.RECIPES,)


def recipe_named(key: str) -> Recipe:
    """The recipe of that key; `KeyError` where there is none."""
    return {recipe.key: recipe for recipe in ALL}[key]
