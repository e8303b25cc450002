"""Which known export a file is, by its headers alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from holdfast.inference.guesses import Guess
from holdfast.inference.recipes.catalog import ALL
from holdfast.inference.recipes.record import Field, Recipe
from holdfast.inference.words.names import words

_RARE_WEIGHT = 3
_LEAST_RARE = 2  # rare headers: names such as order_id, customer_id, total alone are nobody's export
_LEAST_MATCHED = 5
_OF_FILE = 0.6  # share of the file's columns, or else
_OF_RECIPE = 0.45  # the weighted share of the recipe's fields: files with many columns of the user's own
_CLOSE = 0.1  # scores so near to each other decide nothing: the number of rare headers does


@dataclass(frozen=True)
class RecipeMatch:
    """A file recognised as a known export."""

    recipe: Recipe
    fields: Mapping[str, Field]  # source column -> what it is
    of: int  # columns in the file
    rivals: tuple[Recipe, ...] = ()  # other recipes that fit as well: which one is a question
    evidence: str = ""  # what its rows show beside its headers
    guesses: tuple[Guess, ...] = ()  # further settings that its rows show

    @property
    def matched(self) -> int:
        return len(self.fields)

    @property
    def score(self) -> float:
        """Share of the file's columns that the recipe knows."""
        return self.matched / max(1, self.of)

    @property
    def rare(self) -> int:
        return sum(field.rare for field in self.fields.values())

    def source(self, name: str) -> str | None:
        """The file's column of the named field; None where the file lacks it."""
        return next((source for source, field in self.fields.items() if field.name == name), None)

    @property
    def customer_source(self) -> str | None:
        """The column that names the customer best; None where the file has none."""
        return next((source for name in self.recipe.customer if (source := self.source(name)) is not None), None)

    @property
    def title(self) -> str:
        """The recipe's title with its article: a Shopify orders export."""
        return f"{'an' if self.recipe.title[0].upper() in 'AEIOU' else 'a'} {self.recipe.title}"

    @property
    def sentence(self) -> str:
        return f"looks like {self.title}: {self.matched} of {self.of} columns"


def match(headers: Sequence[str], unpacked: Collection[str] = ()) -> tuple[RecipeMatch, ...]:
    """Headers of one file -> the recipes that fit, the best first; of columns `unpacked` from JSON the known count."""
    matches = [candidate for recipe in ALL if (candidate := _matched(recipe, headers, unpacked)) is not None]
    matches.sort(key=lambda candidate: (candidate.score, candidate.rare), reverse=True)
    if not matches:
        return ()
    close = [candidate for candidate in matches if candidate.score > matches[0].score - _CLOSE]
    close.sort(key=lambda candidate: (candidate.rare, candidate.score), reverse=True)
    return (*close, *matches[len(close) :])


def recognise(
    headers: Mapping[str, Sequence[str]], unpacked: Mapping[str, Collection[str]] | None = None
) -> dict[str, RecipeMatch]:
    """Table name -> headers, to table name -> the known export it is; the others are left out.

    Args:
        headers: of each table.
        unpacked: of each table, those that stand for values within cells of JSON.
    """
    recognised = {}
    for table, names in headers.items():
        matches = match(names, (unpacked or {}).get(table, ()))
        if not matches:
            continue
        best = matches[0]
        rivals = tuple(
            other.recipe
            for other in matches[1:]
            if other.score > best.score - _CLOSE and other.rare == best.rare and other.matched == best.matched
        )
        recognised[table] = RecipeMatch(best.recipe, best.fields, best.of, rivals)
    return recognised


def _matched(recipe: Recipe, headers: Sequence[str], unpacked: Collection[str]) -> RecipeMatch | None:
    exact, prefixes = _index(recipe)
    fields: dict[str, Field] = {}
    names: set[str] = set()
    for header in headers:
        spelling = words(header)
        field = exact.get(spelling)
        if field is None:
            field = next((field for start, field in prefixes if spelling[: len(start)] == start), None)
        elif field.name in names:  # the same field in a second spelling: the first column counts
            continue
        if field is not None:
            fields[header] = field
            names.add(field.name)
    of = sum(header not in unpacked or header in fields for header in headers)
    candidate = RecipeMatch(recipe, fields, of)
    needed = all(field.name in names for field in recipe.fields if field.needed)
    if not needed or not all(any(name in names for name in group) for group in recipe.any_of):
        return None
    if candidate.rare < _LEAST_RARE or candidate.matched < _LEAST_MATCHED:
        return None
    weight = _weight(tuple(fields.values())) / _weight(recipe.fields)
    return candidate if candidate.score >= _OF_FILE or weight >= _OF_RECIPE else None


def _weight(fields: Sequence[Field]) -> int:
    return sum(_RARE_WEIGHT if field.rare else 1 for field in fields)


@cache
def index_recipes() -> dict[str, tuple[dict[tuple[str, ...], Field], list[tuple[tuple[str, ...], Field]]]]:
    """Recipe key -> its fields by the words of their headers, and by the words a header begins with."""
    return {
        recipe.key: (
            {words(name): field for field in recipe.fields for name in field.names if not name.endswith("*")},
            [(words(name[:-1]), field) for field in recipe.fields for name in field.names if name.endswith("*")],
        )
        for recipe in ALL
    }


def _index(recipe: Recipe) -> tuple[dict[tuple[str, ...], Field], list[tuple[tuple[str, ...], Field]]]:
    return index_recipes()[recipe.key]
