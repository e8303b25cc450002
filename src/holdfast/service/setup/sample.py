"""A simulated business to look at before one's own records are there: made with one request, removed with another.

It is a tenant of its own, in a folder of its own, so nothing of it ever stands beside real numbers.
"""

import shutil
from pathlib import Path

from holdfast.progress import SILENT, Progress
from holdfast.service.init import init
from holdfast.service.jobs.home import Home, sample_of
from holdfast.service.project import Project
from holdfast.service.results_database import PublishedResults
from holdfast.service.simulate import simulate
from holdfast.settings import FILE_NAME
from holdfast.store.results.engine import results_errors
from holdfast.store.results.read import current_run
from holdfast.store.results.removal import remove_tenant

CUSTOMERS = 1_500
_SEED = 42


def make_sample(home: Home, tenant: str, customers: int, progress: Progress = SILENT) -> tuple[Project, str]:
    """A tenant's sample, ready to run, and the tenant that it is published under.

    Args:
        home: the served folder.
        tenant: who wants to look at a sample.
        customers: how many to simulate.
        progress: hears how many are written.
    """
    name = sample_of(tenant)
    folder = home.folder_of(name)
    if not (folder / FILE_NAME).is_file():
        shutil.rmtree(folder, ignore_errors=True)  # what an attempt left that did not come so far
        records = folder / "records"
        simulate(records, kind="crm", customers=customers, seed=_SEED, progress=progress)
        init(folder, sorted(records.absolute().glob("*.csv")), progress=progress)
    return home.project(name), name


def shown_tenant(results: PublishedResults, tenant: str) -> str:
    """Whose results a tenant sees: its own; before its first run those of its sample, where it has one."""
    name = sample_of(tenant)
    with results_errors(results.engine), results.engine.connect() as connection:
        return name if not current_run(connection, tenant) and current_run(connection, name) else tenant


def remove_sample(home: Home, results: PublishedResults, tenant: str) -> bool:
    """Remove a tenant's sample from database and disk; whether there was one."""
    name = sample_of(tenant)
    with results_errors(results.engine), results.engine.begin() as connection:
        was_published = remove_tenant(connection, name)
    folder: Path = home.folder_of(name)
    was_there = folder.is_dir()
    shutil.rmtree(folder, ignore_errors=True)
    return was_published or was_there
