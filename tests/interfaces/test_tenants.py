"""Several businesses in one folder: each command is about one of them, and the others stay as they are."""

import inspect
import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.interfaces.commands import holdfast

from holdfast.interfaces.cli.app import COMMANDS

ABOUT_ALL = {"serve", "work", "tenants"}  # one server and its workers answer for every tenant
WITHOUT_PROJECT = {"demo", "simulate", "doctor"}
PERSON = "A0363"


@pytest.fixture
def agency(shop: Path, tmp_path: Path) -> Path:
    """A folder with its own project and the same business once more as a tenant."""
    home = tmp_path / "agency"
    shutil.copytree(shop, home, symlinks=True)
    shutil.copytree(shop, home / "tenants" / "north", symlinks=True)
    for folder in (tmp_path, home / "tenants"):
        shutil.copy(shop.parent / "orders.csv", folder)
    return home


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - ABOUT_ALL - WITHOUT_PROJECT))
def test_every_command_takes_a_tenant(name: str) -> None:
    assert "tenant" in inspect.signature(COMMANDS[name]).parameters


def test_a_tenants_run_is_published_under_its_name_in_the_folders_database(agency: Path) -> None:
    latest = (agency / "tenants" / "north" / "runs" / "latest").resolve()
    assert holdfast("publish", agency, "--json").json["tenant"] == "default"
    answer = holdfast("publish", agency, "--tenant", "north", "--json").json
    assert (answer["tenant"], answer["run"]) == ("north", latest.name)
    assert not (agency / "tenants" / "north" / "results.db").exists()
    listed = {each["name"]: each for each in holdfast("tenants", agency, "--json").json["tenants"]}
    assert {name: each["published"] for name, each in listed.items()} == {"default": latest.name, "north": latest.name}
    assert listed["north"]["has_project"]


def test_words_that_follow_name_the_tenant(agency: Path) -> None:
    for words in (("runs",), ("show",), ("show", PERSON), ("plan",)):
        said = holdfast(words[0], agency, *words[1:], "--tenant", "north")
        assert said.code == 0, said.err
        assert "--tenant north" in said.out.splitlines()[-1]


def test_erasing_a_tenants_customer_leaves_everybody_else(agency: Path) -> None:
    for tenant in ((), ("--tenant", "north")):
        holdfast("publish", agency, *tenant)
    assert holdfast("erase", agency, PERSON, "--tenant", "north").code == 0
    with sqlite3.connect(agency / "results.db") as database:
        rows = database.execute(
            "SELECT tenant FROM current_known_customers WHERE customer_id = ?", (PERSON,)
        ).fetchall()
    assert rows == [("default",)]
    assert holdfast("show", agency, PERSON).code == 0
    assert holdfast("show", agency, PERSON, "--tenant", "north").code == 2
    done = {each["action"] for each in holdfast("audit", agency, "--tenant", "north", "--json").json["actions"]}
    assert done == {"holdfast erase"}
    assert holdfast("audit", agency, "--json").json["actions"] == []


def test_a_key_is_listed_and_revoked_by_its_own_tenant(agency: Path) -> None:
    name = holdfast("keys", agency, "--new", "theirs", "--tenant", "north", "--json").json["name"]
    own = holdfast("keys", agency, "--new", "ours", "--json").json["name"]
    assert holdfast("keys", agency, "--revoke", name).code == 2
    assert holdfast("keys", agency, "--tenant", "north", "--revoke", own).code == 2
    assert [key["name"] for key in holdfast("keys", agency, "--tenant", "north", "--json").json["keys"]] == [name]
    revoked = holdfast("keys", agency, "--tenant", "north", "--revoke", name, "--json").json["keys"]
    assert [key["state"] for key in revoked] == ["revoked"]
    states = {key["name"]: key["state"] for key in holdfast("keys", agency, "--json").json["keys"]}
    assert states == {name: "revoked", own: "valid"}


def test_a_tenant_begins_with_its_folder(agency: Path) -> None:
    made = holdfast("tenants", agency, "--new", "south")
    assert (agency / "tenants" / "south").is_dir()
    assert f"holdfast init {agency} --from FILE... --tenant south" in made.out
    refused = holdfast("run", agency, "--tenant", "south")
    assert refused.code == 2
    assert "south has no project" in refused.err
    records = agency.parent / "orders.csv"
    assert holdfast("init", agency, "--tenant", "south", "--from", records).code == 0
    assert (agency / "tenants" / "south" / "holdfast.yaml").is_file()
    assert (agency / "holdfast.yaml").read_bytes() == (agency / "tenants" / "north" / "holdfast.yaml").read_bytes()


@pytest.mark.parametrize("name", ["../north", "a/b", "", ".", "default", "north.sample"])
def test_a_name_that_is_none_is_refused(agency: Path, name: str) -> None:
    refused = holdfast("tenants", agency, "--new", name)
    assert refused.code == 2
    assert "Fix:" in refused.err
