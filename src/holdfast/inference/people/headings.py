"""Reports with groups as plain tables: the heading above the lines of each group becomes a column of these lines."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.guesses import Sample
from holdfast.notation.grouped_rows import headings_of, with_headings_below
from holdfast.table_settings import CarrySettings


def with_headings_as_columns(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, CarrySettings]]:
    """The samples, those of reports with groups without headings and totals; and how each of these is read."""
    result, settings = [], {}
    for sample in samples:
        name, lines_have = headings_of(sample.frame) if sample.is_whole and sample.headed else ("", "")
        if not name:
            result.append(sample)
        else:
            settings[sample.name] = CarrySettings(lines_have=lines_have, columns=(name,))
            frame = with_headings_below(sample.frame, [name], lines_have, {}).filter(pl.col(name).is_not_null())
            result.append(replace(sample, frame=frame, records=frame.height, heading=name, files=()))
    return result, settings
