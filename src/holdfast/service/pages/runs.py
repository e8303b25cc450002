"""Two runs side by side: their numbers, and what differs in settings, records and code."""

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.service.results_database import PublishedResults, PublishedRun
from holdfast.store.results.read import rows_of
from holdfast.tables.outputs import KPIS

_NOT_COMPARED = {"results"}  # where results go says nothing of them, and its address is nobody's business


def run_page(results: PublishedResults, tenant: str, name: str) -> Mapping[str, Any]:
    """A run: its key figures, its records, and what it was made with.

    Raises:
        NotFoundError: no run of that name is published.
    """
    run = results.run(tenant, name)
    manifest = results.document(run, "manifest") or {}
    with results.reading() as connection:
        kpis = rows_of(connection, run, KPIS.path)
    return {
        **_heading(run),
        "is_current": run.name == results.run(tenant).name,
        "lines": list(run.summary.get("lines") or []),
        "seconds": manifest.get("seconds"),
        "seed": manifest.get("seed"),
        "code_sha256": manifest.get("code_sha256"),
        "versions": manifest.get("versions") or {},
        "records": [{"table": table, "rows": rows} for table, rows in _records(results, run).items()],
        "kpis": kpis,
    }


def compare_runs(results: PublishedResults, tenant: str, first: str, second: str) -> Mapping[str, Any]:
    """What changed from one run to another.

    Raises:
        NotFoundError: a run of these names is not published.
    """
    runs = [results.run(tenant, name) for name in (first, second)]
    with results.reading() as connection:
        figures = [{row["name"]: row for row in rows_of(connection, run, KPIS.path)} for run in runs]
    manifests = [results.document(run, "manifest") or {} for run in runs]
    records = [_records(results, run) for run in runs]
    names = list(dict.fromkeys([*figures[0], *figures[1]]))
    return {
        "a": _heading(runs[0]),
        "b": _heading(runs[1]),
        "numbers": [_change(name, figures[0].get(name), figures[1].get(name)) for name in names],
        "settings": list(_differences(*(dict(_flat(each.get("settings") or {})) for each in manifests))),
        "records": list(_differences(*records)),
        "code": list(
            _differences(*({"code": each.get("code_sha256"), **(each.get("versions") or {})} for each in manifests))
        ),
    }


def _heading(run: PublishedRun) -> dict[str, Any]:
    return {
        "run": run.name,
        "cutoff": run.cutoff,
        "published_at": run.published_at,
        "currency": run.currency,
        "simulated": run.simulated,
    }


def _records(results: PublishedResults, run: PublishedRun) -> dict[str, int]:
    tables = (results.document(run, "raw") or {}).get("tables") or {}
    return {name: int(table["rows_read"]) for name, table in tables.items()}


def _change(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    values = [None if each is None else each["value"] for each in (before, after)]
    either = after or before or {}
    change = None if values[0] is None or values[1] is None else values[1] - values[0]
    return {
        "name": name,
        "label": either.get("label"),
        "unit": either.get("unit"),
        "a": values[0],
        "b": values[1],
        "change": change,
        "change_percent": 100 * change / values[0] if change is not None and values[0] else None,
    }


def _flat(settings: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting by its path, as in holdfast.yaml."""
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            if path or name not in _NOT_COMPARED:
                yield from _flat(value, f"{path}.{name}" if path else str(name))
    elif not path.endswith(".url"):
        yield path, settings


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys([*before, *after]):
        values = before.get(name), after.get(name)
        if values[0] != values[1]:
            yield {"name": name, "a": _text(values[0]), "b": _text(values[1])}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
