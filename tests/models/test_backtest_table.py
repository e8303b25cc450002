"""The table of a backtest says what the record says, and how to get one where there is none."""

from holdfast.models.backtest_table import COLUMNS, HOW_TO, MONEY_COLUMNS, TEST_AND_BACKTEST, backtest_table

ORIGIN = {
    "cutoff": "2025-03-01", "customers": 1200, "roc_auc": 0.81,
    "leavers": {"expected": 240.4, "observed": 301, "low": 200.2, "high": 280.1},
    "money": {"predicted": 12345.6, "observed": 12000.0, "low": 10000.0, "high": 15000.0},
}  # fmt: skip
RECORD = {
    "origins": [ORIGIN, ORIGIN | {"cutoff": "2025-04-01", "money": None, "roc_auc": None}],
    "not_evaluated": [{"cutoff": "2025-01-01", "why": "No customer's horizon had passed."}],
    "words": ["2 past cutoffs evaluated."],
}


def test_rows_have_the_numbers_and_say_what_lies_outside() -> None:
    table = backtest_table(RECORD, "EUR")
    assert table.columns == (*COLUMNS, *MONEY_COLUMNS)
    assert table.rows[0] == (
        "1 March 2025", "1,200", "240", "200 to 280", "301 (outside)", "81 %",
        "€12,300", "€10,000 to €15,000", "€12,000",
    )  # fmt: skip
    assert table.rows[1][5:] == ("not known", "", "", "")
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_sentences_name_cutoffs_that_were_not_evaluated() -> None:
    sentences = backtest_table(RECORD, "EUR").sentences
    assert sentences[:2] == (
        "2 past cutoffs evaluated.",
        "1 January 2025 was not evaluated: No customer's horizon had passed.",
    )
    assert "no independent tests" in sentences[2]


def test_a_test_of_the_same_day_differs_from_the_backtest() -> None:
    *_, last = backtest_table(RECORD, "EUR", tested_on="2025-04-01").sentences
    assert last == f"The run was tested on 1 April 2025, too. {TEST_AND_BACKTEST}"
    assert TEST_AND_BACKTEST not in " ".join(backtest_table(RECORD, "EUR", tested_on="2025-05-01").sentences)


def test_without_money_the_table_has_no_columns_of_it() -> None:
    record = RECORD | {"origins": [ORIGIN | {"money": None}], "not_evaluated": []}
    table = backtest_table(record, "EUR")
    assert table.columns == COLUMNS
    assert len(table.rows[0]) == len(COLUMNS)


def test_without_a_backtest_one_sentence_says_how_to_get_one() -> None:
    table = backtest_table(None, "EUR")
    assert (table.columns, table.rows, table.sentences) == ((), (), (HOW_TO,))
    assert "`holdfast backtest`" in HOW_TO
