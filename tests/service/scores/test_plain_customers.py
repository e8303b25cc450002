"""Records that need no cleaning are answered without it, to the last bit as with it; whatever is odd is cleaned."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.service.scores.test_scorer import Records, project, records, scorer  # noqa: F401 (fixtures)
from tests.service.scores.test_together import assert_same

from holdfast.service.scores.plain_customers import PlainCustomers
from holdfast.service.scores.scorer import CustomerPrediction, Scorer
from holdfast.service.scores.together import SentRecords
from holdfast.table_settings import MoneySettings

_TEXTS = (
    *("", " ", "  web ", "COMPLAINT", "Complaint", "carrier pigeon", "cancelled", "returned", "Completed", "yes", "NO"),
    *("0", "-0", "0.0", "-3", "12,5", "1e3", "1e30", "+7", "00012.50", "12.5000000001", "bad debt"),
    *(
        "2024-02-29",
        "2024-02-30",
        "2031-01-01 00:00:00",
        "2025-07-01T12:30:00Z",
        "2025-07-01 12:30:00.123456",
        "1.7.2025",
    ),
    *("C0000001", "c0000001 ", "6.1E+12", "\u00a0", "ß"),
)
_UNSIGNED = ("unsigned return", 0, 0, None)
_TYPED = (0, 0.0, -0.0, 3, 2.5, -1.25, True, False, None)


@st.composite
def _edits(draw: st.DrawFn) -> list[tuple[str, int, int, Any]]:
    kind = st.sampled_from(
        ["text", "text", "typed column", "again", "return", "unsigned return", "late", "no row", "no table"]
    )
    edit = st.tuples(kind, st.integers(0, 99), st.integers(0, 99), st.one_of(st.sampled_from(_TEXTS + _TYPED)))
    return draw(st.lists(edit, max_size=4))


def _edited(sent: Records, edits: list[tuple[str, int, int, Any]]) -> Records:
    """Records after some changes of rows and cells."""
    edited = {table: [dict(row) for row in rows] for table, rows in sent.items()}
    for kind, number, where, value in edits:
        table = [*edited][number % len(edited)]
        rows = edited[table]
        if not rows:
            continue
        row, columns = rows[where % len(rows)], [*rows[0]]
        if kind == "text":
            row[columns[(number + where) % len(columns)]] = value
        elif kind == "typed column":
            column = columns[(number + where) % len(columns)]
            for each in rows:
                each[column] = value if each[column] else None
        elif kind == "again":
            rows.append(dict(row))
        elif kind == "return" and table == "transactions":
            signs = {name: f"-{row[name]}" for name in ("quantity", "amount") if row[name]}
            rows.append(row | signs | {"transaction_date": f"2026-06-{1 + where % 28:02} 10:00:00"})
        elif kind == "unsigned return" and table == "transactions":
            row["quantity"] = f"-{str(row['quantity'] or 1).lstrip('-')}"
        elif kind == "late":
            rows.append(row | {name: "2027-01-05 10:00:00" for name in columns if name.endswith(("_date", "_at"))})
        elif kind == "no row":
            rows.remove(row)
        elif kind == "no table" and len(edited) > 1:
            del edited[table]
    return edited


def _cleaning(scorer: Scorer) -> Scorer:  # noqa: F811
    """The same scorer, by which all records are cleaned."""
    return replace(scorer, plain=PlainCustomers({"": "for comparison"}, {}, {}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 10_000), edits=_edits())
def test_whatever_is_sent_is_answered_as_if_it_had_been_cleaned(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
    number: int,
    edits: list[tuple[str, int, int, Any]],
) -> None:
    customers = scorer.predictions["customer_id"]
    sent = _edited(records[customers[number % len(customers)].upper()], edits)
    assert_same(
        scorer.predict_each([sent], with_reasons=False), _cleaning(scorer).predict_each([sent], with_reasons=False)
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 10_000), each=st.lists(_edits(), min_size=2, max_size=5))
def test_customers_who_are_read_together_are_answered_as_if_each_had_been_cleaned_alone(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
    first: int,
    each: list[list[tuple[str, int, int, Any]]],
) -> None:
    customers = scorer.predictions["customer_id"]
    named = [customers[(first + number) % len(customers)] for number in range(len(each))]
    several = [_edited(records[name.upper()], edits) for name, edits in zip(named, each, strict=True)]
    alone = [_cleaning(scorer).predict_each([sent], with_reasons=False)[0] for sent in several]
    assert_same(scorer.predict_each(several, with_reasons=False), alone)


def test_an_id_that_is_another_text_is_read_as_cleaning_reads_it(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
) -> None:
    name = next(each for each in scorer.predictions["customer_id"] if "transactions" in records[each.upper()])
    rows = [dict(row) for row in records[name.upper()]["transactions"]]
    rows[0]["customer_id"] = "C" * 300
    sent = [{**records[name.upper()], "transactions": rows}]
    assert_same(scorer.predict_each(sent), _cleaning(scorer).predict_each(sent))


def test_negative_quantities_with_amounts_above_zero_are_plain(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
) -> None:
    customers = [each for each in scorer.predictions["customer_id"] if "transactions" in records[each.upper()]][:5]
    sent = [
        records[each.upper()] | _edited({"transactions": records[each.upper()]["transactions"]}, [_UNSIGNED])
        for each in customers
    ]
    answers, cleaned = scorer.predict_each(sent), _cleaning(scorer).predict_each(sent)
    assert_same(answers, cleaned)
    assert any(isinstance(each, CustomerPrediction) and each.is_plain for each in answers)


def test_nearly_all_customers_of_a_business_are_plain_and_cleaned_tables_are_the_same(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
) -> None:
    customers = scorer.predictions["customer_id"].to_list()
    together = scorer.predict_each([records[each.upper()] for each in customers], with_reasons=False)
    plain = [each.is_plain for each in together if isinstance(each, CustomerPrediction)]
    assert len(plain) == len(customers)
    assert sum(plain) > 0.9 * len(plain)
    assert not _cleaning(scorer).predict(records[customers[0].upper()]).is_plain
    sent = [scorer.layout.in_columns(records[each.upper()]) for each in customers]
    read = [(columns, own) for columns in sent for own in scorer.plain.read([columns])]
    assert any(any(own.set_aside) for _, own in read)
    assert any(any(own.counts) for _, own in read)
    for columns, own in read[::7]:
        one = [SentRecords(columns, None)]
        cleaned = scorer._cleaned(scorer._read(one), one)  # tables are no answer of a scorer
        assert cleaned is not None
        tables = scorer.plain.cleaned([own]).tables
        assert [*tables] == [*cleaned.tables]
        for name, table in tables.items():
            assert_frame_equal(table, cleaned.tables[name], check_exact=True)


def test_settings_by_which_no_row_is_plain_are_said_by_table(scorer: Scorer) -> None:  # noqa: F811
    assert scorer.plain.why_not == {}
    sales = scorer.settings.tables["transactions"]

    def reasons(**changes: Any) -> Mapping[str, str]:
        table = sales.model_copy(update=changes)
        tables = {**scorer.settings.tables, "transactions": table}
        return _plain_of(scorer, tables=tables).why_not

    assert reasons(money=MoneySettings(scale=0.01)) == {"transactions": "its money is computed"}
    assert reasons(row_id=("order_id",)) == {"transactions": "later exports hold its rows again"}
    assert reasons(only={"channel": ("web",)}) == {"transactions": "only some of its values count"}
    assert _plain_of(scorer, time_zone="Europe/Berlin").why_not["transactions"] == (
        "happened_at is written in more than one way"
    )
    assert _plain_of(scorer, cutoff=date(2026, 1, 1)).why_not == {"": "the settings name a cutoff"}


def _plain_of(scorer: Scorer, **changes: Any) -> PlainCustomers:  # noqa: F811
    return PlainCustomers.of(scorer.layout, scorer.settings.model_copy(update=changes), scorer.models.columns)


@pytest.mark.parametrize("read", ["plain", "cleaned"])
def test_what_is_plain_is_answered_whoever_is_asked_about_beside(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
    read: str,
) -> None:
    first, second = (records[each.upper()] for each in scorer.predictions["customer_id"].head(2))
    odd = second if read == "plain" else _edited(second, [("text", 3, 0, "carrier pigeon")])
    alone = [scorer.predict_each([each])[0] for each in (first, odd)]
    assert_same(scorer.predict_each([first, odd]), alone)
