"""Pseudonyms: after the whole job no output names a customer by an id; who holds the secret finds all."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.interfaces.api.app import create_app
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.service.jobs.batch import REQUESTED
from holdfast.service.jobs.home import Home
from holdfast.service.privacy.erase import erase
from holdfast.service.privacy.export import export
from holdfast.service.project import Project, open_project
from holdfast.service.simulate import simulate
from holdfast.service.write import write_table
from holdfast.store.pseudonyms import Pseudonyms, is_pseudonym, load_pseudonyms

NOW = datetime(2026, 8, 1, tzinfo=UTC)
SECRET = "a secret of the test, long enough for it"  # noqa: S105
SETTINGS = """
pseudonyms: {key: "${TEST_PSEUDONYMS}"}
training: {models: [logistic], at_most_cutoffs: 2}
features: {windows: [90]}
"""
TRUE_ID = re.compile(rb"(?i)\bC\d{7}\b")
KEPT = {"raw", "events", "features", "records", "uploads"}  # what was read, as docs/guides/security.md says


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PSEUDONYMS", SECRET)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A simulated business with faults in its records; ids are C and seven digits."""
    home = tmp_path_factory.mktemp("pseudonyms")
    simulate(home / "records", customers=300)
    file = init(home / "shop", sorted((home / "records").glob("*.csv"))).file
    file.write_text(file.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_PSEUDONYMS", SECRET)
        opened = open_project(home / "shop")
        opened.run(now=NOW, options=RunOptions(plots=True))
        opened.publish(now=NOW)
        yield opened


def settings_text(project: Project) -> str:
    """The project's settings, for a folder that lies elsewhere."""
    text = (project.folder / "holdfast.yaml").read_text(encoding="utf-8")
    return text.replace("../records", str(project.folder.parent / "records"))


def naming(folder: Path) -> list[str]:
    """The files that hold an id of the records, with the first that they hold."""
    found = []
    for file in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        if file.relative_to(folder).parts[0] in KEPT:
            continue
        content = file.read_bytes()
        if file.suffix == ".parquet":
            texts = pl.read_parquet(file).select(pl.col(pl.String))
            content = "\n".join(value for column in texts for value in column.drop_nulls().unique()).encode()
        if match := TRUE_ID.search(content):
            found.append(f"{file.relative_to(folder)}: {match[0]!r}")
    return found


def test_no_output_of_the_whole_job_names_a_customer(project: Project, tmp_path: Path) -> None:
    records = project.folder.parent / "records"
    assert TRUE_ID.search((records / "customers.csv").read_bytes())
    orders = (records / "transactions.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "new.csv").write_text("\n".join([orders[0], *orders[-40:]]) + "\n", encoding="utf-8")
    written = tmp_path / "written"
    written.mkdir()
    write_table(project.score([tmp_path / "new.csv"]), written / "scores.csv")
    write_table(project.plan(budget=500), written / "plan.csv")
    write_table(project.predictions(), written / "predictions.parquet")
    assert naming(project.folder) == []
    assert naming(written) == []
    predicted = project.predictions().table["customer_id"]
    assert predicted.n_unique() == predicted.len() > 100
    assert all(map(is_pseudonym, predicted))


def test_the_same_business_without_pseudonyms_is_found_by_the_same_search(project: Project, tmp_path: Path) -> None:
    text = re.sub(r"pseudonyms: .*\n", "", settings_text(project))
    (tmp_path / "holdfast.yaml").write_text(text, encoding="utf-8")
    opened = open_project(tmp_path)
    opened.run(now=NOW, options=RunOptions(plots=False))
    assert len(naming(tmp_path)) > 15
    pseudonyms = load_pseudonyms(project.settings)
    assert pseudonyms is not None
    # Who is trained on is drawn by id, so models differ a little; what is measured does not.
    written, plain = (pl.read_parquet(each.latest / "features.parquet") for each in (project, opened))
    plain = plain.with_columns(pseudonyms.column(plain["customer_id"]).alias("customer_id"))
    assert written.sort("customer_id").equals(plain.sort("customer_id"))


def test_a_run_from_the_store_and_its_features_name_nobody(project: Project, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "holdfast.yaml").write_text(settings_text(project), encoding="utf-8")
    opened = open_project(tmp_path / "shop")
    opened.ingest(now=NOW)
    opened.run(now=NOW, options=RunOptions(plots=False))
    (tmp_path / "written").mkdir()
    write_table(opened.measure_features(), tmp_path / "written" / "features.parquet")
    assert naming(tmp_path / "shop") == []
    assert naming(tmp_path / "written") == []
    stored, whole = (
        each.predictions().table.select("customer_id", "churn_probability").sort("customer_id")
        for each in (opened, project)
    )
    assert stored.equals(whole)


def test_who_holds_the_secret_finds_a_customer_by_the_true_id(project: Project) -> None:
    true_id, pseudonym = a_customer(project)
    assert project.customer(true_id).values == project.customer(pseudonym).values
    scorer = project.scorer()
    assert scorer.stored(true_id) == scorer.stored(pseudonym)
    assert scorer.what_if(true_id, {}).customer_id == pseudonym
    with closing(Home(project.folder).results()) as results:
        assert results.customer("default", true_id)["customer_id"] == pseudonym
        assert results.history("default", true_id) == results.history("default", pseudonym)


def test_the_api_takes_true_ids_and_answers_with_pseudonyms(project: Project) -> None:
    true_id, _ = a_customer(project)
    home = Home(project.folder)
    with closing(home.results()) as results:
        app = create_app(results, home=home, now=lambda: NOW)

        async def answers() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                base = "/api/v1"
                made = await client.post(f"{base}/lists", json={"name": "call"})
                members = f"{base}/lists/{made.json()['id']}/customers"
                return [
                    await client.post(members, json={"customer_ids": [true_id]}),
                    await client.get(members),
                    *[
                        await client.get(f"{base}/{path}/{true_id}")
                        for path in ("customers", "customer-history", "customer-timeline", "customer-neighbours")
                    ],
                    await client.get(f"{base}/customers", params={"search": true_id}),
                    await client.post(f"{base}/predict", json={"customer_id": true_id}),
                    await client.post(f"{base}/batch_predict", json={"customer_ids": [true_id]}),
                    await client.post(f"{base}/batch_predict", json={"customer_ids": [true_id] * 1_001}),
                    await client.get(f"{base}/quality/set-aside"),
                ]

        for answer in asyncio.run(answers()):
            assert answer.status_code in {200, 202}, answer.text
            assert TRUE_ID.search(answer.content) is None, answer.request.url
        app.state.scorer.close()
    waiting = list(project.folder.rglob(REQUESTED))
    assert waiting
    assert naming(project.folder) == []


def test_without_the_secret_nothing_is_written_and_pseudonyms_are_still_found(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_id, pseudonym = a_customer(project)
    for value, problem in (("", "TEST_PSEUDONYMS, which is not set"), ("too short", "9 letters")):
        monkeypatch.setenv("TEST_PSEUDONYMS", value)
        for refused in (
            lambda: project.run(now=NOW, options=RunOptions(plots=False)),
            lambda: project.score([project.folder.parent / "records" / "transactions.csv"]),
            lambda: erase(project, [pseudonym], now=NOW),
        ):
            with pytest.raises(HoldfastError, match=problem):
                refused()
    assert project.customer(pseudonym).values["customer_id"] == pseudonym
    with pytest.raises(HoldfastError, match="No customer"):
        project.customer(true_id)


def test_another_secret_gives_other_pseudonyms_and_cleans_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(project.predictions().table["customer_id"])
    monkeypatch.setenv("TEST_PSEUDONYMS", SECRET[::-1])
    again = project.run(now=NOW.replace(hour=1), options=RunOptions(plots=False))
    reused = {stage.name: stage.reused for stage in again.stages}
    assert (reused["collect"], reused["clean"]) == (True, False)
    assert not before & set(project.predictions().table["customer_id"])
    monkeypatch.setenv("TEST_PSEUDONYMS", SECRET)
    project.run(now=NOW.replace(hour=2), options=RunOptions(plots=False))
    assert set(project.predictions().table["customer_id"]) == before


@pytest.mark.parametrize("by_pseudonym", [False, True])
def test_a_customer_is_exported_and_erased_by_either_name(project: Project, by_pseudonym: bool) -> None:
    true_id, pseudonym = a_customer(project)
    name = pseudonym if by_pseudonym else true_id
    everything = export(project, name, now=NOW)
    assert everything.records
    assert everything.runs
    assert everything.database
    erased = erase(project, [name], now=NOW)
    assert sum(erased.removed.values()) > 5
    for file in project.folder.rglob("*.parquet"):
        texts = pl.read_parquet(file).select(pl.col(pl.String))
        assert not any(each in column.to_list() for column in texts for each in (true_id, pseudonym)), file
    for each in (true_id, pseudonym):
        with pytest.raises(HoldfastError):
            project.customer(each)


def test_a_setting_that_holds_the_secret_itself_is_refused(project: Project, tmp_path: Path) -> None:
    text = settings_text(project)
    (tmp_path / "holdfast.yaml").write_text(text.replace("${TEST_PSEUDONYMS}", SECRET), encoding="utf-8")
    with pytest.raises(HoldfastError, match=r"pseudonyms\.key") as raised:
        open_project(tmp_path)
    assert SECRET not in str(raised.value)


def test_a_pseudonym_is_the_hash_that_the_guide_describes() -> None:
    pseudonyms = Pseudonyms(b"0123456789abcdef0123456789abcdef")
    assert pseudonyms.of("C0000001") == "p_5mprbehrkuhiq2gnuevet3ftie"
    assert pseudonyms.of(" C0000001 ") == pseudonyms.of("C0000001")
    assert pseudonyms.of(pseudonyms.of("C0000001")) == pseudonyms.of("C0000001")
    assert "0123456789abcdef" not in repr(pseudonyms)


def a_customer(project: Project) -> tuple[str, str]:
    """A customer of the run: the id of the records, and the pseudonym."""
    pseudonyms = load_pseudonyms(project.settings)
    assert pseudonyms is not None
    present = set(project.predictions().table["customer_id"])
    lines = (project.folder.parent / "records" / "customers.csv").read_text(encoding="utf-8").splitlines()[1:]
    ids = (line.split(",")[0] for line in lines)
    return next((each, pseudonyms.of(each)) for each in ids if pseudonyms.of(each) in present)
