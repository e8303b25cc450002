"use client";
// Every customer, by any rule: filters in the URL, live count, rows without end, columns chosen, views saved.
import { type InfiniteData, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

import { useAnswer } from "@/api/answers";
import { type Answer, type ApiProblem, ask, searchText, type Values } from "@/api/client";
import { useRun } from "@/frame/run";
import { ListBar } from "@/lists/ListBar";
import type { CustomerQuery } from "@/pages-map";
import { Button } from "@/parts/controls";
import { PageTitle } from "@/parts/PageTitle";
import { Empty, Problem, Skeleton } from "@/parts/states";
import { count, many, money } from "@/words/format";

import { Actions } from "./Actions";
import { useColumns } from "./choices";
import { ColumnChooser } from "./ColumnChooser";
import { COLUMNS } from "./columns";
import { CustomerTable } from "./CustomerTable";
import { Chips, FilterButton } from "./FilterBar";
import { FILTERS, valuesOf } from "./filters";
import { useUrlQuery, withoutOrder } from "./url-query";

const PATH = "/api/v1/customers";
const ROWS = 100;
type Page = Answer<typeof PATH>;

function useCustomers(query: CustomerQuery) {
  return useInfiniteQuery<Page, ApiProblem, InfiniteData<Page, string | null>, readonly unknown[], string | null>({
    queryKey: [PATH, "list", searchText(query as Values)],
    queryFn: ({ pageParam, signal }) => ask(PATH, { values: { ...(query as Values), limit: ROWS, cursor: pageParam }, signal }),
    initialPageParam: null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function Customers() {
  const [query, setQuery] = useUrlQuery();
  const run = useRun();
  const today = useAnswer("/api/v1/today");
  const list = useCustomers(query);
  const [names, setNames] = useColumns();
  const columns = useMemo(() => names.flatMap((name) => COLUMNS.find((one) => one.name === name) ?? []), [names]);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.customers) ?? [], [list.data]);
  const { fetchNextPage, isFetchingNextPage } = list;
  const onEnd = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const first = list.data?.pages[0];
  const said = FILTERS.flatMap((filter) => valuesOf(query, filter.name).map(filter.say));
  const totals = useAnswer("/api/v1/customers/count", { values: withoutOrder(query), keepOld: true });
  return (
    <>
      <PageTitle page="customers">
        {first ? (
          <span data-total={first.total} aria-live="polite">
            {many(first.total, "customer")}
            {said.length ? `: ${said.slice(0, 3).join(", ")}${said.length > 3 ? ` and ${said.length - 3} more` : ""}` : ""}
          </span>
        ) : list.error ? (
          "Customers"
        ) : (
          <span className="skeleton inline-block h-6 w-64" />
        )}
      </PageTitle>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-2">
        <FilterButton query={query} onChange={setQuery} />
        <Actions query={query} total={first?.total ?? 0}>
          <ColumnChooser names={names} onChange={setNames} />
        </Actions>
      </div>
      <Chips query={query} onChange={setQuery} />
      {query.in_list != null && <ListBar id={query.in_list} />}
      {list.error && !list.data ? (
        <Problem error={list.error} onRetry={() => list.refetch()} />
      ) : !first ? (
        <Skeleton rows={14} height={26} />
      ) : first.total === 0 ? (
        <Empty sentence="Nobody meets all of these conditions.">
          <Button onClick={() => setQuery({})}>Show all customers</Button>
        </Empty>
      ) : (
        <>
          <CustomerTable
            key={searchText(query as Values)}
            rows={rows}
            total={first.total}
            columns={columns}
            drawn={{ currency: first.currency, cutoff: run.data?.cutoff ?? null, purchase: run.data?.purchase ?? "purchase", placeholders: today.data?.placeholders !== false }}
            sort={query.sort}
            onSort={(sort) => setQuery(sort ? { ...withoutOrder(query), sort } : withoutOrder(query))}
            onEnd={onEnd}
            hasMore={list.hasNextPage}
            isOld={list.isPlaceholderData}
          />
          <p className="figures mt-2 text-sm text-muted">
            {totals.data && (
              <span data-sum={totals.data.revenue_at_risk ?? undefined}>
                {totals.data.revenue_at_risk == null
                  ? "What they are worth is not known. "
                  : `Together ${money(totals.data.revenue_at_risk, totals.data.currency)} at risk, worth ${money(totals.data.expected_value, totals.data.currency)}. `}
              </span>
            )}
            {count(rows.length)} of {count(first.total)} loaded, {query.sort ? "in the order chosen" : "first priority first"}
          </p>
        </>
      )}
    </>
  );
}
