"use client";
// The events on a line of time, a row for each table; closer and farther, earlier and later by buttons.
import type { Answer } from "@/api/client";
import { Button } from "@/parts/controls";
import { fullDay } from "@/words/format";

import { inside, last, LEAST, moved, placeOf, type Span, zoomed } from "./span";

type Line = Answer<"/api/v1/customer-timeline/{customer_id}">;
const LANE = 20; // pixels for each table

export function Strip({ line, all, span, onSpan }: { line: Line; all: Span; span: Span; onSpan: (span: Span | null) => void }) {
  const tables = [...new Set(line.events.map((event) => event.table))].sort();
  const height = tables.length * LANE;
  const x = (text: string) => `${(100 * placeOf(span, text)).toFixed(3)}%`;
  const isAll = span.from === all.from && span.to === all.to;
  const show = (wanted: Span) => onSpan(wanted.from === all.from && wanted.to === all.to ? null : wanted);
  const shown = line.events.filter((event) => inside(span, event.happened_at));
  const ends = [span.from, span.to].map((at) => fullDay(new Date(at).toISOString()));
  return (
    <div className="grid gap-2">
      <div role="group" aria-label="Stretch of time" className="-ml-2 flex flex-wrap gap-y-1 sm:gap-1">
        {[30, 90, 365].filter((days) => days * 86_400_000 < all.to - all.from).map((days) => (
          <Button key={days} look="bare" className="!px-2" onClick={() => show(last(days, all))}>
            {days === 365 ? "Last year" : `Last ${days} days`}
          </Button>
        ))}
        <Button look="bare" className="!px-2" aria-label="Closer" title="Closer" disabled={span.to - span.from <= LEAST} onClick={() => show(zoomed(span, 0.5, all))}>+</Button>
        <Button look="bare" className="!px-2" aria-label="Farther" title="Farther" disabled={isAll} onClick={() => show(zoomed(span, 2, all))}>−</Button>
        <Button look="bare" className="!px-2" aria-label="Earlier" title="Earlier" disabled={span.from <= all.from} onClick={() => show(moved(span, -0.5, all))}>←</Button>
        <Button look="bare" className="!px-2" aria-label="Later" title="Later" disabled={span.to >= all.to} onClick={() => show(moved(span, 0.5, all))}>→</Button>
        {!isAll && <Button look="bare" className="!px-2" onClick={() => onSpan(null)}>All</Button>}
      </div>
      <div className="grid grid-cols-[minmax(0,96px)_minmax(0,1fr)]">
        <ul aria-hidden="true" className="text-xs text-muted">
          {tables.map((table) => (
            <li key={table} className="truncate pr-3" style={{ height: LANE, lineHeight: `${LANE}px` }}>
              {table.replaceAll("_", " ")}
            </li>
          ))}
        </ul>
        <svg width="100%" height={height} role="img" aria-label={`Events from ${ends[0]} to ${ends[1]}; the list below says the same`} className="overflow-visible" data-span={`${span.from} ${span.to}`}>
          {tables.map((table, lane) => (
            <line key={table} x1="0" x2="100%" y1={lane * LANE + 10} y2={lane * LANE + 10} className="stroke-line" />
          ))}
          {shown.map((event, at) => (
            <circle key={at} cx={x(event.happened_at)} cy={tables.indexOf(event.table) * LANE + 10} r={3.5} className={event.is_after_cutoff ? "fill-page stroke-line-strong" : "fill-accent"} fillOpacity={0.7} />
          ))}
          {line.cutoff && inside(span, line.cutoff) && <line data-cutoff x1={x(line.cutoff)} x2={x(line.cutoff)} y1={0} y2={height} className="stroke-risk-high" strokeWidth={1.5} strokeDasharray="4 3" />}
        </svg>
        <p className="col-start-2 flex justify-between gap-3 text-xs text-muted">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </p>
      </div>
      {line.cutoff && inside(span, line.cutoff) && <p className="text-xs text-muted">The dashed line is the cutoff, {fullDay(line.cutoff)}: the forecast knows what lies before it.</p>}
    </div>
  );
}
