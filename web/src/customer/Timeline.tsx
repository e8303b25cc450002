"use client";
// What happened with a customer, newest first, and where it lies in time; the cutoff is a line: no number of the run
// knows of what lies behind it.
import { Fragment, useState } from "react";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { Button } from "@/parts/controls";
import { Empty, Loaded, Skeleton } from "@/parts/states";
import { count, exactMoney, fullDay, many } from "@/words/format";

import { type Event, eventFacts, eventName } from "./event-words";
import { Strip } from "./Strip";
import { inside, type Span, whole } from "./span";

type Line = Answer<"/api/v1/customer-timeline/{customer_id}">;
const ROWS = 12;
const MORE = 40;
const MOST = 1_000; // events, the newest

export function Timeline({ id, currency }: { id: string; currency: string }) {
  const answer = useAnswer("/api/v1/customer-timeline/{customer_id}", { names: { customer_id: id }, values: { limit: MOST } });
  return (
    <section aria-label="Events" className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">{answer.data?.total ? `${many(answer.data.total, "event")}, newest first` : "Events"}</h2>
      <Loaded answer={answer} skeleton={<Skeleton rows={6} />}>
        {(line) => (line.events.length === 0 ? <Empty sentence={line.is_empty_because ?? "The records hold nothing that this customer did."} /> : <Events line={line} currency={currency} />)}
      </Loaded>
    </section>
  );
}

function Events({ line, currency }: { line: Line; currency: string }) {
  const [span, setSpan] = useState<Span | null>(null); // null: all of it
  const [rows, setRows] = useState(ROWS);
  const all = whole(line.events.map((event) => event.happened_at), line.cutoff);
  const listed = span ? line.events.filter((event) => inside(span, event.happened_at)) : line.events;
  return (
    <>
      <Strip line={line} all={all} span={span ?? all} onSpan={(wanted) => { setSpan(wanted); setRows(ROWS); }} />
      {span && <p className="mt-2 text-sm text-muted" role="status">{many(listed.length, "event")} from {fullDay(new Date(span.from).toISOString())} to {fullDay(new Date(span.to).toISOString())}</p>}
      <ol className="mt-3 border-l border-line">
        {listed.slice(0, rows).map((event, at) => {
          const before = listed[at - 1];
          const isFirstKnown = !isAhead(event) && (before ? isAhead(before) : true);
          return (
            <Fragment key={at}>
              {isFirstKnown && line.cutoff && (!span || inside(span, line.cutoff)) && (
                <li className="-ml-px border-l-2 border-accent py-1 pl-4 text-sm text-accent">
                  Cutoff, {fullDay(line.cutoff)}: what lies before is known to the forecast
                </li>
              )}
              <Entry event={event} currency={currency} />
            </Fragment>
          );
        })}
      </ol>
      {listed.length > rows && (
        <Button look="bare" className="mt-2" onClick={() => setRows(rows + MORE)}>
          Show more of {count(listed.length)}
        </Button>
      )}
      {listed.length <= rows && line.total > line.events.length && <p className="mt-2 text-sm text-muted">These are the newest {count(line.events.length)} of {count(line.total)}.</p>}
    </>
  );
}

const isAhead = (event: Event) => event.is_after_cutoff || event.is_booked;

const ROW = "grid grid-cols-[88px_1fr_auto] sm:grid-cols-[128px_1fr_auto] items-baseline gap-3 py-1.5 pl-4";

/** An event; the lines of an order are one, and open beneath it. */
function Entry({ event, currency }: { event: Event; currency: string }) {
  const name = eventName(event);
  if (event.lines.length < 2) return <li className={ROW}><Cells at={event.happened_at} name={name} facts={event} currency={currency} /></li>;
  return (
    <li>
      <details className="group">
        <summary className={`${ROW} cursor-pointer list-none hover:bg-panel [&::-webkit-details-marker]:hidden`}>
          <Cells at={event.happened_at} name={`${name}, ${many(event.lines.length, "line")}`} facts={event} currency={currency} mark />
        </summary>
        <ol aria-label={`Lines of the ${event.is_return ? "return" : event.called}`} className="mb-2 ml-4 border-l border-line text-sm">
          {event.lines.map((line, at) => (
            <li key={at} className={ROW}>
              <Cells at={line.happened_at} facts={{ ...line, values: withoutShared(line.values, event.values) }} currency={currency} />
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
}

const withoutShared = (values: Event["values"], shared: Event["values"]) => Object.fromEntries(Object.entries(values).filter(([name]) => !(name in shared)));

/** When, what and how much, in a row of three; a mark says that more lies beneath. */
function Cells({ at, name, facts, currency, mark = false }: { at: string; name?: string; facts: { amount: number | null; values: Event["values"] }; currency: string; mark?: boolean }) {
  const said = eventFacts(facts, currency);
  return (
    <>
      <span className="figures text-sm text-muted">{fullDay(at)}</span>
      <span className="min-w-0 break-words">
        {name}
        {mark && <span aria-hidden="true" className="ml-1 inline-block text-muted transition-transform group-open:rotate-90">›</span>}
        <span className="text-muted">
          {said.map((fact, index) => (
            <Fragment key={index}>
              {name || index ? " · " : ""}
              <bdi>{fact}</bdi>
            </Fragment>
          ))}
        </span>
      </span>
      <span className="figures whitespace-nowrap">{facts.amount === null ? "" : exactMoney(facts.amount, currency)}</span>
    </>
  );
}
