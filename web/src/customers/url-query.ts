"use client";
// The conditions and the order of the list live in the URL, under the API's own names: a copied link is the same list.
import { useSearchParams } from "next/navigation";
import { useMemo } from "react";

import { searchText, type Values } from "@/api/client";
import type { CustomerQuery } from "@/pages-map";

import { FILTERS } from "./filters";

const SORTS = ["priority", "customer_id", "churn_probability", "revenue_at_risk", "expected_value", "offer_gain", "offer_cost", "tenure_days"];

export function readQuery(search: URLSearchParams): CustomerQuery {
  const query: Record<string, unknown> = {};
  for (const filter of FILTERS) {
    const values = search.getAll(filter.name).filter((value) => value !== "");
    const first = values[0];
    if (first === undefined) continue;
    if (filter.kind === "several") query[filter.name] = values;
    else if (filter.kind === "yes or no") query[filter.name] = first === "true";
    else if (filter.kind !== "number") query[filter.name] = first;
    else if (Number.isFinite(Number(first))) query[filter.name] = Number(first);
  }
  const [sort, order] = [search.get("sort"), search.get("order")];
  if (sort && SORTS.includes(sort)) query.sort = sort;
  if (order === "asc" || order === "desc") query.order = order;
  return query as CustomerQuery;
}

export function useUrlQuery(): [CustomerQuery, (query: CustomerQuery) => void] {
  const search = useSearchParams();
  const text = search.toString();
  const query = useMemo(() => readQuery(new URLSearchParams(text)), [text]);
  const set = (changed: CustomerQuery) => {
    const written = searchText(changed as Values);
    window.history.pushState(null, "", written ? `?${written}` : window.location.pathname);
  };
  return [query, set];
}

/** The query without its order: what it says about who. */
export function withoutOrder(query: CustomerQuery): CustomerQuery {
  const { sort: _sort, order: _order, ...rest } = query;
  return rest;
}
