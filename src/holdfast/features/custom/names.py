"""Names of own features: written as all features are, and true about their windows."""

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
    """What is wrong with how a name is written, and what would be right; empty where nothing is."""
    right = slug(name)
    while right and not right[0].isalpha():
        right = right[1:].lstrip("_")
    if not name or name != right or len(name) > LONGEST:
        return right[:LONGEST].rstrip("_") or "my_feature"
    return ""


def false_window(name: str, feature: Feature) -> str:
    """The part of a name that speaks of a window which the feature does not look at; empty where all is true."""
    windows = {*_windows(feature)}
    days = {window.days for window in windows} | {window.ends_days_ago for window in windows}
    days |= {window.days + window.ends_days_ago for window in windows if window.days is not None}
    parts = [f"_{part.name}_" for part in feature.inputs] if isinstance(feature, Composite) else []
    for found in (*_DAYS.finditer(name), *_EVER.finditer(name)):
        told = found[0].strip("_")
        is_true = None in days if told == "ever" else _count(found) in days
        if not is_true and not any(f"_{told}_" in part for part in parts):
            return told
    return ""


def _count(found: re.Match[str]) -> int:
    return int(found[1]) * (7 if found[2].startswith("w") else 1)


def nearest(word: str, known: Collection[str], *, or_all: bool = True) -> str:
    """The known word that was probably meant; with `or_all` a sentence, which lists some where none is near."""
    near = difflib.get_close_matches(word, known, n=1)
    if not or_all:
        return near[0] if near else ""
    if near:
        return f"Did you mean {near[0]}?"
    few = sorted(known)[:12]
    more = f" and {len(known) - len(few):,} more" if len(known) > len(few) else ""
    return f"Known are: {', '.join(few)}{more}." if few else "There are none."


def _windows(feature: Feature) -> Iterator[Window]:
    if isinstance(feature, Composite):
        for part in feature.inputs:
            yield from _windows(part)
    elif isinstance(feature, Aggregate):
        yield feature.window
