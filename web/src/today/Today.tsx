"use client";
// The home page: the list to act on first, then numbers with change, then what changed and why.
import Link from "next/link";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { AddToList } from "@/lists/AddToList";
import { useLists } from "@/lists/lists";
import { type CustomerQuery, pageOf } from "@/pages-map";
import { FigureOf } from "@/parts/CountOf";
import { CallListButton } from "@/parts/CallListButton";
import { Button, ButtonLink, RiskShare } from "@/parts/controls";
import { customerLink } from "@/parts/customers-link";
import { InlineMetric, Metric } from "@/parts/Metric";
import { PageTitle } from "@/parts/PageTitle";
import { Pieces } from "@/parts/Pieces";
import { RangeBar } from "@/parts/RangeBar";
import { ReportLinks } from "@/parts/ReportLinks";
import { Empty, Loaded, Skeleton } from "@/parts/states";
import { Term } from "@/parts/Term";
import { useRun } from "@/frame/run";
import { about, change, count, day, money, ofHundred, tenths } from "@/words/format";

import { NoList } from "./NoList";

type Said = Answer<"/api/v1/today">;
const ROWS = 8;
const IN_SENTENCE = "!min-w-0 underline decoration-line-strong hover:decoration-accent";

export function Today() {
  const today = useAnswer("/api/v1/today");
  if (today.error?.status === 404) return <NoList problem={today.error.problem} />;
  return (
    <Loaded
      answer={today}
      page="today"
      skeleton={
        <>
          <Skeleton rows={2} height={28} />
          <Skeleton rows={ROWS} height={36} />
        </>
      }
    >
      {(said) => <Drawn said={said} />}
    </Loaded>
  );
}

function Drawn({ said }: { said: Said }) {
  const first = said.act_first.query as CustomerQuery;
  const run = useRun();
  const outcome = said.metrics.find((one) => one.key === "said_and_happened");
  return (
    <>
      {said.notices.length > 0 && (
        <section aria-label="Read this first" data-notices className="mb-6 grid max-w-4xl gap-2 rounded bg-warn px-4 py-3 text-on-warn [overflow-wrap:anywhere]">
          {said.notices.map((notice) => (
            <p key={notice}>{notice}</p>
          ))}
        </section>
      )}
      <PageTitle
        page="today"
        said={<Pieces name="outlook" pieces={said.outlook_pieces} />}
        actions={
          said.act_first.customers > 0 && <>
            <CallListButton query={first} look="main" name="call-list" form="xlsx">
              Download the call list
            </CallListButton>
            <AddToList query={first} total={said.act_first.customers}>
              Send to a list
            </AddToList>
            <CallListButton query={first} name="call-list" form="csv">
              CSV
            </CallListButton>
          </>
        }
      >
        <Pieces name="title" pieces={said.title_pieces} />
      </PageTitle>
      <section aria-label="Customers to act on first">
        {said.act_first.rows.length ? (
          <CallList said={said} query={first} />
        ) : (
          <Empty sentence={said.act_first.is_empty_because ?? "The plan has no offer for anybody."}>
            <ButtonLink href="/customers/">See all customers</ButtonLink>
            {said.has_signal ? <ButtonLink href="/settings/">Set the offers</ButtonLink> : <ButtonLink href="/setup/">Add files that say more</ButtonLink>}
          </Empty>
        )}
      </section>
      <section aria-label="Numbers" className="mt-8 grid grid-cols-2 gap-x-6 border-y border-line lg:grid-cols-4">
        {pageOf("today").tiles.map((tile) => {
          const metric = said.metrics.find((one) => one.key === tile.name);
          if (!metric?.query) return null;
          return (
            <Metric
              key={tile.name}
              tile={tile}
              label={metric.label}
              query={metric.query as CustomerQuery}
              known={metric.value === null ? null : { value: metric.value, currency: said.currency }}
              how={metric.how}
              change={metric.change}
              changePercent={metric.change_percent}
              history={metric.history.flatMap((one) => (one.value === null ? [] : [one.value]))}
            />
          );
        })}
        {outcome && <Outcome metric={outcome} />}
      </section>
      <WhatChanged said={said} />
      <Believe said={said} lines={run.data?.summary.lines} grade={run.data?.summary.grade} />
      <div className="mt-8 flex flex-wrap gap-2 empty:hidden">
        <ReportLinks />
      </div>
    </>
  );
}

/** What was said against what happened: a dot for what happened, on the range that chance alone explains. */
function Outcome({ metric }: { metric: Said["metrics"][number] }) {
  const { value, happened, low, high } = metric;
  const isKnown = value != null && happened != null;
  return (
    <section aria-label={metric.label} className="grid content-start gap-1 py-4">
      <h2 className="text-sm text-muted">
        <Term meaning={metric.how}>{metric.label}</Term>
      </h2>
      {isKnown ? (
        <>
          <p className="figures flex flex-wrap gap-x-2 text-title leading-9 font-semibold tracking-tight sm:text-figure">
            <span>{about(value)}</span> <span className="font-normal whitespace-nowrap text-muted">/ {count(happened)}</span>
          </p>
          <div className="flex min-h-7 flex-wrap items-center gap-x-3 text-xs text-muted">
            {metric.is_within == null ? "" : metric.is_within ? "within the range" : "outside the range"}
            {low != null && high != null && <RangeBar value={happened} low={low} high={high} most={Math.max(happened, high) * 1.2} width={96} label={`${count(happened)} left; chance alone explains ${count(low)} to ${count(high)}`} />}
          </div>
        </>
      ) : (
        <p className="text-sm text-muted">Nothing to compare yet: no horizon has passed.</p>
      )}
    </section>
  );
}

function WhatChanged({ said }: { said: Said }) {
  if (!said.change) return null;
  const parts = said.change.parts.filter((part) => Math.abs(part.value) >= 0.5);
  return (
    <section aria-label="What changed" className="mt-8 max-w-3xl">
      <h2 className="mb-2 font-semibold">What changed since {day(said.change.since_cutoff ?? "", said.cutoff)}</h2>
      <p>
        {change(said.change.change, count)} expected to leave:{" "}
        {said.change.before_query ? (
          <FigureOf name="leavers_then" measure="expected_leavers" value={said.change.before} query={said.change.before_query} look={IN_SENTENCE}>
            {count(said.change.before)}
          </FigureOf>
        ) : (
          count(said.change.before)
        )}{" "}
        then,{" "}
        <FigureOf name="leavers_now" measure="expected_leavers" value={said.change.after} query={{}} look={IN_SENTENCE}>
          {count(said.change.after)}
        </FigureOf>{" "}
        now.
      </p>
      <ul className="mt-3">
        {parts.map((part) => (
          <li key={part.key} className="grid grid-cols-[64px_1fr_auto] items-baseline gap-4 border-b border-line py-2">
            <span className="figures text-right">{change(part.value, tenths)}</span>
            <span className="min-w-0 break-words">{part.label}</span>
            {part.query && <InlineMetric name={`change_${part.key}`} query={part.query as CustomerQuery} unit="customers" known={part.customers === null ? null : { value: part.customers, currency: said.currency }} />}
          </li>
        ))}
      </ul>
      <p className="mt-2 text-sm text-muted">In customers expected to leave; the parts add up to the change.</p>
    </section>
  );
}

function CallList({ said, query }: { said: Said; query: CustomerQuery }) {
  const { cutoff, currency } = said;
  const rows = said.act_first.rows.slice(0, ROWS);
  const gains = said.act_first.expected_gain != null;
  const { mark } = useLists();
  return (
    <>
      <p className="mb-2 text-sm text-muted">{said.act_first.order}</p>
      <div className="hidden lg:block">
        <table className="w-full border-collapse">
          <caption className="sr-only">Customers to act on first</caption>
          <thead>
            <tr className="border-b border-line text-left text-sm text-muted [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium">
              <th scope="col">Customer</th>
              <th scope="col">Why</th>
              <th scope="col">What to do</th>
              <th scope="col">By</th>
              <th scope="col" className="text-right whitespace-nowrap">
                <Term word="churn probability">Risk</Term>
              </th>
              <th scope="col" className="text-right whitespace-nowrap">
                <Term word="revenue at risk">At risk</Term>
              </th>
              <th scope="col" className="text-right whitespace-nowrap">
                {gains ? (
                  <Term meaning="What the offer is expected to gain after its cost, by the share of leavers that the settings assume it keeps: an assumption until an experiment measures it.">Gain, assumed</Term>
                ) : (
                  <Term meaning="The share of such leavers that the offer must keep to earn its cost back. The offers are placeholders, so no gain is promised.">Pays if it keeps</Term>
                )}
              </th>
              <th scope="col" className="!pr-0">
                <span className="sr-only">What came of it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.customer_id} className="border-b border-line align-top hover:bg-panel [&>td]:py-2.5 [&>td]:pr-4">
                <td className="min-w-32 max-w-64 font-medium [overflow-wrap:anywhere]">
                  <Link className="line-clamp-2 hover:text-accent hover:underline" href={customerLink(one.customer_id)}>
                    {one.customer_id || "(no id)"}
                  </Link>
                </td>
                <td className="max-w-md break-words">
                  {one.why ?? one.pays_if}
                  {one.caution && <span className="mt-1 block text-sm text-muted">{one.caution}</span>}
                </td>
                <td className="max-w-56 min-w-40 break-words">
                  <span className="block first-letter:uppercase">{one.do}</span>
                  <span className="block text-sm text-muted">{one.owner}</span>
                </td>
                <td className="whitespace-nowrap">{one.due_on ? day(one.due_on, cutoff) : ""}</td>
                <td className="figures text-right whitespace-nowrap">
                  <RiskShare share={one.churn_probability} band={one.risk_band} />
                </td>
                <td className="figures text-right whitespace-nowrap">{money(one.revenue_at_risk, currency)}</td>
                <td className="figures text-right whitespace-nowrap">
                  {gains ? money(one.expected_gain, currency) : one.keeps_to_pay == null ? "" : ofHundred(one.keeps_to_pay)}
                </td>
                <td className="w-0 !py-1.5 !pr-0">
                  <Mark one={one} onMark={mark} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="lg:hidden">
        {rows.map((one) => (
          <li key={one.customer_id} className="min-w-0 border-b border-line py-3 [overflow-wrap:anywhere]">
            <Link href={customerLink(one.customer_id)} className="grid grid-cols-[minmax(0,1fr)] gap-1">
              <span className="flex items-center justify-between gap-3">
                <span className="truncate font-medium">{one.customer_id || "(no id)"}</span>
                <span className="figures text-sm">
                  <RiskShare share={one.churn_probability} band={one.risk_band} />
                </span>
              </span>
              <span className="min-w-0 break-words">{one.why ?? one.pays_if}</span>
              {one.caution && <span className="text-sm text-muted">{one.caution}</span>}
              <span className="flex flex-wrap justify-between gap-x-3 text-sm text-muted">
                <span className="inline-block first-letter:uppercase">
                  {one.do}
                  {one.due_on ? ` by ${day(one.due_on, cutoff)}` : ""}
                </span>
                <span className="figures">{money(one.revenue_at_risk, currency)} at risk</span>
              </span>
            </Link>
            <Mark one={one} onMark={mark} />
          </li>
        ))}
      </ul>
      <p className="py-3 text-right">
        See all <InlineMetric name="act_first" query={query} known={{ value: said.act_first.customers, currency }} />
      </p>
    </>
  );
}

type Row = Said["act_first"]["rows"][number];

/** Say what came of a customer; the server keeps it in a list, and the word can be taken back. */
function Mark({ one, onMark }: { one: Row; onMark: (one: Row, status: "open" | "done" | "declined") => Promise<void> }) {
  const caller = useAnswer("/api/v1/caller");
  const mayMark = caller.data?.scopes.some((scope) => scope === "score" || scope === "admin");
  const isOpen = one.status === null || one.status === "open";
  if (!mayMark) return isOpen ? null : <span className="text-sm">{one.status}</span>;
  const name = one.customer_id || "the customer without an id";
  return (
    <span className="-ml-2 flex flex-wrap items-center gap-x-1 text-sm lg:ml-0 lg:w-max lg:flex-col lg:items-start xl:flex-row xl:items-center">
      {isOpen ? (
        <>
          <Button look="bare" className="!h-7 !px-2" aria-label={`Mark ${name} as done`} onClick={() => void onMark(one, "done")}>
            Done
          </Button>
          <Button look="bare" className="!h-7 !px-2" aria-label={`Mark ${name} as declined`} onClick={() => void onMark(one, "declined")}>
            Declined
          </Button>
        </>
      ) : (
        <>
          <span className="pl-2 font-medium" data-status={one.status}>
            {one.status}
          </span>
          <Button look="bare" className="!h-7 !px-2" aria-label={`Open ${name} again`} onClick={() => void onMark(one, "open")}>
            Open again
          </Button>
        </>
      )}
    </span>
  );
}

/** How far to trust it, in the run's own sentence; the rest stands on the page Trust. */
function Believe({ said, lines, grade }: { said: Said; lines: unknown; grade: unknown }) {
  const own = Array.isArray(lines) ? lines.filter((line): line is string => typeof line === "string") : [];
  const trust = own.find((line) => line.startsWith("How far to trust it"))?.replace(/^How far to trust it: [^.]*\.\s*/, "");
  if (typeof grade !== "string" && !said.placeholders) return null;
  return (
    <section aria-label="How far to trust it" className="mt-8 grid max-w-3xl gap-3">
      {typeof grade === "string" && (
        <div>
          <h2 className="font-semibold">How far to trust it: {grade}</h2>
          <p className="mt-1 text-muted">
            {trust}{" "}
            <Link href="/trust/" className="text-text underline decoration-line-strong underline-offset-4 hover:text-accent">
              What was said, and what happened
            </Link>
          </p>
        </div>
      )}
      {said.placeholders && (
        <p className="text-muted">
          The offers are placeholders, so no gain is promised.{" "}
          <Link href="/settings/" className="text-text underline decoration-line-strong underline-offset-4 hover:text-accent">
            Say what yours cost
          </Link>
        </p>
      )}
    </section>
  );
}
