"""Names of custom features: spelt as all features are, and true about their windows."""

import difflib
import re
from collections.abc import Collection, Iterator

from holdfast.cutoffs.outcomes import OUTCOME_NAMES
from holdfast.features.spec import Aggregate, Composite, Feature, Window, slug

RESERVED = frozenset({"customer_id", "cutoff", *OUTCOME_NAMES})  # columns that stand beside features
LONGEST = 100
_DAYS = re.compile(r"(?:^|_)(\d+)_?(d|days?|w|weeks?)(?=_|$)")
_EVER = re.compile(r"(?:^|_)ever(?=_|$)")


def corrected_name(name: str) -> str:
    """A name that is spelt as features are, made from one that is not; empty where the name is right."""
    right = slug(name)
    while right and not right[0].isalpha():
        right = right[1:].lstrip("_")
    if not name or name != right or len(name) > LONGEST:
        return right[:LONGEST].rstrip("_") or "my_feature"
    return ""


def false_window(name: str, feature: Feature) -> str:
    """The window that a name states and the feature does not have; empty where the name is true."""
    windows = {*_windows(feature)}
    days = {window.days for window in windows} | {window.ends_days_ago for window in windows}
    days |= {window.days + window.ends_days_ago for window in windows if window.days is not None}
    inputs = [f"_{input_.name}_" for input_ in feature.inputs] if isinstance(feature, Composite) else []
    for match in (*_DAYS.finditer(name), *_EVER.finditer(name)):
        stated = match[0].strip("_")
        is_true = None in days if stated == "ever" else _count(match) in days
        if not is_true and not any(f"_{stated}_" in input_ for input_ in inputs):
            return stated
    return ""


def _count(match: re.Match[str]) -> int:
    return int(match[1]) * (7 if match[2].startswith("w") else 1)


def nearest(name: str, names: Collection[str], *, or_all: bool = True) -> str:
    """The known name closest to an unknown one; with `or_all` a sentence, which lists some where none is close."""
    close = difflib.get_close_matches(name, names, n=1)
    if not or_all:
        return close[0] if close else ""
    if close:
        return f"Did you mean {close[0]}?"
    shown = sorted(names)[:12]
    rest = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return f"Known are: {', '.join(shown)}{rest}." if shown else "There are none."


def _windows(feature: Feature) -> Iterator[Window]:
    if isinstance(feature, Composite):
        for input_ in feature.inputs:
            yield from _windows(input_)
    elif isinstance(feature, Aggregate):
        yield feature.window
