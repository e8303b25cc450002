"""An erasure that was cut off is finished before anything else is answered about its project."""

from typing import TYPE_CHECKING

from holdfast.store.erasure.tombstones import has_unfinished_erasure

if TYPE_CHECKING:
    from holdfast.service.project import Project


def finish_erasures(project: "Project") -> "Project":
    """The project, after a removal that was cut off is done; nothing is loaded where there is none.

    Raises:
        HoldfastError: a run is at work, or a database refuses.
    """
    if has_unfinished_erasure(project.folder):
        from holdfast.service.privacy.erase import go_on

        go_on(project)
    return project
