"""Every contract can hold a customer's record, and its columns say what they mean."""

import pytest

from holdfast.column_types import Kind
from holdfast.tables.contracts import CONTRACTS, TableContract, contract_named


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
class TestEveryContract:
    def test_is_found_by_its_name(self, contract: TableContract) -> None:
        assert contract_named(contract.name) is contract

    def test_has_each_column_once_with_a_sentence(self, contract: TableContract) -> None:
        names = [column.name for column in contract.columns]
        assert len(names) == len(set(names))
        assert all(column.meaning.endswith(".") for column in contract.columns)

    def test_dates_its_events_and_says_when_they_became_known(self, contract: TableContract) -> None:
        if contract.is_events:
            assert {"customer_id", "happened_at"} <= set(contract.required)
            known_at = contract.column("known_at")
            assert known_at is not None
            assert known_at.kind is Kind.TIME

    def test_has_limits_only_where_numbers_are(self, contract: TableContract) -> None:
        for column in contract.columns:
            if column.least is not None or column.most is not None:
                assert column.kind in {Kind.NUMBER, Kind.MONEY}
