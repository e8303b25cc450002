"use client";
// A count of customers that came with its query: the figure links to the customers behind it, and tests compare both.
import Link from "next/link";

import type { CustomerQuery } from "@/pages-map";
import { count } from "@/words/format";

import { customersLink } from "./customers-link";

/** The conditions that an answer gives with a count, as those of the list of customers. */
export function asQuery(given: Record<string, unknown>): CustomerQuery {
  return given as CustomerQuery;
}

export function CountOf({ name, value, query, children }: { name: string; value: number; query: Record<string, unknown>; children?: React.ReactNode }) {
  return (
    <Link
      href={customersLink(asQuery(query))}
      data-metric={name}
      data-measure="customers"
      data-value={value}
      className="figures inline-block min-h-6 min-w-6 text-right underline decoration-line-strong decoration-1 underline-offset-4 hover:text-accent hover:decoration-accent"
    >
      {children ?? count(value)}
    </Link>
  );
}
