"""Source columns become ours; what is missing is named with what to type."""

from typing import Any

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.settings import Settings
from holdfast.tables.mapping import contract_of, one_row_a_customer, select_columns, through, with_lookup


def shop(**columns: str) -> Settings:
    tables: dict[str, Any] = {
        "orders": {
            "files": ["orders.csv"],
            "holds": "transactions",
            "columns": {name: {"from": source, "kind": "text"} for name, source in columns.items()},
        }
    }
    return Settings.model_validate(
        {"name": "shop", "shape": "purchases", "churn": {"rule": "inactivity"}, "tables": tables}
    )


def test_columns_are_taken_by_name_and_the_rest_is_kept_apart() -> None:
    raw = pl.DataFrame({"_row": [7, 9], "Kunde": ["a", "b"], "Betrag": ["1", "2"], "Rest": ["x", "y"]})
    mapped = select_columns({"orders": raw}, shop(customer_id="Kunde", amount="Betrag"), "orders")
    assert {name: values.to_list() for name, values in mapped.columns.items()} == {
        "customer_id": ["a", "b"],
        "amount": ["1", "2"],
    }
    assert mapped.rest.columns == ["Rest"]
    assert mapped.rows.to_list() == [7, 9]


def test_one_source_may_serve_two_columns() -> None:
    raw = pl.DataFrame({"id": ["a"]})
    mapped = select_columns({"orders": raw}, shop(customer_id="id", account="id"), "orders")
    assert list(mapped.columns) == ["customer_id", "account"]
    assert mapped.rows.to_list() == [1]


def test_a_missing_column_is_named_with_the_nearest_there_is() -> None:
    raw = pl.DataFrame({"_row": [1], "Customer ID": ["a"], "Total": ["1"]})
    with pytest.raises(HoldfastError) as caught:
        select_columns({"orders": raw}, shop(customer_id="CustomerID", amount="Total"), "orders")
    assert '1 of 2 source columns are not in the file: "CustomerID" (for customer_id)' in caught.value.problem
    assert '"Customer ID"' in caught.value.problem
    assert 'tables.orders.columns.customer_id: {from: "Customer ID", kind: text}' in caught.value.fix


def test_a_column_that_may_lack_is_left_out() -> None:
    raw = pl.DataFrame({"Kunde": ["a"]})
    mapped = select_columns({"orders": raw}, shop(customer_id="Kunde", label="Gone"), "orders", may_lack={"label"})
    assert list(mapped.columns) == ["customer_id"]


def test_a_table_that_was_not_read_names_its_files() -> None:
    with pytest.raises(HoldfastError, match="no rows were read") as caught:
        select_columns({"other": pl.DataFrame()}, shop(customer_id="a"), "orders")
    assert "orders.csv" in caught.value.fix


def test_a_kind_of_table_nobody_knows_is_answered_with_those_there_are() -> None:
    project = shop(customer_id="a")
    odd = project.tables["orders"].model_copy(update={"holds": "purchases"})
    with pytest.raises(HoldfastError, match="no kind of table") as caught:
        contract_of(project.model_copy(update={"tables": {"orders": odd}}), "orders")
    assert "transactions" in caught.value.fix


def test_customers_are_found_through_the_first_row_of_a_link() -> None:
    uses = pl.DataFrame({"link": ["s1", "s2", "s9", None]})
    links = pl.DataFrame({"link": ["s1", "s1", "s2"], "customer_id": ["a", "z", "b"]})
    found = through(uses, links, "link")
    assert found.table["customer_id"].to_list() == ["a", "b", None, None]
    assert (found.not_found, found.repeated_keys) == (1, 1)


def test_a_lookup_is_joined_by_the_shared_column_that_names_its_rows() -> None:
    people = pl.DataFrame({"zip": ["1", "2", None], "country": ["x", "x", "x"]})
    places = pl.DataFrame({"zip": ["1", "3"], "country": ["x", "x"], "people": [10.0, 20.0]})
    found = with_lookup(people, places)
    assert found is not None
    assert found.on == ("zip",)
    assert found.table["people"].to_list() == [10.0, None, None]
    assert found.not_found == 1


def test_a_lookup_without_a_shared_column_is_not_joined() -> None:
    assert with_lookup(pl.DataFrame({"a": ["1"]}), pl.DataFrame({"b": ["1"]})) is None


def test_tables_of_customers_stand_side_by_side() -> None:
    joined = one_row_a_customer(
        [
            pl.DataFrame({"customer_id": ["a", "b"], "city": ["x", None]}),
            pl.DataFrame({"customer_id": ["b", "a", "c"], "city": ["y", "z", "w"], "plan": ["p", "q", "r"]}),
        ]
    )
    assert joined.table.rows() == [("a", "x", "q"), ("b", "y", "p"), ("c", "w", "r")]
    assert joined.disagreeing == 1
