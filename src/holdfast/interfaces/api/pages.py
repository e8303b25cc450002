"""The report and the dashboard of the published run in a browser: by a key, or by the session opened with one."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from holdfast.errors import NotFoundError
from holdfast.interfaces.api.access import Caller
from holdfast.interfaces.api.sessions import page_caller

REPORT, DASHBOARD = "report.html", "dashboard.html"
ROUTER = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(page_caller)]
# Both pages carry their styles and scripts in themselves and load nothing from elsewhere.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
)


@ROUTER.get(f"/{REPORT}")
def report(caller: Reader) -> Response:  # noqa: ARG001
    """Where the report of the project's latest run is."""
    return RedirectResponse(f"reports/{REPORT}")


@ROUTER.get(f"/{DASHBOARD}")
def dashboard(caller: Reader) -> Response:  # noqa: ARG001
    """Where the dashboard of the project's latest run is."""
    return RedirectResponse(f"reports/{DASHBOARD}")


# As in the folder of a run, so that what the pages link to is there: ../bi/contacts.csv beside reports/report.html.
@ROUTER.get("/reports/{name}")
def page(name: str, caller: Reader, request: Request) -> Response:
    """A page of the project's latest run."""
    return FileResponse(_file(caller, request, "reports", name, ".html"), headers={"Content-Security-Policy": _POLICY})


@ROUTER.get("/bi/{name}")
def table(name: str, caller: Reader, request: Request) -> Response:
    """A file for BI of the project's latest run."""
    return FileResponse(_file(caller, request, "bi", name, ".csv"), filename=name, media_type="text/csv; charset=utf-8")


def shown_files(caller: Caller, request: Request, folder: str, suffix: str) -> dict[str, Path]:
    """The files of a folder of the run, by name; none but for the tenant whose run it is."""
    reports: Path | None = request.app.state.reports
    is_own = reports is not None and caller.tenant == request.app.state.results.home_tenant
    return {file.name: file for file in (reports.parent / folder).glob(f"*{suffix}")} if reports and is_own else {}


def _file(caller: Caller, request: Request, folder: str, name: str, suffix: str) -> Path:
    """A file that stands in a folder of the run of the caller's own tenant; no other is answered."""
    files = shown_files(caller, request, folder, suffix)
    if name not in files:
        raise NotFoundError(f"There is no {name}.", fix="holdfast run DIR writes it.")
    return files[name]
