"use client";
// How far to believe the run: one grade in words, what was said against what happened, what was left out.
import Link from "next/link";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { CountOf, FigureOf } from "@/parts/CountOf";
import { PageTitle } from "@/parts/PageTitle";
import { RangeBar } from "@/parts/RangeBar";
import { Rows, Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { Term } from "@/parts/Term";
import { about, capital, count, fullDay, many, percent, shortMoney } from "@/words/format";
import { useRun } from "@/frame/run";

import { Calibration } from "./Calibration";
import { Moves } from "./Moves";

type Said = Answer<"/api/v1/trust">;

export function Trust() {
  const trust = useAnswer("/api/v1/trust");
  const run = useRun();
  return (
    <Loaded answer={trust} page="trust" skeleton={<Skeleton rows={12} height={24} />}>
      {(said) => (
        <>
          <PageTitle page="trust">How far to trust it: {said.grade.word}</PageTitle>
          <p className="max-w-prose">{said.grade.sentence}</p>
          <p className="mt-2 max-w-prose font-medium">{said.grade.next_step}</p>
          {said.accepted.length > 0 && <Listed title="Findings that were accepted" said="These were open, and somebody chose to go on." lines={said.accepted} />}
          <Forecasts forecasts={said.forecasts} differ={said.forecasts_differ} />
          {said.drift && <Moves drift={said.drift} cutoff={run.data?.cutoff ?? null} />}
          {said.calibration.length > 1 && (
            <Section title="Probabilities against what happened" said="Customers of a past cutoff in groups of about equal probability. On the line, as many left as were expected.">
              <Calibration points={said.calibration} />
            </Section>
          )}
          <Section title="What is expected of each group">
            <div className="grid gap-x-12 gap-y-6 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
              <Groups caption="By risk" groups={said.bands} currency={run.data?.currency ?? ""} />
              <div className="hidden md:block">
                <Groups caption="By segment" groups={said.segments} currency={run.data?.currency ?? ""} />
              </div>
              <p className="md:hidden">
                <Link href="/segments/" className="underline decoration-line-strong underline-offset-4 hover:text-accent">
                  The same by segment
                </Link>
              </p>
            </div>
          </Section>
          <LeftOut columns={said.left_out} />
          <Appendix appendix={said.appendix} value={said.value} />
        </>
      )}
    </Loaded>
  );
}

function Listed({ title, said, lines }: { title: string; said: string; lines: string[] }) {
  return (
    <Section title={title} said={said}>
      <ul className="list-disc pl-5">
        {lines.map((line) => (
          <li key={line} className="break-words">
            {line}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function LeftOut({ columns }: { columns: Said["left_out"] }) {
  if (!columns.length) return null;
  return (
    <details className="mt-10">
      <summary className="font-semibold">What no model sees: {many(columns.length, "column")}</summary>
      <p className="mt-1 mb-3 max-w-prose text-muted">They tell the outcome, or say nothing about other customers.</p>
      <Rows caption="Columns left out" rows={columns} keyOf={(one) => one.column} columns={[{ head: "Column", cell: (one) => <code className="text-sm">{one.column}</code> }, { head: "Why", wide: true, cell: (one) => one.why }]} />
    </details>
  );
}

const NEWEST = 6; // forecasts that are seen at once

function Forecasts({ forecasts, differ }: { differ: Said["forecasts_differ"]; forecasts: Said["forecasts"] }) {
  if (!forecasts.length) {
    return (
      <Section title="What was said, and what happened">
        <p className="text-muted">No horizon of a past forecast has ended yet.</p>
      </Section>
    );
  }
  const within = forecasts.filter((one) => one.is_within).length;
  const newestFirst = [...forecasts].reverse();
  return (
    <Section title="What was said, and what happened" said={`${count(within)} of ${count(forecasts.length)} came within ${forecasts.length === 1 ? "its" : "their"} range.`}>
      <Compared forecasts={newestFirst.slice(0, NEWEST)} />
      {newestFirst.length > NEWEST && (
        <details className="mt-3">
          <summary>The {many(newestFirst.length - NEWEST, "forecast")} before</summary>
          <Compared forecasts={newestFirst.slice(NEWEST)} />
        </details>
      )}
      {differ && <p className="mt-3 text-sm text-muted">{differ}</p>}
    </Section>
  );
}

function Compared({ forecasts }: { forecasts: Said["forecasts"] }) {
  const most = 1.1 * Math.max(1, ...forecasts.flatMap((one) => [one.happened ?? 0, one.high ?? 0]));
  return (
    <Rows
      caption="Leavers expected and leavers that came"
      rows={forecasts}
      keyOf={(one) => `${one.run} ${one.made_by} ${one.origin}`}
      columns={[
        { head: "Said for", isName: true, cell: (one) => (one.origin ? fullDay(one.origin) : "customers set apart") },
        { head: "By", isName: true, isBeside: true, cell: (one) => (one.made_by === "test" ? "test of the run" : "backtest") },
        { head: "Expected to leave", isNumber: true, cell: (one) => about(one.expected) },
        { head: "Left", isNumber: true, cell: (one) => count(one.happened) },
        { head: "Range", isNumber: true, cell: (one) => (one.low === null || one.high === null ? "not known" : `${about(one.low)} to ${about(one.high)}`) },
        { head: "Within", isBeside: true, cell: (one) => (one.is_within === null ? "not known" : one.is_within ? "yes" : "no") },
        {
          head: <span className="sr-only">Drawn</span>,
          cell: (one) =>
            one.happened !== null && one.low !== null && one.high !== null ? (
              <RangeBar value={one.happened} low={one.low} high={one.high} most={most} width={96} label={`${count(one.happened)} left; range ${about(one.low)} to ${about(one.high)}`} />
            ) : null,
        },
      ]}
    />
  );
}

type Group = Said["bands"][number];

function figure(one: Group, measure: "expected_leavers" | "expected_value" | "revenue_at_risk", write: (value: number) => string) {
  const value = one[measure];
  if (value == null) return "not known";
  return (
    <FigureOf name={`trust ${one.name} ${measure}`} measure={measure} value={value} query={one.query}>
      {write(value)}
    </FigureOf>
  );
}

function Groups({ caption, groups, currency }: { caption: string; groups: Said["bands"]; currency: string }) {
  return (
    <Rows
      caption={caption}
      rows={groups}
      keyOf={(one) => one.name}
      columns={[
        { head: caption, isName: true, cell: (one) => capital(one.name) },
        { head: "Customers", isNumber: true, isMain: true, cell: (one) => <CountOf name={`trust ${one.name}`} value={one.customers} query={one.query} /> },
        { head: "Expected to leave", isNumber: true, isMain: true, cell: (one) => figure(one, "expected_leavers", count) },
        { head: <Term word="expected value">Expected value</Term>, isNumber: true, cell: (one) => figure(one, "expected_value", (value) => shortMoney(value, currency)) },
        { head: <Term word="revenue at risk">At risk</Term>, isNumber: true, isMain: true, cell: (one) => figure(one, "revenue_at_risk", (value) => shortMoney(value, currency)) },
      ]}
    />
  );
}

/** The only place of the app with the measures of the field. */
function Appendix({ appendix, value }: { appendix: Said["appendix"]; value: Said["value"] }) {
  const range = (low: number | null, high: number | null) => (low === null || high === null ? "" : `${low.toFixed(3)} to ${high.toFixed(3)}`);
  return (
    <details className="mt-10">
      <summary className="font-semibold">Appendix: the measures{appendix.model ? ` of ${appendix.model}` : ""}</summary>
      <div className="mt-4 grid gap-8">
        <Rows
          caption="Measures on customers that the model was not trained on"
          rows={appendix.metrics}
          keyOf={(one) => one.key}
          columns={[
            { head: "Measure", cell: (one) => one.label },
            { head: "What it says", wide: true, cell: (one) => one.meaning },
            { head: "Value", isNumber: true, cell: (one) => (one.value === null ? "not known" : one.value.toFixed(3)) },
            { head: "95 % interval", isNumber: true, cell: (one) => range(one.low, one.high) },
          ]}
        />
        {appendix.compared.length > 0 && (
          <Rows
            caption="Models and simple rules on the same customers"
            rows={appendix.compared}
            keyOf={(one) => one.name}
            columns={[{ head: "Model", wide: true, cell: (one) => one.name }, ...appendix.compared_by.map((head, at) => ({ head, isNumber: true, cell: (one: { cells: string[] }) => one.cells[at] ?? "" }))]}
          />
        )}
        {value && (
          <div>
            <h3 className="font-semibold">How values were predicted</h3>
            <p className="mt-1 max-w-prose text-muted">{value}</p>
          </div>
        )}
        <p className="text-muted">The base rate is what a guess for everyone would say; {percent(0.5)} in the ranking is guessing.</p>
      </div>
    </details>
  );
}
