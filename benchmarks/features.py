"""Features by the compiled kernel, by hand-written Polars and by plain pandas, side by side in one run.

    python benchmarks/features.py [--customers 50000] [--repeat 3]

A simulated CRM (transactions and interactions, about a million events), stored by customer and time; every customer is
asked about. `seconds` runs from tables in memory to features in memory, machine code loaded and imports done; at
twelve cutoffs from the files to the written files. `ready_` is what imports and machine code took before, `process` the
whole process. The floor reads the same files and writes the same files without computing anything, all of them zstd
with one group of rows a file; its process reads the answers too. The answers of all sides are compared.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from crm.turns import Watch, keep, ratios, take_turns

TOLERANCE = 1e-9
ROWS_AT_ONCE = 32_768
COMPRESSION = "zstd"  # of what every side writes, at the level that is usual with it


def one_cutoff(side: str, folder: Path) -> dict[str, float]:
    import polars as pl
    from crm.simulated import features_of, moments, read

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
    measured = watch.measured()
    answer.write_parquet(folder / f"out_{side}" / "answer.parquet")
    return measured | {"rows": answer.height, "features": len(features)}


def twelve_cutoffs(side: str, folder: Path) -> dict[str, float]:
    """From the files to the written files; imports, and the kernel's machine code, are there when the clock starts."""
    out = folder / f"out_{side}"
    if side == "floor":
        return floor(folder, out)
    if side == "pandas":
        return pandas_at_twelve(folder, out)
    return kernel_at_twelve(folder, out)


def floor(folder: Path, out: Path) -> dict[str, float]:
    import polars as pl

    answers = {file.name: pl.read_parquet(file) for file in sorted((folder / "out_kernel").glob("*.parquet"))}
    watch = Watch()
    tables = [pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))]
    for name, answer in answers.items():
        write(answer, out / name)
    return watch.measured() | {"files": len(answers), "tables": len(tables)}


def pandas_at_twelve(folder: Path, out: Path) -> dict[str, float]:
    import polars as pl
    from crm.by_pandas import by_pandas
    from crm.simulated import features_of, moments, read

    watch = Watch()
    tables = read(folder)
    features, cutoffs = features_of(tables), moments(tables, 12, 30)
    requested = pl.DataFrame({"cutoff": cutoffs}).cast(pl.Datetime("us", "UTC"))
    requested = requested.join(tables["customers"].select("customer_id"), how="cross")
    mine = {name: table.to_pandas() for name, table in tables.items()}
    del tables
    answer = by_pandas(mine, features, requested.to_pandas())
    answer.to_parquet(out / "answer.parquet", compression=COMPRESSION)
    return watch.measured() | {"rows": len(answer), "features": len(features)}


def kernel_at_twelve(folder: Path, out: Path) -> dict[str, float]:
    """Customer by customer, as the store has them; one thread writes what is there while others measure."""
    before = Watch()
    from concurrent.futures import Future, ThreadPoolExecutor

    import polars as pl
    from crm.simulated import KINDS, features_of, moments, read

    from holdfast.features.build import add_scores, columns_for_scores, measure_rows
    from holdfast.features.requests import CustomerRows

    few = {name: pl.scan_parquet(folder / f"{name}.parquet").head(1).collect() for name in KINDS}
    item = few["customers"].select("customer_id", cutoff=pl.lit(None, pl.Datetime("us", "UTC")))
    measure_rows(few, features_of(few), item, 1)  # machine code is loaded
    ready = {f"ready_{key}": value for key, value in before.measured().items() if key != "peak_mb"}
    watch = Watch()
    tables = read(folder)
    features, cutoffs = features_of(tables), moments(tables, 12, 30)
    names, needed = [feature.name for feature in features], columns_for_scores(features)
    moments_asked = pl.DataFrame({"cutoff": cutoffs}).cast(pl.Datetime("us", "UTC"))
    tables["customers"] = tables["customers"].sort("customer_id")
    requests = tables["customers"].select("customer_id").join(moments_asked, how="cross", maintain_order="left_right")
    by_customer, step = CustomerRows.of(tables), ROWS_AT_ONCE // len(cutoffs)
    rows, for_ranks, waiting = 0, [], list[Future[None]]()
    with ThreadPoolExecutor(1) as writer:
        for number, begin in enumerate(range(0, len(by_customer.ids), step)):
            some = by_customer.slice(tables, begin, min(begin + step, len(by_customer.ids)))
            block = measure_rows(some, features, requests.slice(begin * len(cutoffs), step * len(cutoffs)), 2)
            # A copy: a column may be part of the memory of its whole block.
            for_ranks.append(block.select(pl.col(needed).gather(pl.int_range(pl.len()))))
            wanted = block.select("customer_id", "cutoff", *(name for name in names if name in block.columns))
            if waiting:
                waiting.pop().result()  # at most one block waits to be written
            waiting.append(writer.submit(write, wanted, out / f"answer_{number:03}.parquet"))
            rows += block.height
        scored = [name for name in names if name not in wanted.columns]
        scores = add_scores(pl.concat(for_ranks), features).select("customer_id", "cutoff", *scored)
        write(scores, out / "scores.parquet")
        waiting.pop().result()
    return watch.measured() | ready | {"rows": rows, "features": len(features)}


def write(frame: Any, file: Path) -> None:
    """One group of rows a file, and the compression of all sides."""
    frame.write_parquet(file, compression=COMPRESSION, row_group_size=frame.height)


def answer_of(folder: Path, side: str) -> Any:
    """Whole, by cutoff and customer."""
    import polars as pl

    index = folder / f"out_{side}"
    answer = pl.read_parquet(index / "answer*.parquet")
    keys = [key for key in ("cutoff", "customer_id") if key in answer.columns]
    if (index / "scores.parquet").is_file():
        scores = pl.read_parquet(index / "scores.parquet").drop(keys)  # they stand in the order of the answer
        answer = answer.hstack(scores)
    return answer.sort(keys)


def largest_difference(folder: Path, side: str) -> float:
    """The greatest relative difference to the kernel's answer; unknown must be unknown in both."""
    import numpy as np
    import polars as pl

    ours, theirs = (answer_of(folder, item) for item in ("kernel", side))
    assert ours["customer_id"].equals(theirs["customer_id"])
    worst = 0.0
    for name in set(ours.columns) - {"customer_id", "cutoff"}:
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
    parser.add_argument("--repeat-pandas", type=int, help="at twelve cutoffs, where pandas takes minutes")
    parser.add_argument("--customers-pandas", type=int, help="the same")
    parser.add_argument("--only", choices=["one", "twelve"])
    parser.add_argument("--side")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cutoffs", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.side:
        work = one_cutoff if chosen.cutoffs == 1 else twelve_cutoffs
        print(json.dumps(work(chosen.side, chosen.folder)))
        return
    from crm.simulated import simulate_table

    with tempfile.TemporaryDirectory() as created:
        folder = Path(created)
        simulate_table(chosen.customers, folder)
        if chosen.only != "twelve":
            sides = ["kernel", "polars_wide", "polars_filtered", "pandas"]
            record = run(sides, folder, chosen.repeat, 1)
            best = min(sides[1:3], key=lambda side: record["sides"][side]["seconds"])
            results = record["sides"]
            record["ratios"] = {
                f"kernel / {best}": ratios(results, "kernel", best),
                "pandas / kernel": ratios(results, "pandas", "kernel"),
            }
            keep("features_one_cutoff", record | {"best_polars": best})
        if chosen.only != "one":
            record = run(["kernel", "floor"], folder, chosen.repeat, 12) | {"compression": COMPRESSION}
            record["ratios"] = {"kernel / floor": ratios(record["sides"], "kernel", "floor")}
            keep("features_twelve_cutoffs", record)
    if chosen.only != "one":
        with tempfile.TemporaryDirectory() as created:
            folder = Path(created)
            simulate_table(chosen.customers_pandas or chosen.customers, folder)
            beside = run(["kernel", "pandas"], folder, chosen.repeat_pandas or chosen.repeat, 12)
            ratio = {"pandas / kernel": ratios(beside["sides"], "pandas", "kernel")}
            keep("features_twelve_cutoffs", record | {"beside_pandas": beside | {"ratios": ratio}})
            print(f"  pandas / kernel: {ratio['pandas / kernel']}")


def run(sides: list[str], folder: Path, repeat: int, cutoffs: int) -> dict[str, Any]:
    for side in sides:
        for file in (folder / f"out_{side}").glob("*"):
            file.unlink()
    results = take_turns(__file__, sides, folder, repeat, ["--cutoffs", str(cutoffs)])
    differences = {side: largest_difference(folder, side) for side in sides if side not in ("kernel", "floor")}
    first = results[sides[0]]
    print(f"{cutoffs} cutoff(s), {first['features']:.0f} features, {first['rows']:,.0f} rows, medians of {repeat}:")
    return {
        "customers": int(first["rows"] / cutoffs),
        "cutoffs": cutoffs,
        "medians_of": repeat,
        "sides": results,
        "largest_relative_difference": differences,
    }


if __name__ == "__main__":
    sys.exit(main())
