"""The tenants of a folder: who has a project, keys or results in it; and a new one."""

from dataclasses import dataclass

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.service.jobs.home import SAMPLE_OF, TENANTS, Home
from holdfast.service.results import Result
from holdfast.store.results.tenants import tenants_with_runs


@dataclass(frozen=True)
class TenantEntry(Result):
    """One tenant."""

    name: str
    """as in `--tenant`"""
    folder: str
    """where its project lies, or would lie; empty: its name can be no folder"""
    has_project: bool
    """whether holdfast.yaml is there"""
    has_run: bool
    """whether a run has finished"""
    published: str | None
    """the run that readers of the results database see; empty: none"""

    @property
    def sentence(self) -> str:
        return f"Tenant {self.name}, in {self.folder}."

    def next_command(self, *, has_keys: bool) -> str:
        """What whoever runs the server types next; empty: its pages can be seen."""
        if not self.has_project and self.published is None:
            return f"holdfast init DIR --tenant {self.name} --from FILE..."
        if self.published is None:
            return f"holdfast run DIR --tenant {self.name}"
        return "" if has_keys else f"holdfast keys DIR --new NOTE --tenant {self.name}"


@dataclass(frozen=True)
class TenantList(Result):
    """The tenants of a folder."""

    tenants: tuple[TenantEntry, ...]
    """each with name, folder, has_project, has_run, published"""

    @property
    def sentence(self) -> str:
        return (
            f"{plural(len(self.tenants), 'tenant')}, {sum(each.has_project for each in self.tenants)} with a project."
        )


def tenant_list(home: Home) -> TenantList:
    """Everybody who has a folder in `tenants/`, keys or results here; the folder's own tenant first.

    Args:
        home: the folder.

    Raises:
        HoldfastError: the results database cannot be reached.
    """
    published: dict[str, str | None] = {}
    if home.has_results:
        results = home.results()
        try:
            with results.reading() as connection:
                published = tenants_with_runs(connection)
        finally:
            results.close()
    own, below = home.results_settings.tenant, home.folder / TENANTS
    folders = {each.name for each in below.iterdir() if each.is_dir()} if below.is_dir() else set()
    names = [own, *sorted((folders | set(published)) - {own})]
    shown = [name for name in names if not name.endswith(SAMPLE_OF)]
    return TenantList(tuple(_entry(home, name, published.get(name)) for name in shown))


def _entry(home: Home, name: str, published: str | None) -> TenantEntry:
    try:
        folder = str(home.folder_of(name))
    except HoldfastError:  # a name that can be no folder: its results come from a project elsewhere
        return TenantEntry(name, "", has_project=False, has_run=False, published=published)
    return TenantEntry(name, folder, home.has_project(name), home.has_run(name), published)


def create_tenant(home: Home, name: str) -> TenantEntry:
    """Make the folder of a tenant; nothing changes where it is there.

    Raises:
        HoldfastError: a name that can be no folder, or the folder's own tenant.
    """
    if name == home.results_settings.tenant or name.endswith(SAMPLE_OF):
        raise HoldfastError(
            f"{name!r} cannot be a further tenant of {home.folder}: the name is in use there.",
            fix="Choose another name.",
        )
    folder = home.folder_of(name)
    folder.mkdir(parents=True, exist_ok=True)
    return _entry(home, name, None)
