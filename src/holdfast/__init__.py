"""Customer-retention intelligence: who will leave, when, why, what they are worth, and what to do about it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.features.operators import Formula, Operator
    from holdfast.features.spec import Aggregate, Composite, Window
    from holdfast.service.doctor import doctor
    from holdfast.service.init import init
    from holdfast.service.project import Project, RunOptions, open_project
    from holdfast.service.simulate import simulate

__all__ = [
    "Aggregate", "Composite", "Formula", "Operator", "Project", "RunOptions", "Window", "doctor", "init",
    "open_project", "simulate",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # loaded when used: the command line must say --help without the whole product
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "service.project" if name in {"Project", "RunOptions", "open_project"} else "features.spec"
    home = f"service.{name}" if name in {"doctor", "init", "simulate"} else home
    return getattr(import_module(f"{__name__}.{home}"), name)
