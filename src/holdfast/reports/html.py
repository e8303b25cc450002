"""The report as one self-contained HTML file, and its twin in Markdown."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from holdfast.reports.charts import HEIGHT, WIDTH
from holdfast.reports.inputs import Facts
from holdfast.reports.page import page

if TYPE_CHECKING:
    from jinja2 import Environment

# What Markdown would take for markup in a customer's words.
_MARKUP = re.compile(r"([\\`*_{}\[\]#|!~])")


def report_html(facts: Facts) -> str:
    """One page without scripts and without requests to anywhere; every word from the records is escaped."""
    style = files("holdfast.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
    template = environment().get_template("report.html.j2")
    return template.render(**page(facts), style=style, width=WIDTH, height=HEIGHT)


def report_md(facts: Facts) -> str:
    """The same content as plain Markdown."""
    return environment().get_template("report.md.j2").render(**page(facts))


@cache
def environment() -> "Environment":
    """Templates of this package; all of them escape, Markdown through `cell` on top."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=PackageLoader("holdfast.reports", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["cell"] = _cell
    made.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return made


def _cell(text: object) -> str:
    """A text that Markdown shows as it stands, on one line."""
    one_line = " ".join(str(text).split())
    return _MARKUP.sub(r"\\\1", one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
