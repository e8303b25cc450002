"""Customers of a published run: conditions in; pages, totals and counts by group out, which always agree."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import polars as pl
import sqlalchemy as sa

from holdfast.decisions.plan_words import why_in_a_line
from holdfast.errors import HoldfastError, NotFoundError
from holdfast.service.pages.cautions import cautions
from holdfast.service.pages.contract import contract_of, settings_of
from holdfast.service.pages.rows_set_aside import set_aside_in_words
from holdfast.service.results_database import MOST_ROWS, PublishedResults, PublishedRun, no_such_customer
from holdfast.store.results.columns import FACETS, SORTS, TOTALS, RunColumns
from holdfast.store.results.customer_query import CustomerQuery, query_from_record, with_condition
from holdfast.store.results.read import rows_by_key
from holdfast.store.results.schema import LIST_ENTRIES, LISTS, TENANTS
from holdfast.tables.outputs import PREDICTIONS

__all__ = [
    "FACETS",
    "SORTS",
    "TOTALS",
    "CustomerPage",
    "CustomerQuery",
    "Selection",
    "customer_page",
    "one_customer",
    "with_condition",
]

OF_KNOWN = ("lifecycle", "value_tier", "tenure_days", "cohort_month", "cohort_week")
_NO_PREDICTION: Mapping[str, Any] = dict.fromkeys(PREDICTIONS.names)


@dataclass(frozen=True)
class CustomerPage:
    """Some customers of a list, and where the next and the ones before begin."""

    run: PublishedRun
    rows: list[dict[str, Any]]
    total: int  # customers that meet the conditions, on all pages
    next_cursor: str | None  # None: this was the last page
    previous_cursor: str | None  # None: this was the first


@dataclass(frozen=True)
class Selection:
    """The customers of a run that meet a query."""

    results: PublishedResults
    tenant: str
    columns: RunColumns
    query: CustomerQuery
    mask: pl.Series

    @classmethod
    def of(cls, results: PublishedResults, tenant: str, query: CustomerQuery, run: str | None = None) -> Self:
        """Find the customers.

        Args:
            results: the database.
            tenant: whose.
            query: the conditions.
            run: its name; None: the current one.

        Raises:
            NotFoundError: nothing is published, or there is no such run or list.
            HoldfastError: an order that there is not.
        """
        if query.sort not in SORTS:
            raise HoldfastError(
                f"Customers cannot be ordered by {query.sort!r}.", fix=f"Use one of {', '.join(SORTS)}."
            )
        columns = results.columns(tenant, results.run(tenant, run))
        if query.search:  # who searches a whole id finds the customer, however it is written
            (written,) = results.written_as(tenant, [query.search])
            query = query if columns.position(written) is None else replace(query, search=written)
        return cls(results, tenant, columns, query, _mask(results, tenant, columns, query))

    @property
    def run(self) -> PublishedRun:
        """The run that the customers are of."""
        return self.columns.run

    def totals(self) -> dict[str, Any]:
        """What they come to together: `TOTALS`."""
        return self.columns.totals(self.mask)

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """How many have each band, segment, tier, offer...: by all conditions but those on the same column."""
        if self.query.in_list is None:
            return self.columns.facets(self.query)
        result = {}
        for name in FACETS:
            others = with_condition(self.query, name)
            mask = _mask(self.results, self.tenant, self.columns, others)
            result[name] = self.columns.counts(name, mask)
        return result

    def ids(self, most: int | None = None) -> list[str]:
        """Their ids in the order of the query."""
        ranks = self.columns.ranks(self.mask, self.query.sort, descending=self.query.is_descending)
        return self._ids(ranks[:most])

    def _ids(self, ranks: Any) -> list[str]:
        positions = self.columns.positions(ranks, self.query.sort, descending=self.query.is_descending)
        return [str(each) for each in self.columns.frame["customer_id"].gather(positions).to_list()]

    def rows(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Their rows in the order of the ids, with `why` as every list says it; nulls where there is no prediction."""
        with self.results.reading() as connection:
            rows: dict[str, dict[str, Any]] = {}
            for start in range(0, len(ids), MOST_ROWS):
                rows |= rows_by_key(connection, self.run, PREDICTIONS.path, ids[start : start + MOST_ROWS])
        positions = self.columns.positions_of(ids)
        present = pl.Series([each for each in positions if each is not None], dtype=pl.UInt32)
        of_records = iter(self.columns.frame.select(pl.col(OF_KNOWN).gather(present)).to_dicts())
        complete = (
            {**_NO_PREDICTION, "customer_id": each, **rows.get(each, {}), **({} if at is None else next(of_records))}
            for each, at in zip(ids, positions, strict=True)
        )
        return [row | {"why": why_in_a_line(row, self.run.currency)} for row in complete]

    def page(self, cursor: str | None = None) -> CustomerPage:
        """At most `query.limit` of them.

        Args:
            cursor: `next_cursor` or `previous_cursor` of a page with the same conditions.

        Raises:
            HoldfastError: a cursor that no page gave.
        """
        limit = min(max(self.query.limit, 1), MOST_ROWS)
        ranks = self.columns.ranks(self.mask, self.query.sort, descending=self.query.is_descending)
        first = 0
        if cursor is not None:
            position = _Position.from_text(cursor)
            rank = self._rank_of(position)
            first = int(ranks.searchsorted(rank, side="right"))
            if position.is_backward:
                first = max(int(ranks.searchsorted(rank, side="left")) - limit, 0)
        shown = ranks[first : first + limit]
        rows = self.rows(self._ids(shown))
        has_next, has_previous = first + len(shown) < len(ranks), first > 0 and bool(rows)
        return CustomerPage(
            self.run,
            rows,
            len(ranks),
            self._cursor(rows[-1], int(shown[-1]), is_backward=False) if has_next and rows else None,
            self._cursor(rows[0], int(shown[0]), is_backward=True) if has_previous else None,
        )

    def _rank_of(self, position: "_Position") -> int:
        at = self.columns.position(position.customer_id)
        if at is None:  # was taken out since
            return position.rank
        return self.columns.rank(self.query.sort, descending=self.query.is_descending, position=at)

    def _cursor(self, row: Mapping[str, Any], rank: int, *, is_backward: bool) -> str:
        query = self.query
        return _Position(
            self.run.name, query.sort, query.is_descending, rank, row["customer_id"], is_backward
        ).to_text()


def customer_page(
    results: PublishedResults, tenant: str, query: CustomerQuery, *, run: str | None = None, cursor: str | None = None
) -> CustomerPage:
    """A page of customers.

    Args:
        results: the database.
        tenant: whose.
        query: conditions, order and length of the page.
        run: its name; None: the current one.
        cursor: of the page before or after; its run and order go on, also where a newer run was published.

    Raises:
        NotFoundError: nothing is published, or there is no such run or list.
        HoldfastError: a cursor that no page gave, or an order that there is not.
    """
    if cursor is not None:
        position = _Position.from_text(cursor)
        run, query = position.run, replace(query, sort=position.sort, descending=position.descending)
    return Selection.of(results, tenant, query, run).page(cursor)


def one_customer(results: PublishedResults, tenant: str, customer_id: str) -> dict[str, Any]:
    """A customer's row, also of one without a prediction.

    Returns:
        The row with `caution` (what the worth rests on, if on little) and `contract` (as `contract_of`).

    Raises:
        NotFoundError: nothing is published, or the records hold nobody of that id.
    """
    selection = Selection.of(results, tenant, CustomerQuery(who="everyone"))
    (written,) = results.written_as(tenant, [customer_id])
    if selection.columns.position(written) is None:
        raise _not_in_the_run(results, tenant, selection.run, customer_id, written)
    run = selection.run
    folder = results.run_folder(tenant, run)
    careful = cautions(folder, [written], run.currency)
    contract = contract_of(folder, settings_of(results, run), written, run.cutoff)
    return selection.rows([written])[0] | {"caution": careful.get(written), "contract": contract}


def _not_in_the_run(
    results: PublishedResults, tenant: str, run: PublishedRun, customer_id: str, written: str
) -> NotFoundError:
    """That the run holds nobody of this id, or that all rows of the customer were set aside."""
    folder, settings = results.run_folder(tenant, run), settings_of(results, run)
    if folder is None or settings is None:
        return no_such_customer(customer_id)
    aside = set_aside_in_words(folder, settings, written)
    return (
        NotFoundError(aside, fix="GET /api/v1/quality/set-aside lists the rows that were set aside.")
        if aside
        else no_such_customer(customer_id)
    )


def _mask(results: PublishedResults, tenant: str, columns: RunColumns, query: CustomerQuery) -> pl.Series:
    if query.in_list is None:
        return columns.mask(query)
    rule = rule_of(results, tenant, query.in_list)
    if rule is None:
        return columns.mask(query, static_members(results, tenant, query.in_list))
    return columns.mask(replace(query, in_list=None)) & columns.mask(rule)


def rule_of(results: PublishedResults, tenant: str, list_id: int) -> CustomerQuery | None:
    """The rule of a list; None: its members are fixed.

    Raises:
        NotFoundError: the tenant has no such list.
    """
    query = (
        sa.select(LISTS.c.rule)
        .join_from(LISTS, TENANTS, LISTS.c.tenant_id == TENANTS.c.id)
        .where(LISTS.c.id == list_id, TENANTS.c.name == tenant)
    )
    with results.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise no_such_list(list_id)
    return None if row.rule is None else query_from_record(json.loads(row.rule))


def static_members(results: PublishedResults, tenant: str, list_id: int) -> pl.Series:
    """The ids of the fixed members of a list."""
    query = (
        sa.select(LIST_ENTRIES.c.customer_id)
        .join_from(LIST_ENTRIES, TENANTS, LIST_ENTRIES.c.tenant_id == TENANTS.c.id)
        .where(LIST_ENTRIES.c.list_id == list_id, TENANTS.c.name == tenant)
    )
    with results.reading() as connection:
        return pl.Series("customer_id", list(connection.scalars(query)), dtype=pl.String)


def no_such_list(list_id: int) -> NotFoundError:
    """What to say of a list that is not there."""
    return NotFoundError(f"There is no list {list_id}.", fix="GET /api/v1/lists lists them.")


def _broken_cursor() -> HoldfastError:
    return HoldfastError("This cursor is none that a page gave.", fix="Begin again, without a cursor.")


@dataclass(frozen=True)
class _Position:
    """Where a page began or ended, as the text that callers hand back."""

    run: str
    sort: str
    descending: bool
    rank: int
    customer_id: str
    is_backward: bool

    def to_text(self) -> str:
        values = [self.run, self.sort, self.descending, self.rank, self.customer_id, self.is_backward]
        return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        try:
            run, sort, descending, rank, customer_id, is_backward = json.loads(base64.urlsafe_b64decode(text.encode()))
        except (ValueError, TypeError) as error:
            raise _broken_cursor() from error
        is_text = isinstance(run, str) and isinstance(customer_id, str)
        are_flags = isinstance(descending, bool) and isinstance(is_backward, bool)
        is_rank = isinstance(rank, int) and not isinstance(rank, bool) and 0 <= rank < 2**53
        if not (is_text and are_flags and is_rank) or sort not in SORTS:
            raise _broken_cursor()
        return cls(run, sort, descending, rank, customer_id, is_backward)
