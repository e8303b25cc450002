"""Customer-retention intelligence: who will leave, when, why, what they are worth, and what to do about it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.features.spec import Aggregate, Composite, Formula, Operator, Window
    from holdfast.service.project import Project, open_project

__all__ = ["Aggregate", "Composite", "Formula", "Operator", "Project", "Window", "open_project"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for: the command line must be able to say --help without the whole product.
    if name in __all__:
        from holdfast.features import spec
        from holdfast.service import project as projects

        return getattr(projects if hasattr(projects, name) else spec, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
