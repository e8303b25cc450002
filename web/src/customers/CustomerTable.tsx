"use client";
// The rows: only those in sight are drawn, the next page is fetched before it is needed.
import { useVirtualizer } from "@tanstack/react-virtual";
import Link from "next/link";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import type { CustomerQuery } from "@/pages-map";
import { RiskBadge } from "@/parts/controls";
import { customerLink } from "@/parts/customers-link";
import { useIsNarrow } from "@/parts/narrow";
import { Term } from "@/parts/Term";
import { money, percent } from "@/words/format";

import { type Column, type Drawn, labelOf, type Row } from "./columns";

interface Props {
  rows: Row[];
  total: number;
  columns: Column[];
  drawn: Drawn;
  sort: CustomerQuery["sort"];
  onSort: (sort: CustomerQuery["sort"]) => void;
  onEnd: () => void;
  hasMore: boolean;
  isOld: boolean;
}

const WIDE = 41;
const NARROW = 76;

export function CustomerTable({ rows, total, columns, drawn, sort, onSort, onEnd, hasMore, isOld }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => (isNarrow ? NARROW : WIDE),
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [isNarrow, virtual]);
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && last > rows.length - 30) onEnd();
  }, [hasMore, last, rows.length, onEnd]);
  const grid = { gridTemplateColumns: `minmax(100px,1fr) ${columns.map((column) => column.width).join(" ")}` };
  // One row is a stop of Tab, the others are reached by keys: a list of a million would keep whoever comes with Tab.
  const [focused, setFocused] = useState(0);
  const stop = items.some((item) => item.index === focused) ? focused : (items[0]?.index ?? 0);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey) return;
    const here = Number((document.activeElement as HTMLElement | null)?.dataset.row ?? -1);
    const next = Math.max(0, Math.min(rows.length - 1, here + step));
    event.preventDefault();
    event.stopPropagation();
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  useEffect(() => {
    const onPageKey = (event: globalThis.KeyboardEvent) => {
      if ((event.key === "j" || event.key === "k") && event.target === document.body && !event.ctrlKey && !event.metaKey && !event.altKey)
        box.current?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus();
    };
    window.addEventListener("keydown", onPageKey);
    return () => window.removeEventListener("keydown", onPageKey);
  }, []);
  return (
    <div
      ref={box}
      role="table"
      aria-label="Customers"
      aria-rowcount={total + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className={`h-[calc(100dvh-300px)] min-h-96 overflow-auto border-y border-line transition-opacity ${isOld ? "opacity-60" : ""}`}
    >
      {!isNarrow && (
        <div role="rowgroup" className="sticky top-0 z-10 min-w-fit bg-page">
          <div role="row" style={grid} className="grid gap-x-4 border-b border-line py-2 text-sm font-medium text-muted">
            <Head label="Customer" sort="customer_id" now={sort} onSort={onSort} />
            {columns.map((column) => (
              <Head key={column.name} label={labelOf(column, drawn.purchase)} now={sort} onSort={onSort} {...(column.sort ? { sort: column.sort } : {})} {...(column.word ? { word: column.word } : {})} isNumber={column.isNumber ?? false} />
            ))}
          </div>
        </div>
      )}
      <div role="rowgroup" className="relative min-w-fit" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <div
              key={row.customer_id}
              role="row"
              aria-rowindex={item.index + 2}
              style={{ transform: `translateY(${item.start}px)`, height: item.size, ...(isNarrow ? {} : grid) }}
              onFocus={() => setFocused(item.index)}
              className={`absolute inset-x-0 top-0 border-b border-line hover:bg-panel ${isNarrow ? "block" : "grid items-center gap-x-4"}`}
            >
              {isNarrow ? <Card row={row} at={item.index} isStop={item.index === stop} drawn={drawn} /> : <Cells row={row} at={item.index} isStop={item.index === stop} columns={columns} drawn={drawn} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  row: Row;
  at: number;
  isStop: boolean; // of Tab
  drawn: Drawn;
}

function Cells({ row, at, isStop, columns, drawn }: RowProps & { columns: Column[] }) {
  return (
    <>
      <span role="cell" className="truncate font-medium">
        <Link data-row={at} tabIndex={isStop ? 0 : -1} href={customerLink(row.customer_id)} className="hover:text-accent hover:underline">
          {row.customer_id || "(no id)"}
        </Link>
      </span>
      {columns.map((column) => {
        const content = column.draw(row, drawn);
        return (
          <span key={column.name} role="cell" className={`truncate ${column.isNumber ? "figures text-right" : ""}`} title={typeof content === "string" ? content : undefined}>
            {content}
          </span>
        );
      })}
    </>
  );
}

function Card({ row, at, isStop, drawn }: RowProps) {
  return (
    <div role="cell" className="h-full py-2.5">
      <Link data-row={at} tabIndex={isStop ? 0 : -1} href={customerLink(row.customer_id)} className="grid gap-0.5">
        <span className="flex justify-between gap-3">
          <span className="truncate font-medium">{row.customer_id || "(no id)"}</span>
          <span className="figures flex shrink-0 gap-2 text-sm">
            {row.churn_probability != null && percent(row.churn_probability)} {row.risk_band && <RiskBadge band={row.risk_band} share={row.churn_probability} />}
          </span>
        </span>
        <span className="truncate text-sm text-muted">{row.why ?? row.action_why}</span>
        <span className="figures text-sm text-muted">{row.revenue_at_risk == null ? (row.lifecycle ?? "") : `${money(row.revenue_at_risk, drawn.currency)} at risk`}</span>
      </Link>
    </div>
  );
}

function Head({ label, word, sort, now, onSort, isNumber }: { label: string; word?: string; sort?: CustomerQuery["sort"]; now: CustomerQuery["sort"]; onSort: Props["onSort"]; isNumber?: boolean }) {
  const isNow = sort !== undefined && now === sort;
  const content = word ? <Term word={word}>{label}</Term> : label;
  return (
    <span role="columnheader" aria-sort={isNow ? (sort === "customer_id" ? "ascending" : "descending") : undefined} className={`flex items-center gap-1 ${isNumber ? "justify-end" : ""}`}>
      {content}
      {sort && (
        <button type="button" aria-label={`Order by ${label}`} title={isNow ? "Back to first priority first" : `Order by ${label}`} onClick={() => onSort(isNow ? undefined : sort)} className={`flex size-6 items-center justify-center rounded hover:bg-panel ${isNow ? "text-accent" : ""}`}>
          <svg width="10" height="10" viewBox="0 0 10 10" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
            <path d={isNow && sort === "customer_id" ? "M2 6.5L5 3.5 8 6.5" : "M2 3.5L5 6.5 8 3.5"} />
          </svg>
        </button>
      )}
    </span>
  );
}
