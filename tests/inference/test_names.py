"""Names of columns are split into words however they are written, and new names never collide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.inference.words.names import own_name, says, words
from holdfast.inference.words.vocabulary import CUSTOMER_ID, HAPPENED, ORDER_ID


@pytest.mark.parametrize("name", ["customerID", "Customer ID", "customer_id", "CUSTOMER-ID", "customerid"])
def test_a_name_is_the_same_words_however_it_is_written(name: str) -> None:
    assert words(name) == ("customer", "id")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Kundennummer", CUSTOMER_ID),
        ("ID du client", CUSTOMER_ID),
        ("Código del socio", CUSTOMER_ID),
        ("Codice della socia", CUSTOMER_ID),
        ("Bestelldatum", HAPPENED),
        ("InvoiceNo", ORDER_ID),
    ],
)
def test_names_of_several_languages_are_understood(name: str, pattern) -> None:
    assert says(name, pattern)


@given(st.text(max_size=30), st.lists(st.text(max_size=5), max_size=3))
def test_an_own_name_is_snake_case_and_free(name: str, others: list[str]) -> None:
    taken = {own_name(name, ()), *others}
    fresh = own_name(name, taken)
    assert fresh not in taken
    assert fresh.isascii()
    assert fresh.replace("_", "a").isalnum()
    assert not fresh[0].isdigit()
