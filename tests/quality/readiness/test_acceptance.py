"""What stops training until it is fixed or accepted, and how it is accepted."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from holdfast.errors import HoldfastError
from holdfast.quality.checks.findings import validation_table
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.settings import Settings

Build = Callable[..., Any]
SEVERE = "readable-values:people.age"


@pytest.fixture
def half_unreadable(project: Build, table: Build, raw: Build) -> Callable[..., tuple[Cleaned, Settings]]:
    """A snapshot whose ages cannot be read in half of the rows: a severe finding."""

    def build(accept: list[str]) -> tuple[Cleaned, Settings]:
        people = table("customers", "customer_id:text label:flag age:number")
        settings = project(rule="label", shape="snapshot", tables={"people": people}, accept=accept)
        count = 1200
        rows = raw(
            customer_id=[f"c{n}" for n in range(count)],
            label=["yes" if n % 4 == 0 else "no" for n in range(count)],
            age=[str(20 + n % 50) if n % 2 else "old" for n in range(count)],
        )
        return clean({"people": rows}, settings), settings

    return build


def test_ids_of_findings_are_unique_and_stand_in_validation_csv(half_unreadable: Build) -> None:
    cleaned, _ = half_unreadable([])
    ids = validation_table(cleaned.findings)["id"]
    assert ids.n_unique() == len(ids)
    assert SEVERE in ids


def test_a_severe_finding_blocks_and_shows_the_line_that_accepts_it(half_unreadable: Build) -> None:
    cleaned, settings = half_unreadable([])
    result = readiness(cleaned, settings)
    assert result.grade is Grade.NOT_READY
    (blocker,) = result.acceptance.blocking
    assert blocker.id == SEVERE
    assert "600 of 1,200" in blocker.sentence
    line = blocker.fix.rpartition("holdfast.yaml: ")[2]
    assert yaml.safe_load(line) == {"accept": [SEVERE]}
    assert result.to_record()["acceptance"]["blocking"][0]["id"] == SEVERE


def test_an_accepted_finding_is_listed_and_blocks_no_more(half_unreadable: Build) -> None:
    result = readiness(*half_unreadable([SEVERE]))
    assert result.grade is Grade.WITH_CARE
    assert [blocker.id for blocker in result.acceptance.accepted] == [SEVERE]
    assert result.acceptance.blocking == ()


def test_a_misspelt_id_is_refused_with_the_nearest(half_unreadable: Build) -> None:
    with pytest.raises(HoldfastError, match=r"did you mean readable-values:people\.age"):
        readiness(*half_unreadable(["readable-value:people.age"]))


def test_an_id_that_nothing_is_like_is_a_note(half_unreadable: Build) -> None:
    result = readiness(*half_unreadable([SEVERE, "zzz"]))
    assert result.grade is Grade.WITH_CARE
    assert "zzz" in result.acceptance.notes[0]


@pytest.fixture
def sales(project: Build, table: Build, raw: Build) -> Callable[..., tuple[Cleaned, Settings]]:
    """A purchase log in which three rows of ten name no customer."""

    def build(**more: Any) -> tuple[Cleaned, Settings]:
        entry = table("transactions", "customer_id:text happened_at:time")
        entry["columns"]["customer_id"] |= more
        settings = project(shape="purchases", tables={"sales": entry})
        count = 3000
        rows = raw(
            customer_id=["" if n % 10 < 3 else f"c{n * 7 % 611}" for n in range(count)],
            happened_at=[
                f"20{20 + n % 4}-{1 + n % 12:02d}-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}" for n in range(count)
            ],
        )
        return clean({"sales": rows}, settings), settings

    return build


def test_a_cause_that_takes_more_than_a_fifth_of_a_table_blocks(sales: Build) -> None:
    (blocker,) = readiness(*sales()).acceptance.blocking
    assert blocker.id == "set-aside:sales.missing-customer"
    assert "900 of 3,000" in blocker.sentence
    assert 'nobody: [""]' in blocker.fix


def test_a_cause_that_the_settings_name_blocks_nothing(sales: Build) -> None:
    assert readiness(*sales(nobody=[""])).acceptance.blocking == ()


@pytest.mark.parametrize("label", ["yes", "no"])
def test_a_label_with_one_outcome_blocks(project: Build, table: Build, raw: Build, label: str) -> None:
    people = table("customers", "customer_id:text label:flag")
    settings = project(rule="label", shape="snapshot", tables={"people": people})
    rows = raw(customer_id=[f"c{n}" for n in range(900)], label=[label] * 900)
    result = readiness(clean({"people": rows}, settings), settings)
    assert [blocker.id for blocker in result.acceptance.blocking] == ["label-implausible"]
