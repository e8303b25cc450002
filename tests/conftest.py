"""What every test may ask for."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.redis_servers import OwnRedis

ROOT = Path(__file__).parents[1]

# No test fails for being slow: how long an example takes says more of the machine than of the code. Where a change is
# judged, the same examples are tried each time; everywhere else new ones.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public data sets; the test is skipped where there is none."""
    folder = Path(os.environ.get("HOLDFAST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        reason = f"the public data sets are not at {folder.name}/ beside the project; set HOLDFAST_DATA"
        if os.environ.get("HOLDFAST_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def spark_or_skip() -> bool:
    """Spark can be started here; else the test is skipped with the reason, or fails where everything is required."""
    from holdfast.errors import HoldfastError
    from holdfast.pipeline.spark.session import refuse_without_spark

    try:
        refuse_without_spark()
    except HoldfastError as error:
        if os.environ.get("HOLDFAST_REQUIRE_ALL") == "1":
            pytest.fail(str(error))
        pytest.skip(error.problem)
    return True


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of each database in turn; it stays for all tests."""
    from tests import database_servers as servers

    folder = tmp_path_factory.mktemp("servers")
    started = {
        "sqlite": lambda: nullcontext(f"sqlite:///{folder / 'results.db'}"),
        "postgresql": lambda: servers.postgresql(folder),
        "mariadb": lambda: servers.mariadb(folder),
    }
    with started[request.param]() as url:
        yield url


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator["OwnRedis"]:
    """A Redis server of the test's own; it may stop and start it."""
    from tests import redis_servers

    with redis_servers.own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server
