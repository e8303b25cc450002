"""Every known export is a complete record: its words refer to its own fields, and settings can be made of it."""

import pytest

from holdfast.inference.recipes.catalog import ALL, recipe_named
from holdfast.inference.recipes.record import Recipe
from holdfast.inference.words.names import words
from holdfast.status_settings import StatusSettings
from holdfast.tables.contracts import contract_named


def _key(recipe: Recipe) -> str:
    return recipe.key


def test_keys_titles_and_anchors_are_unique() -> None:
    for values in ([r.key for r in ALL], [r.title for r in ALL], [r.anchor for r in ALL]):
        assert len(values) == len(set(values))
    assert recipe_named(ALL[0].key) is ALL[0]


@pytest.mark.parametrize("recipe", ALL, ids=_key)
def test_a_recipe_can_be_recognised_and_names_its_source(recipe: Recipe) -> None:
    assert recipe.sources
    assert all(source.startswith("https://") for source in recipe.sources)
    assert sum(field.rare for field in recipe.fields) >= 2
    assert any(field.needed for field in recipe.fields)


@pytest.mark.parametrize("recipe", ALL, ids=_key)
def test_no_two_fields_share_a_header_or_a_name(recipe: Recipe) -> None:
    headers = [words(header) for field in recipe.fields for header in field.names]
    assert all(headers)
    repeated = {header for header in headers if headers.count(header) > 1}
    assert not repeated
    names = [field.name for field in recipe.fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("recipe", ALL, ids=_key)
def test_every_word_of_a_recipe_refers_to_one_of_its_fields(recipe: Recipe) -> None:
    names = {field.name for field in recipe.fields}
    used = {field.name for field in recipe.fields if not field.out}
    assert {name for group in recipe.any_of for name in group} <= names
    assert set(recipe.customer) <= used
    assert {*recipe.statuses, *recipe.only, *recipe.row_id} <= used
    assert {name for field, unless in recipe.unless.items() for name in (field, unless.column)} <= used
    assert {name for proof in recipe.proofs for name in (proof.total, *proof.plus, *proof.minus)} <= names
    assert {name for field in recipe.fields for name in (*field.joined_with, *field.plus)} <= names
    if recipe.money is not None:
        wanted = {*recipe.money.refunds, recipe.money.currency, recipe.money.once_per} - {""}
        assert wanted <= used
    for join in recipe.joins:
        assert join.on in used
        assert recipe_named(join.recipe).field(join.their)


@pytest.mark.parametrize("recipe", ALL, ids=_key)
def test_a_recipe_fills_what_its_contract_requires(recipe: Recipe) -> None:
    names = {field.name for field in recipe.fields if not field.out}
    required = set(contract_named(recipe.holds).required)
    if recipe.customer or recipe.joins or recipe.unusable:
        required.discard("customer_id")
    assert required <= names


@pytest.mark.parametrize("recipe", ALL, ids=_key)
def test_no_status_text_has_two_meanings(recipe: Recipe) -> None:
    for name, statuses in recipe.statuses.items():
        made = StatusSettings.model_validate({"column": name, **{str(key): texts for key, texts in statuses.items()}})
        assert made.meaning_of()
