"""The report as one self-contained HTML file, and its twin in Markdown."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from holdfast.reports.inputs import ReportInputs
from holdfast.reports.page import page
from holdfast.reports.plots.drawings import drawings

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# Characters of a customer's text that Markdown would read as markup.
_CODE = re.compile("`([^`]+)`")
_MARKUP = re.compile(r"([\\`*_{}\[\]#|!~])")


def report_html(inputs: ReportInputs) -> str:
    """One page without scripts and without requests to anywhere; every word from the records is escaped."""
    style = files("holdfast.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
    template = environment().get_template("report.html.j2")
    return template.render(**page(inputs), charts=drawings(inputs), style=style)


def report_md(inputs: ReportInputs) -> str:
    """The same content as plain Markdown, without the drawings."""
    return environment().get_template("report.md.j2").render(**page(inputs))


@cache
def environment() -> "Environment":
    """The templates of this package: HTML escapes every text, Markdown escapes through the filter `cell`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    templates = Environment(
        loader=PackageLoader("holdfast.reports", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["cell"] = _cell
    templates.filters["commands"] = _commands
    templates.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    # Records as the cells of a row.
    templates.filters["list_values"] = lambda record, names: [record[name] for name in names]
    templates.filters["with_look"] = lambda text, look: (text, look)
    templates.filters["first_and_cells"] = lambda row: [row["state"], row["customers"], *row["cells"]]
    return templates


def _commands(text: str) -> "Markup":
    """A text of ours as HTML, with what stands between backticks, such as a command to type, as code."""
    from markupsafe import Markup

    pieces = _CODE.split(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(piece) if at % 2 else piece for at, piece in enumerate(pieces))


def _cell(text: object, *, has_commands: bool = False) -> str:
    """A text that Markdown shows as it is, on one line.

    Args:
        text: to show.
        has_commands: it is ours, and what stands between backticks is code; a customer's own text stays as written.
    """
    one_line = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pieces = _CODE.split(one_line) if has_commands else [one_line]
    return "".join(f"`{piece}`" if at % 2 else _MARKUP.sub(r"\\\1", piece) for at, piece in enumerate(pieces))
