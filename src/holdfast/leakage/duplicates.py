"""Customers and events in; findings of one person under several ids: models would be tested on whom they know."""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.leakage.evidence import Evidence, shown
from holdfast.leakage.findings import Finding, Grade, Leak

LEAST_GROUPS = 5  # of ids that belong to one person each, and ...
LEAST_SHARE = 0.001  # ... of all customers, from which it is a finding
LEAST_MOMENTS = 6  # of a history that few others have too, and ...
LEAST_STEPS = 4  # ... different steps from one moment to the next: monthly bills of one day are alike by nature
MOST_ALIKE = 5  # ids in a group; more are alike by nature
LEAST_COLUMNS = 5  # of a snapshot; fewer are alike by chance
APART = 3  # columns in which everybody else differs from a row and its twin
MOST_MEASURED = 300  # groups of equal rows whose neighbours are searched
_CODES, _CONTACTS = 0.95, 0.50  # of the values, that occur once where a column names persons
_CONTACT = re.compile(r"e.?mail|phone|mobile|iban|ssn|passport|tax.?id|insurance.?n|msisdn", re.IGNORECASE)
_CODE = re.compile(r"(?:^|_)(?:id|uuid|guid|number|nr|no|code|card|key|account|member)(?:$|_)", re.IGNORECASE)
_OF_MANY = re.compile(r"zip|post|area|city|region|country|birth|name|address|street", re.IGNORECASE)


def same_identity(evidence: Evidence) -> Iterator[Finding]:
    """Columns that name a person (e-mail, telephone, a code) and stand under several ids."""
    people = evidence.tables["customers"]
    for name, dtype in people.schema.items():
        if dtype != pl.String or name == "customer_id" or _OF_MANY.search(name):
            continue
        values = people.select("customer_id", pl.col(name).str.strip_chars().str.to_lowercase().alias("value"))
        values = values.filter(pl.col("value").str.len_chars() >= 4)
        is_contact = _CONTACT.search(name) is not None or values.filter(pl.col("value").str.contains("@")).height > (
            0.8 * values.height
        )
        if not values.height or not (is_contact or _CODE.search(name)):
            continue
        groups = values.group_by("value", maintain_order=True).agg("customer_id")
        groups = groups.with_columns(pl.col("customer_id").list.len().alias("ids"))
        alone = groups.filter(ids=1).height
        if alone < (_CONTACTS if is_contact else _CODES) * groups.height:
            continue
        # A value that very many share is a placeholder, such as none@example.com.
        twins = groups.filter(pl.col("ids").is_between(2, MOST_ALIKE))
        yield from _finding(
            evidence,
            twins["customer_id"].to_list(),
            f"customers.{name}",
            f"the same {name}",
            evidence.tables["customers"].height,
        )


def same_history(evidence: Evidence) -> Iterator[Finding]:
    """Ids with the same events at the same moments, in every table."""
    moments = _moments(evidence)
    # A mailing to thousands at one moment says nothing of one of them.
    own = pl.len().over("happened_at", "content") <= MOST_ALIKE
    histories = (
        moments.with_columns(own.alias("own"))
        .group_by("customer_id", maintain_order=True)
        .agg(
            pl.col("own").sum().alias("moments"),
            pl.col("step").filter("own").n_unique().alias("steps"),
            pl.col("content").sum().alias("history"),
        )
    )
    rich = histories.filter(pl.col("moments") >= LEAST_MOMENTS, pl.col("steps") >= LEAST_STEPS)
    groups = (
        rich.group_by("history", "moments", maintain_order=True)
        .agg("customer_id")
        .filter(pl.col("customer_id").list.len().is_between(2, MOST_ALIKE))
    )
    where = "events of " + ", ".join(evidence.events)
    yield from _finding(
        evidence, groups["customer_id"].to_list(), where, "the same events at the same moments", rich.height
    )


def _moments(evidence: Evidence) -> pl.DataFrame:
    """One row a customer and moment: a hash of all that was recorded then, and of the step from the moment before."""
    frames = []
    for name, table in evidence.events.items():
        # What numbers the rows differs between copies of one person.
        columns = [
            column
            for column in table.columns
            if column not in {"customer_id", "known_at"} and not _numbers_rows(table[column])
        ]
        content = table.select(columns).hash_rows(seed=_seed(name))
        frames.append(table.select("customer_id", "happened_at").with_columns(content.alias("content")))
    rows = pl.concat(frames).group_by("customer_id", "happened_at").agg(pl.col("content").sum())
    rows = rows.sort("customer_id", "happened_at")
    day = pl.col("happened_at").diff().over("customer_id").dt.total_days()
    month = pl.when(day.is_between(28, 31)).then(30).when(day.is_between(6, 8)).then(7).otherwise(day)
    return rows.with_columns(month.fill_null(-1).alias("step"))


def _numbers_rows(values: pl.Series) -> bool:
    return values.dtype == pl.String and values.drop_nulls().n_unique() > 0.5 * max(
        len(values) - values.null_count(), 1
    )


def _seed(name: str) -> int:
    return sum(position * ord(letter) for position, letter in enumerate(name, 1))


def same_row(evidence: Evidence) -> Iterator[Finding]:
    """Rows of a snapshot that are alike in every column, where nobody else comes close.

    Where rows say little, many are alike by chance; but then others differ in one or two columns only. A row with a
    twin and no such neighbour is a copy.
    """
    people = evidence.tables["customers"]
    columns = [name for name in people.columns if name not in {"customer_id", "label"} and people[name].n_unique() > 1]
    if len(columns) < LEAST_COLUMNS or people.height < LEAST_GROUPS * 2:
        return
    hashes = np.stack([people[name].hash(seed=_seed(name)).to_numpy() for name in columns])
    frame = people.select("customer_id", pl.Series("whole", np.add.reduce(hashes))).with_row_index("position")
    groups = frame.group_by("whole", maintain_order=True).agg("position", "customer_id")
    alike = groups.filter(pl.col("position").list.len().is_between(2, MOST_ALIKE))
    probed = alike.gather_every(max(alike.height // MOST_MEASURED, 1)).head(MOST_MEASURED)
    copies = [
        ids
        for positions, ids in probed.select("position", "customer_id").iter_rows()
        if _stands_apart(hashes, positions[0])
    ]
    words = f"the same values in all {len(columns)} columns, while nobody else is alike in {len(columns) - 2} of them"
    # Of very many groups a part is measured, and stands for all.
    times = max(alike.height / max(probed.height, 1), 1.0)
    yield from _finding(evidence, copies, "customers", words, round(people.height / times))


def _stands_apart(hashes: NDArray[np.uint64], position: int) -> bool:
    """Whether everybody else but the twins of a row differs from it in three columns or more."""
    differing = (hashes != hashes[:, [position]]).sum(axis=0)
    others = differing[differing > 0]
    return bool(others.size and others.min() >= APART)


def _finding(evidence: Evidence, groups: list[list[str]], where: str, words: str, customers: int) -> Iterator[Finding]:
    if len(groups) < max(LEAST_GROUPS, LEAST_SHARE * customers):
        return
    ids = [name for group in groups for name in group]
    persons = [position for position, group in enumerate(groups) for _ in group]
    sides = evidence.sides.join(pl.DataFrame({"customer_id": ids, "person": persons}), on="customer_id")
    by_person = sides.group_by("person").agg(pl.col("customer_id", "side").n_unique())
    across = by_person.filter(pl.col("customer_id") > 1, pl.col("side") > 1).height
    yield Finding(
        Leak.SAME_CUSTOMER,
        where,
        Grade.SEVERE if across else Grade.LOOK,
        f"{len(groups):,} groups of ids ({len(ids):,} of {customers:,} customers) have {words}; {across:,} of the "
        "groups stand on several sides of the split, so that a model is tested on whom it was trained on.",
        "Give each person one id in the source, in every table; the first are " + " = ".join(sorted(groups[0])) + ".",
        {"groups": len(groups), "ids": len(ids), "customers": customers, "groups_across_sides": across},
        (),
        shown(pl.Series(ids)),
    )
