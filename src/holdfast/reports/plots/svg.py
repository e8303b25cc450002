"""A figure as SVG to stand in a page: no scripts, no links to anywhere, letters as paths, colours of the page."""

import io
import re
from html import escape
from typing import TYPE_CHECKING

from holdfast.reports.plots.style import BAND_COLOURS, GAIN, INK, LEFT, LINE, SOFT, STAYED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The page says what each colour is in its light and its dark theme; alone, the picture has its own.
_COLOURS = {INK: "ink", SOFT: "soft", LINE: "line", STAYED: "stayed", LEFT: "left", GAIN: "gain"} | {
    colour: band for band, colour in BAND_COLOURS.items()
}
_NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(?:xlink:)?href="#([^"]*)"|url\(#([^)]*)\)')
_LONG_NUMBER = re.compile(r"(?<!scale\()(?<![\d.])(\d+\.\d{2})\d+")


def to_svg(figure: "Figure", name: str, title: str, description: str) -> str:
    """The figure as an `svg` element of HTML, the same bytes for the same figure.

    Args:
        figure: drawn, without a title of its own.
        name: unique in the page: it begins every id.
        title: what the picture shows, for readers who do not see it.
        description: the same at more length.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    page = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path", "svg.image_inline": True}):
        FigureCanvasSVG(figure).print_svg(page, metadata=_NOTHING)
    return _for_a_page(page.getvalue(), name, title, description)


def _for_a_page(svg: str, name: str, title: str, description: str) -> str:
    """The element without what only a file of its own needs, its ids and colours made the page's."""
    view = re.search(r'viewBox="([^"]*)"', svg)
    assert view is not None
    content = svg[svg.index(">", view.end()) + 1 : svg.rindex("</svg>")]
    content = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>|<metadata>.*?</metadata>|<!--.*?-->", "", content, flags=re.S
    )
    used = {first or second for first, second in _REFERENCE.findall(content)}
    content = _ID.sub(lambda match: f' id="{name}-{match[1]}"' if match[1] in used else "", content)
    content = _REFERENCE.sub(
        lambda match: f'href="#{name}-{match[1]}"' if match[1] else f"url(#{name}-{match[2]})", content
    )
    content = _LONG_NUMBER.sub(r"\1", content)
    for colour, word in _COLOURS.items():
        content = content.replace(colour, f"var(--{word},{colour})")
    content = re.sub(r"\n\s*", "\n", content)
    return (
        f'<svg viewBox="{view[1]}" role="img" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-description">{escape(description)}</desc>'
        f"{content}</svg>"
    )
