"""Reports with groups as plain tables: the heading above the lines of each group becomes a column of these lines."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from holdfast.inference.guesses import Sample
from holdfast.inference.words.names import own_name
from holdfast.notation.grouped_rows import headings_of, with_headings_apart, with_headings_below
from holdfast.table_settings import CarrySettings


def with_headings_as_columns(samples: Sequence[Sample]) -> tuple[list[Sample], dict[str, CarrySettings]]:
    """The samples, those of reports with groups without headings and totals; and how each of these is read."""
    result, settings = [], {}
    for sample in samples:
        groups = headings_of(sample.frame) if sample.is_whole and sample.headed else None
        if groups is None:
            result.append(sample)
            continue
        name, frame, shared = groups.column, sample.frame, ""
        if groups.is_shared:
            name, shared = own_name("heading", sample.frame.columns), groups.column
            frame = with_headings_apart(frame, shared, groups.lines_have, name)
        settings[sample.name] = CarrySettings(lines_have=groups.lines_have, columns=(name,), headings_in=shared)
        frame = with_headings_below(frame, [name], groups.lines_have, {}).filter(pl.col(name).is_not_null())
        result.append(replace(sample, frame=frame, records=frame.height, heading=name, files=()))
    return result, settings
