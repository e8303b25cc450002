"""Torn and changed files, full disks, rights, folders in the way, secrets: one clear error, or healed; no traceback."""

import errno
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces.commands import Answer, holdfast

from holdfast.errors import error_of_system
from holdfast.settings import without_secrets
from holdfast.store.locks import exclusive_lock


@pytest.fixture
def home(telco: Path, tmp_path: Path) -> Path:
    """A project of its own with a finished run; `customers.csv` stands beside it."""
    shutil.copytree(telco, tmp_path / "telco", symlinks=True)
    shutil.copy(telco.parent / "customers.csv", tmp_path / "customers.csv")
    return tmp_path / "telco"


def scored(home: Path) -> Answer:
    return holdfast("score", home, "--data", home.parent / "customers.csv", "--out", home.parent / "scores.parquet")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"a": [0, 0]}'])
@pytest.mark.parametrize(
    "file",
    [
        "splits/caps.json",
        "features.json",
        "facts.json",
        "raw.json",
        "models/churn/manifest.json",
        "models/columns/manifest.json",
        "models/value/manifest.json",
    ],
)
def test_a_damaged_file_of_the_run_is_one_error(home: Path, file: str, content: bytes) -> None:
    (home / "runs" / "latest" / file).unlink()  # the copy may be linked to the first
    (home / "runs" / "latest" / file).write_bytes(content)
    refused = scored(home)
    assert refused.code == 2
    assert file.rsplit("/", 1)[0].rsplit("/", maxsplit=1)[-1] in refused.err or file in refused.err
    assert "Fix:" in refused.err


def test_changed_predictions_and_headlines_are_not_shown(home: Path) -> None:
    run = home / "runs" / "latest"
    changed = pl.read_parquet(run / "predictions.parquet").with_columns(1 - pl.col("churn_probability"))
    (run / "predictions.parquet").unlink()
    changed.write_parquet(run / "predictions.parquet")
    for command in (("show", home), ("plan", home), ("show", home, "C1")):
        refused = holdfast(*command)
        assert refused.code == 2
        assert "not what the run wrote" in refused.err


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("plan.parquet", "publish"),
        ("segments.csv", "publish"),
        ("bi/kpis.csv", "publish"),
        ("reports/summary.json", "publish"),
        ("reports/plan.json", "show"),
    ],
)
def test_changed_files_are_neither_published_nor_shown(home: Path, file: str, command: str) -> None:
    changed = home / "runs" / "latest" / file
    content = changed.read_bytes()
    changed.unlink()
    changed.write_bytes(content + b"\n")
    refused = holdfast(command, home)
    assert refused.code == 2
    assert "not what the run wrote" in refused.err


def test_a_model_manifest_may_name_files_of_its_folder_only(home: Path) -> None:
    file = home / "runs" / "latest" / "models" / "churn" / "manifest.json"
    for name in ("../../../../customers.csv", "/etc/hostname", ".."):
        listed = json.loads(file.read_text(encoding="utf-8"))
        file.unlink()
        file.write_text(json.dumps({name: "0", **listed}), encoding="utf-8")
        refused = scored(home)
        assert refused.code == 2
        assert "lists something else" in refused.err


@pytest.mark.parametrize("content", ["", "{", '{"name": "collect"}', "[]"])
def test_a_torn_stage_record_is_a_stage_that_is_not_done(home: Path, content: str) -> None:
    for file in (home / "runs").glob("*/stages/00-collect.json"):
        file.unlink()
        file.write_text(content, encoding="utf-8")
    ran = holdfast("run", home, "--stages", "clean")
    assert ran.code == 0, ran.err


def test_what_stands_in_the_way_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    refused = holdfast("score", home, "--data", tmp_path / "customers.csv", "--out", tmp_path / "out.csv")
    assert refused.code == 2
    assert "this is a folder, not a file" in refused.err
    (home / "runs" / ".unfinished-x").symlink_to(tmp_path / "out.csv")
    assert holdfast("run", home, "--stages", "collect").code == 0
    assert (tmp_path / "out.csv").is_dir()
    (home / "runs" / "latest").unlink()
    (home / "runs" / "latest").mkdir()
    refused = holdfast("run", home, "--stages", "collect")
    assert refused.code == 2
    assert "a folder stands where the link to the latest run must be" in refused.err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (pl.exceptions.ComputeError("No space left on device (os error 28)"), "the disk is full"),
        (pl.exceptions.ComputeError("File too large (os error 27)"), "a file as large as this is not allowed"),
        (OSError(errno.EACCES, "Permission denied", "there"), "may not be written to"),
    ],
)
def test_errors_of_the_disk_are_ours_whoever_reports_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(pl.DataFrame, "write_parquet", refuse)
    refused = scored(home)
    assert refused.code == 2
    assert words in refused.err


def test_files_without_a_right_to_read_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "predictions.parquet")

    monkeypatch.setattr(pl, "read_parquet", refuse)
    refused = holdfast("show", home)
    assert refused.code == 2
    assert "predictions.parquet: you have no right to it" in refused.err


def test_our_own_mistakes_keep_their_traceback() -> None:
    assert error_of_system(KeyError("amount")) is None
    assert error_of_system(ValueError("28")) is None


def test_the_second_of_two_first_ingests_is_asked_to_wait(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop, tmp_path / "shop", ignore=shutil.ignore_patterns("runs", "raw", "events"))
    shutil.copy(shop.parent / "orders.csv", tmp_path / "orders.csv")
    with exclusive_lock(tmp_path / "shop" / "events" / ".lock", "busy"):
        refused = holdfast("ingest", tmp_path / "shop")
    assert refused.code == 2
    assert "another process is adding to this store" in refused.err
    assert "Wait for it to end" in refused.err
    assert holdfast("ingest", tmp_path / "shop").code == 0


def test_secrets_of_the_settings_stand_in_no_output(home: Path) -> None:
    secret = "wJalrXUtnFEMI"  # noqa: S105
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(
            f"spark: {{settings: {{spark.hadoop.fs.s3a.secret.key: {secret}, spark.executor.cores: '2'}}}}\n"
        )
    ran = holdfast("run", home, "--skip-plots", "--json")
    assert ran.code == 0, ran.err
    assert secret not in ran.out + ran.err
    written = [file for file in (home / "runs" / "latest").rglob("*") if file.is_file()]
    assert not [file for file in written if secret.encode() in file.read_bytes()]
    manifest = json.loads((home / "runs" / "latest" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["spark"]["settings"]["spark.executor.cores"] == "2"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("fs.s3a.access.key", "AKIA", "***"),
        ("spark.ssl.keyPassword", "x", "***"),
        ("fs.azure.account.key.shop", "x", "***"),
        ("api_token", "x", "***"),
        ("spark.executor.memory", "4g", "4g"),
        ("url", "postgresql://me:pw@host/db", "postgresql://me:***@host/db"),
        ("row_id", ["order_id"], ["order_id"]),
        ("secret", "", ""),
    ],
)
def test_what_reads_as_a_secret_is_hidden(name: str, value: object, shown: object) -> None:
    assert without_secrets({"settings": {name: value}}) == {"settings": {name: shown}}
