"""What several tables say together: engagement, and counts of one held against another."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.features.families.contacts import ratios_of_counts
from holdfast.features.families.events import count, noun
from holdfast.features.families.purchases import orders
from holdfast.features.families.source import EVER, Source, plural_free
from holdfast.features.spec import Composite, Feature, Formula, Window

_HELD_AGAINST_ORDERS = frozenset({"interactions", "support", "marketing"})


def across_features(sources: tuple[Source, ...]) -> Iterator[Feature]:
    """Features over all event tables; none where there is only one table."""
    if len(sources) < 2:
        return
    yield from _engagement(sources)
    yield from ratios_of_counts(sources)
    sales = next((source for source in sources if source.facts.holds == "transactions"), None)
    if sales is None:
        return
    for source in sources:
        if source.facts.holds not in _HELD_AGAINST_ORDERS:
            continue
        for window in dict.fromkeys((*source.windows[1:2], EVER)):
            inputs = replace(count(source), window=window), orders(sales, window)
            meaning = f"{noun(source)} for each order {window.words}."
            yield Composite(f"{source.table}_per_order_{window.name}", Formula.RATIO, inputs, "ratio", meaning)


def _engagement(sources: tuple[Source, ...]) -> Iterator[Feature]:
    told = ", ".join(plural_free(source.table) for source in sources)

    def everything(window: Window) -> Composite:
        parts = tuple(replace(count(source), window=window) for source in sources)
        meaning = f"Everything recorded about the customer {window.words}: {told}."
        return Composite(f"activity_{window.name}", Formula.TOTAL, parts, "events", meaning)

    for window in sources[0].windows:
        yield everything(window)
    days = sources[0].days[0] if sources[0].days else None
    if days is not None:
        now, before = everything(Window(days)), everything(Window(days, days))
        meaning = f"Everything recorded in the last {days} days, as a multiple of the {days} days before."
        yield Composite(f"activity_trend_{days}d", Formula.RATIO, (now, before), "ratio", meaning)
