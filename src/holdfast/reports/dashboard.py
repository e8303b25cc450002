"""The interactive page: one file, works offline, asks nobody anything."""

import json
import math
from importlib.resources import files
from typing import Any

from holdfast.reports.dashboard_data import dashboard_data
from holdfast.reports.facts import Facts
from holdfast.reports.html import environment
from holdfast.reports.page import tiles
from holdfast.reports.story import as_of, story


def dashboard_html(facts: Facts) -> str:
    """Charts with hover, a slider over the list, and the first customers with search and filters."""
    from plotly.offline import get_plotlyjs

    folder = files("holdfast.reports").joinpath("templates")
    return (
        environment()
        .get_template("dashboard.html.j2")
        .render(
            name=facts.project.name,
            as_of=as_of(facts),
            story=story(facts),
            tiles=tiles(facts),
            style=folder.joinpath("dashboard.css").read_text(encoding="utf-8"),
            script=folder.joinpath("dashboard.js").read_text(encoding="utf-8"),
            plotly=get_plotlyjs(),
            data=script_json(dashboard_data(facts)),
        )
    )


def script_json(content: Any) -> str:
    """JSON that may stand inside a script element: no text in it can end the element or open a comment."""
    text = json.dumps(_finite(content), allow_nan=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node
