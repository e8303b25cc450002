"""Times without a given format: what one value is read as never hangs on the values beside it."""

import itertools

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from holdfast.quality.parsing.times import _UNAMBIGUOUS, _parsed, read_times

DATES = ["2026-01-02", "2026-1-2", "2026/01/02", "20260102", "2026-01", "26-01-02", "+2026-01-02", "202601021", "2026"]
BETWEEN = ["", " ", "T", "  ", "t"]
CLOCKS = ["", "10:11", "10:11:12", "1:2:3", "10:11:12.5", "10:11:12.123456", "10:11:12,5", "24:00", "101112", "10"]
ZONES = ["", "Z", "+00", "+0000", "+01:00", " +0100", "-0500", "UTC", "+0"]
TEXTS = ["".join(parts) for parts in itertools.product(DATES, BETWEEN, CLOCKS, ZONES)]


def test_no_text_fits_two_of_the_layouts_that_are_tried() -> None:
    texts = pl.Series(TEXTS)
    fits = pl.DataFrame([_parsed(texts, layout).is_not_null().alias(layout) for layout in _UNAMBIGUOUS])
    assert fits.select(pl.sum_horizontal(pl.all())).to_series().max() == 1
    assert all(fits[layout].any() for layout in _UNAMBIGUOUS)


@given(st.lists(st.one_of(st.none(), st.sampled_from(TEXTS)), max_size=8), st.integers(0, 8))
def test_a_column_is_read_as_its_parts_are(texts: list[str | None], cut: int) -> None:
    whole = read_times(pl.Series(texts, dtype=pl.String), None, "Europe/Berlin")
    parts = [read_times(pl.Series(part, dtype=pl.String), None, "Europe/Berlin") for part in (texts[:cut], texts[cut:])]
    assert whole.values.equals(pl.concat([part.values for part in parts]))
    assert whole.repeated_hour == sum(part.repeated_hour for part in parts)
