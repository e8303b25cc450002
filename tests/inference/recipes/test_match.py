"""A file is recognised by its headers: as the export that it is, as no other, and an ordinary file as none."""

import json
from pathlib import Path

import pytest

from holdfast.inference.recipes.match import match, recognise

_HEADERS = Path(__file__).parent / "headers"
_KNOWN = {
    f"{key}: {variant}": headers
    for key, variants in json.loads((_HEADERS / "known.json").read_text()).items()
    for variant, headers in variants.items()
}
_OTHERS = json.loads((_HEADERS / "other_files.json").read_text())


@pytest.mark.parametrize("name", _KNOWN)
def test_every_variant_of_a_known_export_is_recognised_as_it_and_as_nothing_else(name: str) -> None:
    matches = match(_KNOWN[name])
    assert [found.recipe.key for found in matches] == [name.split(": ", maxsplit=1)[0]]


@pytest.mark.parametrize("name", _OTHERS)
def test_files_of_no_platform_are_not_recognised(name: str) -> None:
    assert not match(_OTHERS[name])


def test_case_blanks_accents_and_a_byte_order_mark_in_headers_do_not_matter() -> None:
    headers = next(headers for name, headers in _KNOWN.items() if name.startswith("shopify/orders"))
    shouted = [f"\ufeff{header.upper().replace(' ', '_')} " for header in headers]
    assert match(shouted)[0].matched == len(headers)


def test_columns_of_the_users_own_do_not_hinder() -> None:
    headers = next(headers for name, headers in _KNOWN.items() if name.startswith("shopify/orders"))
    found = recognise({"orders": [*headers, *(f"custom {n}" for n in range(60))], "notes": ["customer", "note"]})
    assert set(found) == {"orders"}
    assert found["orders"].recipe.key == "shopify/orders"
    assert (found["orders"].matched, found["orders"].of) == (len(headers), len(headers) + 60)
    assert not found["orders"].rivals


def test_a_file_without_a_needed_column_is_another_file() -> None:
    headers = next(headers for name, headers in _KNOWN.items() if name.startswith("shopify/orders"))
    assert not match([header for header in headers if header != "Total"])


def test_what_a_recurly_subscription_costs_is_found_under_both_names() -> None:
    prices = [match(headers)[0].source("price") for name, headers in _KNOWN.items() if name.startswith("recurly")]
    assert prices == ["subtotal", "total_recurring_amount"]


def test_a_title_has_its_article_however_its_first_letter_is_written() -> None:
    headers = next(headers for name, headers in _KNOWN.items() if name.startswith("ebay/transactions"))
    assert match(headers)[0].title == "an eBay transaction report"
