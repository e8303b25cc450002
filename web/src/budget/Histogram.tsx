"use client";
// How many customers have which probability of leaving, and how many of them the plan contacts; each column is a link
// to its customers.
import Link from "next/link";

import { asQuery } from "@/parts/CountOf";
import { customersLink } from "@/parts/customers-link";
import { count, many, percent } from "@/words/format";

import type { Preview } from "./Budget";

type Bins = Preview["histogram"];
const TOGETHER = 4; // bins in one column of a phone, so that a finger can hit it

export function Histogram({ bins }: { bins: Bins }) {
  return (
    <>
      <div className="hidden md:block">
        <Columns bins={bins} />
      </div>
      <div className="md:hidden">
        <Columns bins={joined(bins)} />
      </div>
    </>
  );
}

/** Neighbours together: their counts added, their queries as one. */
function joined(bins: Bins): Bins {
  return bins.flatMap((first, at) => {
    if (at % TOGETHER) return [];
    const group = bins.slice(at, at + TOGETHER);
    const last = group[group.length - 1] ?? first;
    const { probability_to: _, ...from } = first.query;
    const to = last.query["probability_to"];
    const query = to === undefined ? from : { ...from, probability_to: to };
    return [{ ...first, probability_to: last.probability_to, customers: sumOf(group, "customers"), contacted: sumOf(group, "contacted"), query }];
  });
}

const sumOf = (bins: Bins, name: "customers" | "contacted") => bins.reduce((sum, bin) => sum + bin[name], 0);

function Columns({ bins }: { bins: Bins }) {
  const most = Math.max(1, ...bins.map((bin) => bin.customers));
  const height = 112;
  return (
    <div>
      <ul aria-label="Customers by probability of leaving" className="flex items-end gap-px border-b border-line-strong" style={{ height }}>
        {bins.map((bin) => {
          const said = `${percent(bin.probability_from)} to ${percent(bin.probability_to)}: ${many(bin.customers, "customer")}, ${count(bin.contacted)} contacted`;
          // By the square root, so that the few with a high probability are seen beside the many with a low one.
          const tall = bin.customers ? Math.max(bins.length > 20 ? 3 : 24, Math.sqrt(bin.customers / most) * (height - 8)) : 0;
          return (
            <li key={bin.probability_from} className="min-w-0 flex-1">
              {bin.customers > 0 && (
                <Link
                  prefetch={false}
                  href={customersLink(asQuery(bin.query))}
                  data-metric={`probability ${bin.probability_from} to ${bin.probability_to}`}
                  data-measure="customers"
                  data-value={bin.customers}
                  title={said}
                  aria-label={said}
                  className="flex items-end bg-line hover:opacity-70"
                  style={{ height: tall }}
                >
                  <span data-contacted={bin.contacted} className="w-full bg-accent" style={{ height: `${(100 * bin.contacted) / bin.customers}%` }} />
                </Link>
              )}
            </li>
          );
        })}
      </ul>
      <div className="flex justify-between gap-3 text-xs text-muted">
        <span className="whitespace-nowrap">0 %</span>
        <span className="text-center">All customers by their probability of leaving, in blue those contacted; heights by the square root of the count</span>
        <span className="whitespace-nowrap">100 %</span>
      </div>
    </div>
  );
}
