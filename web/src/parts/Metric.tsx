"use client";
// The only way to draw a count or an amount of customers: one query gives the figure, its link and its CSV, so that a
// number and the list behind it cannot differ.
import Link from "next/link";

import { useAnswer } from "@/api/answers";
import type { CustomerQuery, Measure, Tile } from "@/pages-map";
import { about, change, count, exactMoney, percent, shortMoney } from "@/words/format";

import { customersLink } from "./customers-link";
import { Sparkline } from "./Sparkline";
import { Term } from "./Term";

export interface Figure {
  value: number | null;
  currency: string;
}

/** What a query and a measure come to; an answer that came with the page (`known`) is not asked for again. */
export function useFigure(query: CustomerQuery, measure: Measure, known?: Figure | null) {
  const totals = useAnswer("/api/v1/customers/count", { values: query, keepOld: true, enabled: !known });
  const figure: Figure | undefined = known ?? (totals.data && { value: totals.data[measure], currency: totals.data.currency });
  return { error: totals.error, figure };
}

const COUNTS: Measure[] = ["customers", "in_plan"];
const isMoney = (measure: Measure) => !COUNTS.includes(measure) && measure !== "expected_leavers";

function written(value: number | null | undefined, measure: Measure, currency: string): string {
  if (COUNTS.includes(measure)) return count(value);
  return isMoney(measure) ? shortMoney(value, currency) : about(value);
}

/** A figure in a sentence: the number, and a link to the customers that it counts. */
export function InlineMetric({ name, query, measure = "customers", unit, known }: { known?: Figure | null; name: string; query: CustomerQuery; measure?: Measure; unit?: string }) {
  const { figure, error } = useFigure(query, measure, known);
  if (!figure) return error ? null : <span className="skeleton inline-block h-4 w-12 align-middle" aria-label="Loading" role="status" />;
  return (
    <Link href={customersLink(query)} data-metric={name} data-measure={measure} data-value={figure.value} className="underline decoration-line-strong decoration-1 underline-offset-4 hover:decoration-accent">
      {written(figure.value, measure, figure.currency)}
      {unit ? ` ${unit}` : ""}
    </Link>
  );
}

export interface MetricProps {
  tile: Tile;
  label: string;
  known?: Figure | null;
  query: CustomerQuery;
  how?: string; // how it is computed, in a sentence
  change?: number | null; // against the run before
  changePercent?: number | null;
  history?: number[]; // of up to twelve runs, oldest first
}

/** A tile: label, figure, change since the last run, line of the past runs. */
export function Metric({ tile, label, query, how, change: step, changePercent, history = [], known }: MetricProps) {
  const { figure, error } = useFigure(query, tile.measure, known);
  return (
    <section aria-label={label} className="grid content-start gap-1 py-4">
      <h2 className="text-sm text-muted">{how ? <Term meaning={how}>{label}</Term> : label}</h2>
      {figure ? (
        <Link
          href={customersLink(query)}
          data-metric={tile.name}
          data-measure={tile.measure}
          data-value={figure.value}
          title={isMoney(tile.measure) ? exactMoney(figure.value, figure.currency) : undefined}
          className="figures w-fit whitespace-nowrap text-figure leading-9 font-semibold tracking-tight hover:text-accent"
        >
          {written(figure.value, tile.measure, figure.currency)}
        </Link>
      ) : error ? (
        <p className="h-9 text-muted">not to be had now</p>
      ) : (
        <div role="status" aria-label="Loading" data-state="loading" className="skeleton h-8 w-24" />
      )}
      <div className="flex min-h-7 flex-wrap items-center gap-x-3">
        <Since step={step} share={changePercent} tile={tile} currency={figure?.currency ?? ""} />
        <Sparkline values={history} label={`${label} in the last ${Math.min(12, history.length)} runs`} />
      </div>
    </section>
  );
}

function Since({ step, share, tile, currency }: { step: number | null | undefined; share: number | null | undefined; tile: Tile; currency: string }) {
  if (step == null) return <span className="text-xs text-muted">the first run</span>;
  const said = change(step, (value) => written(value, tile.measure, currency));
  const isGood = step > 0 === (tile.rising === "good");
  const colour = !isMoney(tile.measure) || step === 0 || tile.rising === "neutral" ? "text-muted" : isGood ? "text-won" : "text-lost";
  return (
    <span className={`figures text-xs ${colour}`}>
      {said}
      {said !== "no change" && share != null && ` (${change(share / 100, percent)})`} <span className="text-muted">since the last run</span>
    </span>
  );
}
