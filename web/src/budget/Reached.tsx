"use client";
// The customers whom the plan of the page contacts, all or those of one offer: as many as its figures say.
import { type InfiniteData, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";

import { type ApiProblem, IS_COPY, send } from "@/api/client";
import type { components } from "@/api/schema";
import { useRun } from "@/frame/run";
import { Button, RiskShare } from "@/parts/controls";
import { customerLink } from "@/parts/customers-link";
import { Rows, Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { cost, count, day, many, money } from "@/words/format";

import type { Preview, Wanted } from "./Budget";

type Page = components["schemas"]["ContactedPage"];
export type Shown = { offer: string | null }; // null: of every offer
const PATH = "/api/v1/plan/preview/customers";
const PLACE = "reached";
const ROWS = 25;

/** A count of the plan, which opens its customers further down the page. */
export function ToReached({ customers, onShow }: { customers: number; onShow: () => void }) {
  if (IS_COPY) return <>{count(customers)}</>;
  return (
    <a href={`#${PLACE}`} onClick={onShow} className="figures underline decoration-line-strong decoration-1 underline-offset-4 hover:text-accent hover:decoration-accent">
      {count(customers)}
    </a>
  );
}

export function Reached({ plan, wanted, shown, onShow }: { plan: Preview; wanted: Wanted; shown: Shown | null; onShow: (shown: Shown | null) => void }) {
  return (
    <Section id={PLACE} title={shown?.offer ? `Whom it reaches with: ${shown.offer}` : "Whom it reaches"}>
      {shown ? (
        <List plan={plan} wanted={wanted} shown={shown} onShow={onShow} />
      ) : (
        <Button aria-expanded={false} onClick={() => onShow({ offer: null })}>
          See the {many(plan.contacted, "customer")}
        </Button>
      )}
    </Section>
  );
}

function List({ plan, wanted, shown, onShow }: { plan: Preview; wanted: Wanted; shown: Shown; onShow: (shown: Shown | null) => void }) {
  const run = useRun();
  const pages = useInfiniteQuery<Page, ApiProblem, InfiniteData<Page, number>, readonly unknown[], number>({
    queryKey: [PATH, wanted, shown.offer],
    queryFn: ({ pageParam }) => send<Page>("POST", PATH, { ...wanted, offer: shown.offer, first: pageParam, limit: ROWS }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_first,
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded answer={pages} skeleton={<Skeleton rows={6} />}>
      {({ pages: [first, ...others] }) => {
        const rows = [first, ...others].flatMap((page) => page?.rows ?? []);
        const total = first?.total ?? 0;
        return (
          <>
            <Rows
              caption="The customers whom this plan contacts"
              rows={rows}
              keyOf={(row) => row.customer_id}
              columns={[
                { head: "Customer", isName: true, cell: (row) => <Link href={customerLink(row.customer_id)} className="hover:text-accent hover:underline">{row.customer_id || "(no id)"}</Link> },
                { head: "Why", wide: true, cell: (row) => row.why },
                { head: "What to do", cell: (row) => `${row.do}${row.due_on ? ` by ${day(row.due_on, run.data?.cutoff)}` : ""}` },
                { head: "Risk", isNumber: true, cell: (row) => <RiskShare share={row.churn_probability} band={row.risk_band} /> },
                { head: "At risk", isNumber: true, cell: (row) => money(row.revenue_at_risk, plan.currency) },
                { head: "Costs", isNumber: true, cell: (row) => cost(row.cost, plan.currency) },
              ]}
            />
            <p className="mt-3 flex flex-wrap items-center gap-2 text-sm text-muted">
              <span className="figures" data-reached={total} role="status">
                {count(rows.length)} of {many(total, "customer")}, the greatest gain first
              </span>
              {pages.hasNextPage && (
                <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                  Show more
                </Button>
              )}
              {shown.offer && <Button onClick={() => onShow({ offer: null })}>Those of every offer</Button>}
              <Button look="bare" onClick={() => onShow(null)}>
                Close
              </Button>
            </p>
          </>
        );
      }}
    </Loaded>
  );
}
