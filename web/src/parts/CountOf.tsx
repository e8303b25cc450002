"use client";
// A figure of customers that came with its query: it links to the customers behind it, and tests compare both.
import Link from "next/link";

import type { CustomerQuery, Measure } from "@/pages-map";
import { count } from "@/words/format";

import { customersLink } from "./customers-link";

/** The conditions that an answer gives with a count, as those of the list of customers. */
export function asQuery(given: Record<string, unknown>): CustomerQuery {
  return given as CustomerQuery;
}

interface Props {
  name: string;
  value: number;
  query: Record<string, unknown>;
  children?: React.ReactNode;
}

export function CountOf({ children, ...shown }: Props) {
  return (
    <FigureOf {...shown} measure="customers" look="underline decoration-line-strong hover:decoration-accent">
      {children ?? count(shown.value)}
    </FigureOf>
  );
}

/** Another figure of the same customers, in a row that has their count: the line comes with the pointer. */
export function FigureOf({ name, value, query, measure, look = "hover:underline focus-visible:underline", children }: Props & { measure: Measure; look?: string }) {
  return (
    <Link
      prefetch={false}
      href={customersLink(asQuery(query))}
      data-metric={name}
      data-measure={measure}
      data-value={value}
      className={`figures -my-0.5 inline-block min-w-6 leading-6 md:text-right decoration-1 underline-offset-4 hover:text-accent ${look}`}
    >
      {children}
    </Link>
  );
}
