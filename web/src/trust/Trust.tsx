"use client";
// How far to believe the run: one grade in words, what was said against what happened, what was left out.
import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { CountOf } from "@/parts/CountOf";
import { PageTitle } from "@/parts/PageTitle";
import { Rows, Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { Term } from "@/parts/Term";
import { count, fullDay, many, percent, rounded, shortMoney } from "@/words/format";
import { useRun } from "@/frame/run";

import { Calibration } from "./Calibration";

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
          <Forecasts forecasts={said.forecasts} />
          {said.calibration.length > 1 && (
            <Section title="Probabilities against what happened" said="Customers of a past cutoff in groups of about equal probability. On the line, as many left as were expected.">
              <Calibration points={said.calibration} />
            </Section>
          )}
          <Section title="What is expected of each group">
            <Groups caption="By risk" groups={said.bands} currency={run.data?.currency ?? ""} />
            <div className="mt-6">
              <Groups caption="By segment" groups={said.segments} currency={run.data?.currency ?? ""} />
            </div>
          </Section>
          <Section title="What no model sees" said={said.left_out.length ? "Columns that tell the outcome or say nothing about other customers." : undefined}>
            {said.left_out.length ? (
              <Rows caption="Columns left out" rows={said.left_out} keyOf={(one) => one.column} columns={[{ head: "Column", cell: (one) => <code className="text-sm">{one.column}</code> }, { head: "Why", wide: true, cell: (one) => one.why }]} />
            ) : (
              <p className="text-muted">Every column of the records is used.</p>
            )}
          </Section>
          <Section title="Drift">{said.drift ? <pre className="overflow-x-auto text-sm">{JSON.stringify(said.drift, null, 1)}</pre> : <p className="text-muted">Nothing watches for drift yet; compare two runs on the page Runs.</p>}</Section>
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

function Forecasts({ forecasts }: { forecasts: Said["forecasts"] }) {
  if (!forecasts.length) {
    return (
      <Section title="What was said, and what happened">
        <p className="text-muted">No horizon of a past forecast has ended yet.</p>
      </Section>
    );
  }
  const within = forecasts.filter((one) => one.is_within).length;
  return (
    <Section title="What was said, and what happened" said={`${within} of ${many(forecasts.length, "forecast")} came within what chance alone explains.`}>
      <Rows
        caption="Leavers expected and leavers that came"
        rows={forecasts}
        keyOf={(one) => `${one.run} ${one.origin}`}
        columns={[
          { head: "Said for", wide: true, cell: (one) => (one.origin ? fullDay(one.origin) : "customers set apart") },
          { head: "Expected to leave", isNumber: true, cell: (one) => rounded(one.expected) },
          { head: "Left", isNumber: true, cell: (one) => count(one.happened) },
          { head: "Chance explains", isNumber: true, cell: (one) => `${count(one.low)} to ${count(one.high)}` },
          { head: "Within", cell: (one) => (one.is_within === null ? "not known" : one.is_within ? "yes" : "no") },
        ]}
      />
    </Section>
  );
}

function Groups({ caption, groups, currency }: { caption: string; groups: Said["bands"]; currency: string }) {
  return (
    <Rows
      caption={caption}
      rows={groups}
      keyOf={(one) => one.name}
      columns={[
        { head: caption, wide: true, cell: (one) => one.name },
        { head: "Customers", isNumber: true, cell: (one) => <CountOf name={`trust ${one.name}`} value={one.customers} query={one.query} /> },
        { head: "Expected to leave", isNumber: true, cell: (one) => rounded(one.expected_leavers) },
        { head: <Term word="expected value">Expected value</Term>, isNumber: true, cell: (one) => shortMoney(one.expected_value, currency) },
        { head: <Term word="revenue at risk">At risk</Term>, isNumber: true, cell: (one) => shortMoney(one.revenue_at_risk, currency) },
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
