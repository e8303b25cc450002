"""What a kind of job is given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from holdfast.service.jobs.home import Home
from holdfast.service.jobs.lease import LeasedJob
from holdfast.service.project import Project
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.jobs import Job


@dataclass(frozen=True)
class Work:
    """One attempt at a job."""

    home: Home
    results: PublishedResults
    job: Job
    progress: LeasedJob  # also stops the job where it is to stop
    clock: Callable[[], datetime]

    @property
    def project(self) -> Project:
        """The project of the job's tenant.

        Raises:
            HoldfastError: no such project, or settings that are wrong or unfinished.
        """
        return self.home.project(self.job.tenant)

    @property
    def folder(self) -> Path:
        """The project folder of the job's tenant."""
        return self.home.folder_of(self.job.tenant)

    @property
    def files(self) -> Path:
        """Where the files of this job lie."""
        return job_folder(self.home, self.job.tenant, self.job.name)


def job_folder(home: Home, tenant: str, name: str) -> Path:
    """Where the files of a job lie."""
    return home.folder_of(tenant) / "jobs" / name
