"""Order fields are carried down, customers are found in the column that names them, in one piece or in batches."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.quality.row_shape import shape_rows
from holdfast.table_settings import TableSettings


def table(**changes: object) -> TableSettings:
    settings = {
        "files": ["orders.csv"],
        "holds": "transactions",
        "columns": {"customer_id": {"from": "Email", "kind": "text"}},
        **changes,
    }
    return TableSettings.model_validate(settings)


CARRY = {"carry_down": {"by": "Name", "columns": ["Email", "Total"]}}


def test_fields_of_the_first_line_reach_the_other_lines_of_the_order() -> None:
    mails = ["a@x.org", "", "", ""]
    rows = pl.DataFrame({"Name": ["#1", "#1", "#2", "#2"], "Email": mails, "Total": ["9", "", "4", ""]})
    shaped = shape_rows(rows, table(**CARRY))
    assert shaped.rows["Email"].to_list() == ["a@x.org", "a@x.org", "", ""]
    assert shaped.rows["Total"].to_list() == ["9", "9", "4", "4"]
    assert shaped.filled == 3


def test_a_field_never_crosses_into_the_next_order() -> None:
    rows = pl.DataFrame({"Name": ["#1", "#2"], "Email": ["a@x.org", None], "Total": ["9", "4"]})
    assert shape_rows(rows, table(**CARRY)).rows["Email"].to_list() == ["a@x.org", None]


@given(
    orders=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "a@x.org", "b@x.org"])), min_size=1, max_size=8),
    batch=st.integers(1, 5),
)
def test_batches_give_what_the_whole_file_gives(orders: list[tuple[int, str]], batch: int) -> None:
    lines = [(f"#{n}", mail if line == 0 else "") for n, (height, mail) in enumerate(orders) for line in range(height)]
    rows = pl.DataFrame(lines, schema=["Name", "Email"], orient="row").with_columns(Total=pl.lit(""))
    settings = table(**CARRY)
    whole = shape_rows(rows, settings).rows
    pieces, carried = [], None
    for start in range(0, rows.height, batch):
        shaped = shape_rows(rows.slice(start, batch), settings, carried=carried)
        carried = shaped.carried
        pieces.append(shaped.rows)
    assert pl.concat(pieces).equals(whole)
    assert shape_rows(whole, settings).rows.equals(whole)


def test_guests_are_found_by_the_next_column_that_names_somebody() -> None:
    column = {"from": "id", "otherwise": ["mail", "phone"], "nobody": ["0", "guest*"], "fold_case": True}
    rows = pl.DataFrame(
        {
            "id": ["7", "0", "Guest-12", "0", ""],
            "mail": ["x@x.org", "B@x.org", "", "guest@shop", None],
            "phone": ["1", "2", "+49 3", "", "5"],
        }
    )
    shaped = shape_rows(rows, table(columns={"customer_id": column}))
    assert shaped.rows["id"].to_list() == ["7", "b@x.org", "+49 3", "0", "5"]
    assert shaped.rows.height == rows.height


def test_old_ids_become_the_ids_that_replaced_them() -> None:
    rows = pl.DataFrame({"Email": ["a@x.org", "b@x.org"]})
    ids = pl.DataFrame({"old": ["a@x.org"], "new": ["b@x.org"]})
    assert shape_rows(rows, table(), ids).rows["Email"].to_list() == ["b@x.org", "b@x.org"]


@pytest.mark.parametrize("settings", [table(), table(columns={})])
def test_without_such_settings_nothing_changes(settings: TableSettings) -> None:
    rows = pl.DataFrame({"Email": ["a@x.org", ""], "_row": [1, 2]})
    assert shape_rows(rows, settings).rows.equals(rows)
