"""Features by the compiled kernel, by hand-written Polars and by plain pandas, side by side in one run.

    python benchmarks/features.py [--customers 50000] [--repeat 3]

A made-up CRM (transactions and interactions, about a million events), stored by customer and time; every customer is
asked about. `seconds` runs from tables in memory to features in memory, machine code loaded and imports done; at
twelve cutoffs from the files to the written file, imports included. `process` is the whole process. The floor reads the
same files and writes the same answer without computing anything. The answers of all sides are compared.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from crm.turns import Watch, keep, ratios, take_turns

TOLERANCE = 1e-9
AT_A_TIME = 3  # cutoffs measured and written together, which bounds the memory


def one_cutoff(side: str, folder: Path) -> dict[str, float]:
    import polars as pl
    from crm.made_up import features_of, moments, read

    from holdfast.features.build import build

    tables = read(folder)
    features, (cutoff,) = features_of(tables), moments(tables, 1, 30)
    ids = tables["customers"]["customer_id"]
    if side == "kernel":
        few = {name: table.head(1) for name, table in tables.items()}
        build(few, features, ids.head(1), [cutoff])  # machine code is loaded
        watch = Watch()
        answer = build(tables, features, ids, [cutoff], threads=2)
    elif side == "pandas":
        from crm.by_pandas import by_pandas

        mine = {name: table.to_pandas() for name, table in tables.items()}
        rows = pl.DataFrame({"customer_id": ids}).with_columns(
            pl.lit(cutoff).cast(pl.Datetime("us", "UTC")).alias("cutoff")
        )
        watch = Watch()
        answer = pl.from_pandas(by_pandas(mine, features, rows.to_pandas()))
    else:
        from crm.by_polars import by_polars

        watch = Watch()
        answer = by_polars(tables, features, cutoff, side.removeprefix("polars_"))
    told = watch.told()
    answer.write_parquet(folder / f"out_{side}" / "answer.parquet")
    return told | {"rows": answer.height, "features": len(features)}


def twelve_cutoffs(side: str, folder: Path) -> dict[str, float]:
    watch = Watch()
    import polars as pl

    out = folder / f"out_{side}"
    if side == "floor":
        answers = [pl.read_parquet(file) for file in sorted((folder / "out_kernel").glob("*.parquet"))]
        watch = Watch()
        tables = [pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))]
        for place, answer in enumerate(answers):
            answer.write_parquet(out / f"{place:02}.parquet")
        return watch.told() | {"rows": sum(answer.height for answer in answers), "tables": len(tables)}
    from crm.made_up import features_of, moments, read

    held = read(folder)
    features, cutoffs = features_of(held), moments(held, 12, 30)
    ids = held["customers"]["customer_id"]
    rows = 0
    if side == "kernel":
        from holdfast.features.build import build

        for place in range(0, len(cutoffs), AT_A_TIME):
            answer = build(held, features, ids, cutoffs[place : place + AT_A_TIME], threads=2)
            answer.write_parquet(out / f"{place:02}.parquet")
            rows += answer.height
    else:
        from crm.by_pandas import by_pandas

        asked = pl.DataFrame({"cutoff": cutoffs}).cast(pl.Datetime("us", "UTC")).join(ids.to_frame(), how="cross")
        mine = {name: table.to_pandas() for name, table in held.items()}
        del held
        answer = by_pandas(mine, features, asked.to_pandas())
        answer.to_parquet(out / "00.parquet", compression="zstd")
        rows = len(answer)
    return watch.told() | {"rows": rows, "features": len(features)}


def largest_difference(folder: Path, side: str) -> float:
    """The greatest relative difference to the kernel's answer; unknown must be unknown in both."""
    import numpy as np
    import polars as pl

    ours, theirs = (pl.read_parquet(folder / f"out_{one}" / "*.parquet") for one in ("kernel", side))
    keys = [key for key in ("cutoff", "customer_id") if key in theirs.columns]
    ours, theirs = ours.sort(keys), theirs.sort(keys)
    assert ours["customer_id"].equals(theirs["customer_id"])
    worst = 0.0
    for name in ours.columns[2:]:
        if ours[name].dtype == pl.String:
            assert ours[name].equals(theirs[name].cast(pl.String)), name
            continue
        mine, other = (column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (ours[name], theirs[name]))
        assert (np.isnan(mine) == np.isnan(other)).all(), name
        scale = np.maximum(np.maximum(np.abs(mine), np.abs(other)), 1.0)
        worst = max(worst, float(np.nanmax(np.abs(mine - other) / scale, initial=0.0)))
    assert worst < TOLERANCE, worst
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=["one", "twelve"])
    parser.add_argument("--side")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cutoffs", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.side:
        work = one_cutoff if chosen.cutoffs == 1 else twelve_cutoffs
        print(json.dumps(work(chosen.side, chosen.folder)))
        return
    from crm.made_up import make_up

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_up(chosen.customers, folder)
        if chosen.only != "twelve":
            sides = ["kernel", "polars_wide", "polars_filtered", "pandas"]
            record = run(sides, folder, chosen.repeat, 1)
            best = min(sides[1:3], key=lambda side: record["sides"][side]["seconds"])
            found = record["sides"]
            record["ratios"] = {
                f"kernel / {best}": ratios(found, "kernel", best),
                "pandas / kernel": ratios(found, "pandas", "kernel"),
            }
            keep("features_one_cutoff", record | {"best_polars": best})
        if chosen.only != "one":
            record = run(["kernel", "floor", "pandas"], folder, chosen.repeat, 12)
            found = record["sides"]
            record["ratios"] = {
                "kernel / floor": ratios(found, "kernel", "floor"),
                "pandas / kernel": ratios(found, "pandas", "kernel"),
            }
            keep("features_twelve_cutoffs", record)


def run(sides: list[str], folder: Path, repeat: int, cutoffs: int) -> dict[str, Any]:
    for side in sides:
        for file in (folder / f"out_{side}").glob("*"):
            file.unlink()
    found = take_turns(__file__, sides, folder, repeat, ["--cutoffs", str(cutoffs)])
    differences = {side: largest_difference(folder, side) for side in sides[1:] if side != "floor"}
    first = found["kernel"]
    print(f"{cutoffs} cutoff(s), {first['features']:.0f} features, {first['rows']:,.0f} rows, medians of {repeat}:")
    return {
        "customers": int(first["rows"] / cutoffs),
        "cutoffs": cutoffs,
        "medians_of": repeat,
        "sides": found,
        "largest_relative_difference": differences,
    }


if __name__ == "__main__":
    sys.exit(main())
