"""The style of every figure: plain, readable in print, and safe for colour-blind readers."""

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.formatting import count, tick_money, tick_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito (2008): colours that readers of any colour vision can distinguish.
INK = "#1f2933"
SOFT = "#6b7785"
LINE = "#d5dae1"
STAYED = "#0072b2"
LEFT = "#d55e00"
GAIN = "#009e73"
# Risk is one scale, from pale to dark: it reads the same in grey.
BAND_COLOURS = {"low": "#b5d3ec", "medium": "#5a9bd0", "high": "#124c85", "notice given": "#b4641e"}
DPI = 300
_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "text.parse_math": False,  # a customer's "$" does not begin a formula
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "path.simplify": True,
}


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """The house style while the block draws; the caller's own settings return after it."""
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):
        yield


def new_figure(width: float = 8.0, height: float = 4.5) -> "Figure":
    """An empty figure of a size in inches; without global state, so that threads may draw at the same time."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def to_png(figure: "Figure", footnote: str = "", dpi: int = DPI) -> bytes:
    """The figure as PNG, with a footnote below the axes (for example that the records are simulated)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    if footnote:
        figure.supxlabel(footnote, fontsize=7, color=SOFT, x=0.01, ha="left")
    figure.set_dpi(dpi)
    # `savefig` draws twice where the layout is constrained; the canvas draws once.
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba())).convert("RGB")
    page = io.BytesIO()
    picture.save(page, format="png", dpi=(dpi, dpi), compress_level=2)
    return page.getvalue()


def cut(text: str, letters: int = 34, end: int = 0) -> str:
    """A label of at most so many letters, `end` of them its last ones, without line ends or control characters."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean if len(clean) <= letters else f"{clean[: letters - 1 - end]}…{clean[len(clean) - end :]}"


def set_title(axes: "Axes", text: str) -> None:
    """A title that is broken into lines where it would reach beyond the figure."""
    axes.set_title(text, wrap=True)


def percent_axis(axes: "Axes", which: str) -> None:
    """Ticks of a share as percentages."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_percent(value)))


def count_axis(axes: "Axes", which: str) -> None:
    """Ticks with thousands separators."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: count(value) if value == int(value) else f"{value:,.1f}"))


def money_axis(axes: "Axes", which: str, currency: str) -> None:
    """Ticks as amounts of money."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_money(value, currency)))


def say_why_empty(axes: "Axes", title: str, words: str) -> "Axes":
    """Axes without data that say why there is none."""
    set_title(axes, title)
    axes.text(0.5, 0.5, words, ha="center", va="center", wrap=True, color=SOFT, transform=axes.transAxes)
    axes.set_axis_off()
    return axes
