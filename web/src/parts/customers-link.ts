import { searchText, type Values } from "@/api/client";
import type { CustomerQuery } from "@/pages-map";

/** The customers page with these conditions. */
export function customersLink(query: CustomerQuery): string {
  const text = searchText(query as Values);
  return `/customers/${text ? `?${text}` : ""}`;
}

/** The page of one customer. */
export function customerLink(id: string): string {
  return `/customer/?${searchText({ id })}`;
}
