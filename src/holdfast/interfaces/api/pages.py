"""The report and the dashboard of the published run in a browser, as long as only this machine may ask."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from holdfast.errors import NotFoundError
from holdfast.interfaces.api.access import Caller, scoped

ROUTER = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(scoped("read"))]
# Both pages carry their styles and scripts in themselves and load nothing from elsewhere.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
)


@ROUTER.get("/report.html")
def report(caller: Reader, request: Request) -> Response:  # noqa: ARG001
    """The report of the project's latest run."""
    return _page(request, "report.html")


@ROUTER.get("/dashboard.html")
def dashboard(caller: Reader, request: Request) -> Response:  # noqa: ARG001
    """The dashboard of the project's latest run."""
    return _page(request, "dashboard.html")


def _page(request: Request, name: str) -> Response:
    folder: Path | None = request.app.state.reports
    if folder is None or not (folder / name).is_file():
        raise NotFoundError(f"There is no {name}.", fix="holdfast run DIR writes it.")
    return FileResponse(folder / name, headers={"Content-Security-Policy": _POLICY})
