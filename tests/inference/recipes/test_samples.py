"""A sample of each known export goes from `init` to its right totals, to the cent, without a question but the named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.money import CONTAINED
from holdfast.service.init import ProjectDraft, init
from holdfast.settings import Settings
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_table

_SAMPLES = Path(__file__).parent / "samples"
_FILES = {
    path.parent.relative_to(_SAMPLES).as_posix(): sorted(
        file for file in path.parent.iterdir() if file.suffix != ".json"
    )
    for path in sorted(_SAMPLES.rglob("expected.json"))
}


def _expected(name: str) -> dict[str, Any]:
    return dict(json.loads((_SAMPLES / name / "expected.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Sample:
    """The project that `init` writes for a sample, its questions answered as expected.json says."""

    draft: ProjectDraft
    settings: Settings

    @classmethod
    def begun(cls, folder: Path, name: str) -> "Sample":
        draft = init(folder / "shop", _FILES[name])
        text = draft.file.read_text(encoding="utf-8")
        for setting, answer in _expected(name).get("answers", {}).items():
            key = setting.rpartition(".")[2]
            assert f'{key}: "?"' in text
            text = text.replace(f'{key}: "?"', f"{key}: {answer}")
        draft.file.write_text(text, encoding="utf-8")
        return cls(draft, load_settings(draft.file))

    @cached_property
    def cleaned(self) -> Cleaned:
        return _cleaned(self.settings, self.draft.file.parent)


def _cleaned(settings: Settings, folder: Path) -> Cleaned:
    return clean({name: read_table(name, table, folder).rows for name, table in settings.tables.items()}, settings)


@pytest.fixture(scope="module")
def sample_of(tmp_path_factory: pytest.TempPathFactory) -> "SampleOf":
    """The sample of a name, taken through `init` and cleaned once for all that is tested of it."""
    return cache(lambda name: Sample.begun(tmp_path_factory.mktemp("sample"), name))


SampleOf = Callable[[str], Sample]


@pytest.mark.parametrize("name", _FILES)
def test_nothing_is_asked_but_what_the_file_cannot_say(name: str, sample_of: SampleOf) -> None:
    draft, settings = sample_of(name).draft, sample_of(name).settings
    assert set(draft.questions) == set(_expected(name).get("answers", {}))
    assert {table.recipe for table in settings.tables.values()} == {export.recipe for export in draft.exports}
    assert all(table.recipe for table in settings.tables.values())


@pytest.mark.parametrize("name", [name for name in _FILES if "money" in _expected(name)])
def test_the_money_is_right_to_the_cent(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)
    cleaned = sample_of(name).cleaned
    lines = {line.line: Decimal(str(line.amount)) for line in cleaned.money if line.amount}
    contained = [lines.pop(name) for name in CONTAINED if name in lines]
    assert not contained or 0 < sum(contained) < lines["net"]
    if not cleaned.money:  # a table without statuses, refunds and currency has nothing to account for
        total = cleaned.tables["transactions"]["amount"].sum()
        lines = {"gross": Decimal(f"{total:.2f}"), "net": Decimal(f"{total:.2f}")}
    nobody = lines.pop("nobody", Decimal(0)) + lines.pop("missing_customer", Decimal(0))
    lines |= {"missing_customer": nobody} if nobody else {}
    assert lines == {line: Decimal(amount) for line, amount in expected["money"].items() if Decimal(amount)}


@pytest.mark.parametrize("name", [name for name in _FILES if "rows_kept" in _expected(name)])
def test_rows_customers_and_days_are_right(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)
    cleaned = sample_of(name).cleaned
    rows = cleaned.tables[expected.get("table", "transactions")]
    assert rows.height == expected["rows_kept"]
    of_table = cleaned.set_aside.filter(pl.col("table") == expected.get("table", "transactions"))
    assert rows.height + of_table.height == expected["rows"]
    assert rows["customer_id"].n_unique() == expected["customers"]
    if "first_day" in expected:
        days = rows["happened_at"].dt.date()
        assert [str(days.min()), str(days.max())] == [expected["first_day"], expected["last_day"]]


@pytest.mark.parametrize("name", [name for name in _FILES if "set_aside" in _expected(name)])
def test_rows_set_aside_are_counted_by_their_reason(name: str, sample_of: SampleOf) -> None:
    aside = sample_of(name).cleaned.set_aside.filter(table=_expected(name).get("table", "transactions"))
    steps = aside["step"].value_counts(name="rows")
    assert dict(steps.iter_rows()) == _expected(name)["set_aside"]


@pytest.mark.parametrize("name", [name for name in _FILES if "ended" in _expected(name)])
def test_customers_who_left_are_counted(name: str, sample_of: SampleOf) -> None:
    customers = sample_of(name).cleaned.tables["customers"]
    assert customers["ended_at"].count() == _expected(name)["ended"]


@pytest.mark.parametrize("name", [name for name in _FILES if "kinds" in _expected(name)])
def test_kinds_of_events_are_counted(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)
    kinds = sample_of(name).cleaned.tables[expected["table"]][expected["kind"]].value_counts(name="rows")
    assert dict(kinds.iter_rows()) == expected["kinds"]


@pytest.mark.parametrize("name", [name for name in _FILES if "total" in _expected(name)])
def test_totals_a_customer_are_right(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)
    customers = sample_of(name).cleaned.tables["customers"]
    assert customers.height == expected["customers"]
    assert Decimal(f"{customers['total_amount'].sum():.2f}") == Decimal(expected["total"])


@pytest.mark.parametrize("name", [name for name in _FILES if "received" in _expected(name)])
def test_what_was_received_for_subscriptions_is_right_to_the_cent(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)
    movements = sample_of(name).cleaned.tables["subscriptions"]
    assert Decimal(f"{movements['amount'].sum():.2f}") == Decimal(expected["received"])
    assert movements.filter(pl.col("amount") > 0)["customer_id"].n_unique() == expected["payers"]


@pytest.mark.parametrize("name", [name for name in _FILES if "ended_subscriptions" in _expected(name)])
def test_subscriptions_that_ended_are_counted(name: str, sample_of: SampleOf) -> None:
    ends = sample_of(name).cleaned.tables["subscriptions"].filter(kind="end", is_due=False)
    assert ends["subscription_id"].n_unique() == _expected(name)["ended_subscriptions"]


@pytest.mark.parametrize("name", [name for name in _FILES if "rest" in _expected(name)])
def test_events_that_are_no_purchases_are_a_table_of_their_own(name: str, sample_of: SampleOf) -> None:
    expected = _expected(name)["rest"]
    events = sample_of(name).cleaned.tables[expected["table"]]
    assert events.height == expected["rows_kept"]
    assert events["customer_id"].n_unique() == expected["customers"]
    assert events["is_passive"].sum() == expected["passive"]


def test_a_report_that_names_no_customer_says_which_one_to_bring(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="bring the FBA customer shipment sales report"):
        init(tmp_path / "shop", [_SAMPLES / "amazon/all_orders/all_orders.txt"])


def test_what_init_prints_is_what_a_run_counts(sample_of: SampleOf) -> None:
    sample = sample_of("shopify/orders")
    (export,) = sample.draft.exports
    assert export.sentence == "orders_export_1.csv looks like a Shopify orders export: 79 of 79 columns"
    assert export.money == sample.cleaned.money
    account, contained, pending = export.account
    assert contained.startswith("of which shipping ")
    money = _expected("shopify/orders")["money"]
    assert account.startswith(f"gross {Decimal(money['gross']):,.2f} - refunds {Decimal(money['refunds']):,.2f} (")
    assert account.endswith(f"= net {Decimal(money['net']):,.2f} USD")
    assert pending.startswith(f"of which not received yet: {Decimal(money['pending']):,.2f}")


@pytest.mark.parametrize(("name", "failed"), [("chargebee/subscriptions", 12), ("recurly/subscriptions", 13)])
def test_a_reason_that_says_a_payment_failed_makes_an_end_involuntary(name: str, failed: int, tmp_path: Path) -> None:
    settings = load_settings(init(tmp_path / "shop", [next((_SAMPLES / name).glob("*.csv"))]).file)
    movements = _cleaned(settings, tmp_path / "shop").tables["subscriptions"]
    assert movements.filter(kind="end", cause="involuntary").height == failed
