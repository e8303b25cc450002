"""The figures that stand inside the report, drawn as those of `figures/` are, as SVG in the reader's colours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.decisions.risk import ALL_BANDS, NOTICE
from holdfast.formatting import count, percent, plural
from holdfast.reports.drivers import drivers
from holdfast.reports.figures import draw_months, full_months, of_subscriptions
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.plots import business
from holdfast.reports.plots import model_quality as trust
from holdfast.reports.plots.lifecycle import states_over_time
from holdfast.reports.plots.style import house_style, new_figure
from holdfast.reports.plots.svg import to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure with its heading; `svg` is markup, the texts are not yet escaped."""

    title: str
    description: str  # for readers who do not see the picture
    svg: str


@dataclass(frozen=True)
class _Subject:
    """What a figure of the report shows, and from when on there is anything to show."""

    size: tuple[float, float]  # inches
    draw: Callable[[ReportInputs, "Figure"], object]
    is_known: Callable[[ReportInputs], bool]
    description: Callable[[ReportInputs], str]


def drawings(inputs: ReportInputs) -> dict[str, Drawing | None]:
    """The report's figures by name; None for what the records do not show."""
    return {
        name: _drawing(name, subject, inputs) if subject.is_known(inputs) else None
        for name, subject in _SUBJECTS.items()
    }


def _drawing(name: str, subject: _Subject, inputs: ReportInputs) -> Drawing:
    with house_style():
        figure = new_figure(*subject.size)
        subject.draw(inputs, figure)
        # The heading stands above the picture as text, which can be read aloud, searched and broken into lines.
        title = figure.axes[0].get_title(loc="left")
        figure.axes[0].set_title("", loc="left")
        description = subject.description(inputs)
        return Drawing(title, description, to_svg(figure, name, title, description))


def _months_in_words(inputs: ReportInputs) -> str:
    months = full_months(inputs)
    who = (
        "Customers who subscribe at the end of"
        if of_subscriptions(inputs)
        else "Customers seen (with a record of any kind) in"
    )
    also = ", and the revenue of the month" if "revenue" in months[0] else ""
    return f"{who} each of {len(months)} full months{also}."


def _draw_drivers(inputs: ReportInputs, figure: "Figure") -> None:
    shown = drivers(inputs, 12)
    trust.drivers([driver.meaning for driver in shown], [driver.importance for driver in shown], ax=figure.subplots())


def _drivers_in_words(inputs: ReportInputs) -> str:
    first = drivers(inputs, 1)[0]
    others = f", with {plural(first.alike, 'feature')} that say nearly the same," if first.alike else ""
    return f"The most important feature{others} has {percent(first.importance)} of the importance."


def _risk_in_words(inputs: ReportInputs) -> str:
    bands = dict(inputs.standing["risk_band"].drop_nulls().value_counts().iter_rows())
    sizes = ", ".join(
        f"{count(bands[band])} under notice" if band == NOTICE else f"{count(bands[band])} in the {band} risk band"
        for band in reversed(ALL_BANDS)
        if band in bands
    )
    return f"{plural(inputs.standing.height, 'customer')} by probability of leaving: {sizes or 'no risk bands'}."


_SUBJECTS = {
    "risk": _Subject(
        (4.7, 2.9),
        lambda inputs, figure: business.risk_histogram(inputs.standing, ax=figure.subplots(), within=inputs.within),
        lambda inputs: inputs.standing["churn_probability"].drop_nulls().len() > 0,
        _risk_in_words,
    ),
    "months": _Subject(
        (4.7, 3.1),
        draw_months,
        lambda inputs: len(full_months(inputs)) > 1,
        _months_in_words,
    ),
    "gain": _Subject(
        (4.7, 3.2),
        lambda inputs, figure: trust.gain(inputs.metrics.get("gain_curve") or [], ax=figure.subplots()),
        lambda inputs: bool(inputs.metrics.get("gain_curve")),
        lambda _: "The share of leavers reached, by the share of customers contacted, on test customers.",
    ),
    "calibration": _Subject(
        (4.7, 3.2),
        lambda inputs, figure: trust.calibration(inputs.metrics.get("calibration") or [], ax=figure.subplots()),
        lambda inputs: any(point.get("rows") for point in inputs.metrics.get("calibration") or []),
        lambda _: "Groups of test customers: on the dashed line, the predicted share is the share that left.",
    ),
    "drivers": _Subject(
        (9.6, 4.0),
        _draw_drivers,
        lambda inputs: bool(drivers(inputs, 1)),
        _drivers_in_words,
    ),
    "lifecycle": _Subject(
        (4.7, 3.0),
        lambda inputs, figure: states_over_time(inputs.moves, ax=figure.subplots()),
        lambda inputs: inputs.moves is not None and not inputs.moves.is_empty(),
        lambda _: "How many customers stood in each state at the last cutoffs, a horizon apart.",
    ),
}
