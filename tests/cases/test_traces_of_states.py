"""States in unknown words, and known ones that their rows speak against: what the rows lack or have shows it."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_COLUMNS = ["Numéro", "N° client", "Date", "Montant", "Statut"]
_SOLD, _OTHER = "Soldé", "Zzyzx"  # the second stands for any word that no list has


def _sales(others: int, again: float = 0.0) -> pl.DataFrame:
    """Sales of a year; of so many in a hundred the state is the other one, and some come again as sales."""
    dice = random.Random(11)
    rows: list[tuple[object, ...]] = []
    for number in range(800):
        who, amount = f"C{dice.randrange(160):03}", round(dice.uniform(10, 200), 2)
        day = datetime(2024, 1, 1, 10, tzinfo=UTC) + timedelta(hours=number * 11)
        is_other = dice.randrange(100) < others
        rows.append((len(rows), who, day, amount, _OTHER if is_other else _SOLD))
        if is_other and dice.random() < again:
            rows.append((len(rows), who, day + timedelta(hours=dice.choice([1, 20, 50])), amount, _SOLD))
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


def _with(table: pl.DataFrame, name: str, of: str, value: pl.Expr, otherwise: object = None) -> pl.DataFrame:
    """The table with a column that rows of one state have."""
    return table.with_columns(pl.when(pl.col("Statut") == of).then(value).otherwise(pl.lit(otherwise)).alias(name))


def _sold(table: pl.DataFrame) -> float:
    return round(float(table.filter(pl.col("Statut") == _SOLD)["Montant"].sum()), 2)


_DAY = pl.col("Date").dt.offset_by("3d")


@pytest.mark.parametrize("others", [8, 35])
def test_what_comes_again_soon_after_as_a_sale_had_failed(begin: Begin, others: int) -> None:
    table = _sales(others, again=0.6)
    (question,) = begin(ventes=table).draft.open_questions
    assert question.likeliest[_OTHER] == "failed"
    assert "of the same customer and amount within 7 days" in question.evidence
    assert begin(ventes=table).with_first_answers().net() == pytest.approx(_sold(table))


def test_a_fee_that_only_sales_have_shows_what_was_never_paid(begin: Begin) -> None:
    table = _with(_sales(30), "Commission", _SOLD, (pl.col("Montant") * 0.03).round(2), 0.0)
    begun = begin(ventes=table)
    assert [dict(question.likeliest)[_OTHER] for question in begun.draft.open_questions if question.likeliest] == [
        "open"
    ]
    assert begun.with_first_answers().net() == pytest.approx(_sold(table))


def test_what_is_never_delivered_in_a_year_was_no_sale(begin: Begin) -> None:
    table = _with(_sales(30), "Expédié le", _SOLD, _DAY)
    begun = begin(ventes=table)
    assert begun.draft.open_questions[0].likeliest[_OTHER] == "void"
    assert begun.with_first_answers().net() == pytest.approx(_sold(table))


def test_of_which_nothing_was_ever_given_back_was_no_sale(begin: Begin) -> None:
    """One sale in ten is refunded in part, and none of 240 others."""
    is_back = (pl.col("Statut") == _SOLD) & (pl.int_range(pl.len()) % 10 == 0)
    half = (pl.col("Montant") / 2).round(2)
    table = _sales(30).with_columns(pl.when(is_back).then(half).otherwise(0.0).alias("Remboursé"))
    begun = begin(ventes=table)
    assert begun.draft.open_questions[0].likeliest[_OTHER] == "open"
    assert begun.with_first_answers().net() == pytest.approx(_sold(table) - table["Remboursé"].sum())


@pytest.mark.parametrize("name", ["Modifié le", "Rendu le"])
def test_many_that_alone_have_a_later_day_were_undone(begin: Begin, name: str) -> None:
    table = _with(_sales(40), name, _OTHER, _DAY)
    begun = begin(ventes=table)
    assert begun.draft.open_questions[0].likeliest[_OTHER] == "reversed"
    assert begun.with_first_answers().net() == pytest.approx(_sold(table))


def test_rows_like_those_of_the_sales_are_sales_first(begin: Begin) -> None:
    table = _sales(30)
    begun = begin(ventes=table)
    assert begun.draft.open_questions[0].likeliest[_OTHER] == "sale"
    assert begun.with_first_answers().net() == pytest.approx(table["Montant"].sum())


def _known(name: str, paid: pl.Expr) -> pl.DataFrame:
    """A shop whose orders are delivered or shipped, both words of sales; only the delivered ones have a value."""
    table = _sales(20).with_columns(pl.col("Statut").replace({_SOLD: "Delivered", _OTHER: "Shipped"}))
    table = table.rename(dict(zip(_COLUMNS, ["order_id", "customer_id", "ordered_at", "total", "status"], strict=True)))
    return table.with_columns(pl.when(pl.col("status") == "Delivered").then(paid).alias(name))


@pytest.mark.parametrize(
    ("name", "paid"),
    [("paid_at", pl.col("ordered_at").dt.offset_by("1h")), ("transaction_id", pl.format("ch_{}", "order_id"))],
)
def test_a_known_word_of_sales_without_the_payment_of_all_others_is_asked_about(
    begin: Begin, name: str, paid: pl.Expr
) -> None:
    table = _known(name, paid)
    begun = begin(orders=table)
    (question,) = begun.draft.open_questions
    shipped = table.filter(pl.col("status") == "Shipped")["total"].sum()
    assert dict(question.likeliest) == {"Shipped": "open"}
    assert f"no Shipped has a {name}, as all other sales have" in question.evidence
    assert f"{shipped:,.2f} in all" in question.evidence
    assert begun.with_first_answers().net() == pytest.approx(table["total"].sum() - shipped)


def test_a_day_of_delivery_speaks_against_no_sale(begin: Begin) -> None:
    table = _known("delivered_at", pl.col("ordered_at").dt.offset_by("1d"))
    begun = begin(orders=table)
    assert not begun.draft.open_questions
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(table["total"].sum())


def test_a_known_export_is_asked_about_too_where_its_rows_speak_against_a_word(begin: Begin) -> None:
    """A plug-in of WooCommerce: processing is paid by its meaning, and here no such order has a day of payment."""
    states = ["completed" if number % 5 else "processing" for number in range(300)]
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(300)]
    table = pl.DataFrame(
        {
            "order_id": range(300),
            "order_date": [f"{day} 10:00:00" for day in days],
            "paid_date": [f"{day} 10:05:00" if number % 5 else None for number, day in enumerate(days)],
            "status": states,
            "shipping_total": [0.0] * 300,
            "order_total": [20.5 + number % 37 for number in range(300)],
            "order_currency": ["EUR"] * 300,
            "payment_method": ["bacs"] * 300,
            "billing_email": [f"kim{number % 60}@post.example" for number in range(300)],
            "billing_city": ["Lyon", "Nice", "Lille"] * 100,
            "billing_country": ["FR"] * 300,
        }
    )
    begun = begin(orders=table)
    (question,) = begun.draft.open_questions
    assert dict(question.likeliest) == {"processing": "open"}
    assert begun.with_first_answers().net() == pytest.approx(
        table.filter(pl.col("status") == "completed")["order_total"].sum()
    )
