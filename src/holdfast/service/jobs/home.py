"""What a server serves: a folder, with the project of its own tenant in it and those of others below."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import HoldfastError
from holdfast.service.project import Project, open_project
from holdfast.service.redis.server import RedisServer
from holdfast.settings import FILE_NAME, RESULTS_FILE, ResultsSettings
from holdfast.settings_file import load_results_settings, load_settings
from holdfast.store.pseudonyms import Pseudonyms, pseudonyms_at_hand

if TYPE_CHECKING:
    from holdfast.service.results_database import PublishedResults

SAMPLE = "sample"  # the folder of the simulated business that a tenant may look at
SAMPLE_OF = ".sample"  # ends the name of the tenant that it is published under
TENANTS = "tenants"  # the folder of the projects of further tenants
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def sample_of(tenant: str) -> str:
    """The tenant that a tenant's sample is published under."""
    return tenant + SAMPLE_OF


@lru_cache(maxsize=256)  # settings are read again once the file is another one
def _pseudonyms_of(file: Path, changed: int, size: int) -> Pseudonyms | None:  # noqa: ARG001
    try:
        return pseudonyms_at_hand(load_settings(file))
    except HoldfastError:  # unfinished settings
        return None


@dataclass(frozen=True)
class Home:
    """A folder that is served; it may be empty yet."""

    folder: Path
    config: Path | None = None  # another settings file than the folder's
    upload_limit: int = 2_000_000_000  # bytes of one file
    redis: RedisServer | None = field(default=None, repr=False, compare=False)  # what several servers of it share

    @property
    def results_settings(self) -> ResultsSettings:
        """Where results are published, also while holdfast.yaml is unfinished or missing.

        Raises:
            HoldfastError: the settings file cannot be read.
        """
        return load_results_settings(self.config or self.folder / FILE_NAME)

    def settings_file_of(self, tenant: str) -> Path:
        """The project file of a tenant."""
        folder = self.folder_of(tenant)
        return self.config if self.config is not None and folder == self.folder else folder / FILE_NAME

    def results(self) -> "PublishedResults":
        """The results database of all tenants of this folder; close it at the end.

        Raises:
            HoldfastError: it cannot be reached, or was written by a newer version.
        """
        from holdfast.service.results_database import open_results  # SQLAlchemy, which most commands do not need

        return replace(open_results(self.folder, self.results_settings), pseudonyms=self.pseudonyms)

    def pseudonyms(self, tenant: str) -> Pseudonyms | None:
        """The pseudonyms that a tenant's outputs are written in; None: they hold ids, or the secret is not here."""
        try:
            file = self.settings_file_of(tenant)
            changed = file.stat()
        except (HoldfastError, OSError):  # no project here: what is published is looked up as it stands
            return None
        return _pseudonyms_of(file, changed.st_mtime_ns, changed.st_size)

    def folder_of(self, tenant: str) -> Path:
        """The project folder of a tenant; it may not exist yet.

        Raises:
            HoldfastError: a name that can be no folder.
        """
        own = self.results_settings.tenant
        if tenant == own:
            return self.folder
        if tenant.endswith(SAMPLE_OF):
            return self.folder_of(tenant.removesuffix(SAMPLE_OF)) / SAMPLE
        if not tenant or not set(tenant) <= _PLAIN:
            raise HoldfastError(
                f"The tenant {tenant!r} has no folder here: its name holds more than letters, digits, - and _.",
                fix="Serve the folder of this tenant's project instead.",
            )
        return self.folder / TENANTS / tenant

    def has_run(self, tenant: str) -> bool:
        """Whether a complete run of a tenant is there."""
        return (self.folder_of(tenant) / "runs" / "latest").exists()

    @property
    def has_results(self) -> bool:
        """Whether there is a results database, or one is named in the settings."""
        return self.results_settings.url is not None or (self.folder / RESULTS_FILE).is_file()

    def has_project(self, tenant: str) -> bool:
        """Whether a tenant has a project file here."""
        try:
            return self.settings_file_of(tenant).is_file()
        except HoldfastError:  # a name that can be no folder
            return False

    def project(self, tenant: str, *, cutoff: str | None = None) -> Project:
        """The project of a tenant, publishing into the database of this folder.

        Args:
            tenant: whose.
            cutoff: hide everything from this day on.

        Raises:
            HoldfastError: no such project, or settings that are wrong or unfinished.
        """
        folder, file, results = self.folder_of(tenant), self.settings_file_of(tenant), self.results_settings
        if folder != self.folder and not file.is_file():
            raise HoldfastError(
                f"The tenant {tenant} has no project in {self.folder}: there is no {file}.",
                fix=f"holdfast init {self.folder} --tenant {tenant} --from FILE...; "
                f"holdfast tenants {self.folder} lists the tenants.",
            )
        project = open_project(folder, config=file, cutoff=cutoff)
        settings = project.settings.model_copy(update={"results": results.model_copy(update={"tenant": tenant})})
        return replace(project, settings=settings, served_in=self.folder)
