"""25 secrets, planted where people put them: none is in an answer, an error, a log or a file that was made."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.interfaces.api.conftest import NOW, Clock, Service
from tests.interfaces.api.test_settings import BLOCK, HEAD, TAIL
from tests.interfaces.commands import holdfast

from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.sources.database import connect

_AWAY = "127.0.0.1:1/results"  # nobody listens there
SECRETS = [f"PlantedSecret{number:02}Q" for number in range(25)]
IN_ENVIRONMENT = {  # as people are told to write it
    0: "postgresql://u:${PLANTED}@" + _AWAY,
    1: "postgres://u:${PLANTED}@" + _AWAY + "?connect_timeout=1",
    2: "mysql://u:${PLANTED}@" + _AWAY,
    3: "mariadb://u:${PLANTED}@" + _AWAY,
}
IN_THE_FILE = {  # refused
    4: "postgresql://u:{}@" + _AWAY,
    5: "mysql://u:{}@" + _AWAY,
    6: "postgresql://u:sl/ash{}@" + _AWAY,
    7: "postgresql://u@" + _AWAY + "?password={}",
    8: "postgresql://u@" + _AWAY + "?sslpassword={}",
    9: "mysql://u@" + _AWAY + "?passwd={}",
    10: "nosuch://u:{}@" + _AWAY,
}
TYPED = {  # after --from
    11: "postgresql://u:{}@" + _AWAY,
    12: "mysql://u:{}@" + _AWAY,
    13: "postgresql://u@" + _AWAY + "?password={}",
    14: "mariadb://u@" + _AWAY + "?password={}",
    15: "postgresql://u:{}@[broken/x",
    16: "oracle://u:{}@" + _AWAY,
}
HEADERS = {  # of a request
    17: "Bearer hf_0123456789ab_{}",
    18: "Basic {}",
    19: "Bearer {}",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "_WAITS", ())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose settings are whole."""
    home = tmp_path / "shop"
    home.mkdir()
    (home / "customers.csv").write_text("id,left\na,\nb,2024-01-01\n", encoding="utf-8")
    (home / "holdfast.yaml").write_text(HEAD + BLOCK + TAIL, encoding="utf-8")
    return home


def seen(said: str, folder: Path, logged: pytest.LogCaptureFixture, *but: str) -> list[str]:
    """Where a planted secret stands: in what was said, in the log, in any file but some."""
    files = {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name not in but}
    ours = [record for record in logged.records if record.name != "httpx"]  # the client that the test asks with
    records = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in ours)
    texts = {"said": said.encode(), "log": records.encode(), **files}
    return [f"{where}: {secret}" for where, text in texts.items() for secret in SECRETS if secret.encode() in text]


@pytest.mark.parametrize("number", sorted(IN_ENVIRONMENT))
@pytest.mark.parametrize("where", ["results", "source"])
def test_a_password_in_the_environment_stays_there(
    shop: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int, where: str
) -> None:
    monkeypatch.setenv("PLANTED", SECRETS[number])
    url = IN_ENVIRONMENT[number]
    block = f"results: {{url: '{url}'}}\n"
    if where == "source":
        settings = (shop / "holdfast.yaml").read_text("utf-8")
        changed = settings.replace(
            "files: [customers.csv]", f"files: [imports/*.parquet]\n    database: {{url: '{url}', table: t}}"
        )
        (shop / "holdfast.yaml").write_text(changed, encoding="utf-8")
        block = ""
    with (shop / "holdfast.yaml").open("a", encoding="utf-8") as file:
        file.write(block)
    command = ("tenants", shop) if where == "results" else ("check", shop)
    with caplog.at_level(logging.DEBUG):
        said = holdfast(*command)
    assert said.code == 2
    assert "u:***@127.0.0.1:1" in said.err
    assert seen(said.out + said.err, shop.parent, caplog) == []


@pytest.mark.parametrize("number", sorted(IN_THE_FILE))
def test_a_password_in_the_settings_is_refused_without_being_repeated(
    shop: Path, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    with (shop / "holdfast.yaml").open("a", encoding="utf-8") as file:
        file.write(f"results: {{url: '{IN_THE_FILE[number].format(SECRETS[number])}'}}\n")
    with caplog.at_level(logging.DEBUG):
        answers = [holdfast(name, shop) for name in ("tenants", "check", "publish")]
    assert {answer.code for answer in answers} == {2}
    assert seen("".join(each.out + each.err for each in answers), shop.parent, caplog, "holdfast.yaml") == []


@pytest.mark.parametrize("number", sorted(TYPED))
def test_a_password_typed_at_a_prompt_is_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    with caplog.at_level(logging.DEBUG):
        said = holdfast("init", tmp_path / "shop", "--from", TYPED[number].format(SECRETS[number]))
    assert said.code == 2
    assert seen(said.out + said.err, tmp_path, caplog) == []


@pytest.fixture
def service(shop: Path) -> Iterator[Service]:
    home = Home(shop)
    with closing(home.results()) as results:
        clock = Clock()
        yield Service(create_app(results, home=home, now=clock), results, clock)


def test_what_callers_send_to_name_themselves_is_nowhere(
    service: Service, shop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = service.results.create_key("default", ("read", "run", "admin"), note="ours", days=None, now=NOW)[1]
    own = key.split("_", 2)[2]
    with caplog.at_level(logging.DEBUG):
        answers = [
            service.ask("GET", "/api/v1/settings", headers={"Authorization": text.format(SECRETS[number])})
            for number, text in HEADERS.items()
        ]
        assert {answer.status_code for answer in answers} == {401}
        answers += [
            service.ask("GET", f"/api/v1/settings?key={SECRETS[20]}&token={SECRETS[21]}"),
            service.ask("GET", "/api/v1/settings", key, headers={"Cookie": f"session={SECRETS[22]}"}),
            service.ask(
                "POST",
                "/api/v1/keys",
                key,
                json={"note": "a", "role": "viewer"},
                headers={"Idempotency-Key": SECRETS[23]},
            ),
            service.ask("GET", "/api/v1/settings", key, headers={"X-Api-Key": SECRETS[24]}),
            service.get("/metrics"),
        ]
    service.results.close()
    said = "\n".join(f"{answer.text} {answer.headers}" for answer in answers)
    assert seen(said, shop.parent, caplog) == []
    assert own not in said
    assert not [file for file in shop.rglob("*") if file.is_file() and own.encode() in file.read_bytes()]


def test_each_secret_is_planted_somewhere() -> None:
    assert {*IN_ENVIRONMENT, *IN_THE_FILE, *TYPED, *HEADERS, 20, 21, 22, 23, 24} == set(range(len(SECRETS)))
