"""States written as numbers whose words stand in another table: read by these words, in any known language."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 + number % 7 / 10 for number in range(_ROWS)]
_CODES = [(4, 4, 4, 4, 3, 3, 6, 7, 2, 1)[number % 10] for number in range(_ROWS)]
_ITALIAN = {1: "In attesa di pagamento", 2: "Pagato", 3: "Consegnato", 4: "Completato", 6: "Annullato", 7: "Rimborsato"}
_SOLD = sum(amount for amount, code in zip(_AMOUNTS, _CODES, strict=True) if code not in {1, 6, 7})
_WAITING = sum(amount for amount, code in zip(_AMOUNTS, _CODES, strict=True) if code == 1)


def _orders(codes: Sequence[int] = _CODES, name: str = "stato_id") -> pl.DataFrame:
    who = [number % 40 + 1 for number in range(_ROWS)]
    return pl.DataFrame(
        {"order_id": range(700, 700 + _ROWS), "customer_id": who, "date": _DAYS, "total": _AMOUNTS, name: codes}
    )


def _words(words: dict[int, str], code: str = "id", word: str = "descrizione") -> pl.DataFrame:
    return pl.DataFrame({code: list(words), word: list(words.values())})


@pytest.mark.parametrize("column", ["stato_id", "stato"])
def test_a_table_of_states_says_what_their_numbers_mean(begin: Begin, column: str) -> None:
    begun = begin(orders=_orders(name=column), stati_ordine=_words(_ITALIAN))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(_SOLD)
    assert "its words say what the codes" in begun.draft.left_out["stati_ordine"]
    assert "6 is Annullato" in begun.file.read_text(encoding="utf-8")


def test_a_table_of_states_in_several_languages_is_read_in_the_first(begin: Begin) -> None:
    english = {1: "Pending", 2: "Paid", 3: "Shipped", 4: "Complete", 6: "Canceled", 7: "Refunded"}
    both = pl.concat([_words(english), _words(_ITALIAN)]).with_columns(language_id=pl.int_range(12) // 6 + 1)
    begun = begin(orders=_orders(name="order_status_id"), order_status=both.rename({"id": "order_status_id"}))
    assert not begun.draft.open_questions
    assert begun.net() == pytest.approx(_SOLD + _WAITING)  # pending counts, and is shown


def test_numbers_and_words_side_by_side_in_a_history_of_orders_explain_the_states(begin: Begin) -> None:
    history = pl.DataFrame(
        {
            "history_id": range(_ROWS),
            "order_id": range(700, 700 + _ROWS),
            "state": _CODES,
            "state_name": [_ITALIAN[code] for code in _CODES],
            "changed_at": _DAYS,
        }
    )
    begun = begin(orders=_orders(name="state"), order_history=history)
    assert not begun.draft.open_questions  # neither of the states, nor of who left: what is cancelled is an order
    assert begun.net() == pytest.approx(_SOLD)
    assert begun.settings.tables["order_history"].holds == "events"


def test_words_that_no_list_holds_are_asked_about_with_their_codes(begin: Begin) -> None:
    words = _ITALIAN | {3: "Imetumwa"}
    (question,) = begin(orders=_orders(), stati_ordine=_words(words)).draft.open_questions
    assert "3 (Imetumwa, 48 rows" in question.evidence


def test_small_numbers_of_something_else_are_no_states(begin: Begin) -> None:
    shops = _words({1: "Refund Street", 2: "Main Street", 3: "Station", 4: "Harbour", 6: "Airport", 7: "Market"})
    begun = begin(orders=_orders(name="store_id"), stores=shops)
    assert begun.net() == pytest.approx(sum(_AMOUNTS))
