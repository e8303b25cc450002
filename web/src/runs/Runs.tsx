"use client";
// What changed from one run to another: numbers, settings, records, code.
import { useRouter, useSearchParams } from "next/navigation";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import type { CustomerQuery, Measure } from "@/pages-map";
import { CountOf, FigureOf } from "@/parts/CountOf";
import { PageTitle } from "@/parts/PageTitle";
import { ReportLinks } from "@/parts/ReportLinks";
import { Rows, Section } from "@/parts/Section";
import { Empty, Loaded, Skeleton } from "@/parts/states";
import { about, change, count, fullDay, many, moment, money, percent, points, rounded } from "@/words/format";

type RunList = Answer<"/api/v1/runs">;
type Comparison = Answer<"/api/v1/runs/compare">;
type NumberChange = Comparison["numbers"][number];

export function Runs() {
  const runs = useAnswer("/api/v1/runs");
  return <Loaded answer={runs} page="runs">{(list) => <Chosen list={list} />}</Loaded>;
}

function Chosen({ list }: { list: RunList }) {
  const search = useSearchParams();
  const router = useRouter();
  const names = list.map((run) => run.run);
  const known = (name: string | null, otherwise: string) => (name && names.includes(name) ? name : otherwise);
  const [newest, before] = [names[0] ?? "", names[1] ?? ""];
  const a = known(search.get("a"), before);
  const b = known(search.get("b"), newest);
  const compared = useAnswer("/api/v1/runs/compare", { values: { a, b }, enabled: a !== "" && b !== "", keepOld: true });
  const go = (next: { a?: string; b?: string }) => router.replace(`/runs/?a=${next.a ?? a}&b=${next.b ?? b}`, { scroll: false });
  if (!before) {
    return (
      <>
        <PageTitle page="runs" actions={<ReportLinks />}>
          There is one run so far
        </PageTitle>
        <All list={list} />
        <div className="mt-8">
          <Empty sentence="With the next run, this page shows which numbers changed, and whether the records, the settings or the code did it." />
        </div>
      </>
    );
  }
  return (
    <>
      <PageTitle page="runs" actions={<ReportLinks />}>
        {compared.data ? titleOf(compared.data) : "Two runs compared"}
      </PageTitle>
      <div className="flex flex-wrap gap-4">
        <Choice label="From" list={list} value={a} onChoose={(name) => go({ a: name })} />
        <Choice label="To" list={list} value={b} onChoose={(name) => go({ b: name })} />
      </div>
      <Loaded answer={compared} skeleton={<Skeleton rows={12} />}>
        {(answer) => <Compared answer={answer} />}
      </Loaded>
      <Section title="All runs">
        <All list={list} />
      </Section>
    </>
  );
}

function titleOf(answer: Comparison): string {
  const leavers = answer.numbers.find((number) => number.name === "expected_leavers");
  if (leavers?.change == null) return `From the run of ${fullDay(answer.a.cutoff)} to that of ${fullDay(answer.b.cutoff)}`;
  return `${change(leavers.change, count)} expected to leave, from the run of ${fullDay(answer.a.cutoff)} to that of ${fullDay(answer.b.cutoff)}`;
}

function Choice({ label, list, value, onChoose }: { label: string; list: RunList; value: string; onChoose: (name: string) => void }) {
  return (
    <label className="grid gap-1 text-sm">
      <span className="text-muted">{label}</span>
      <select value={value} onChange={(event) => onChoose(event.target.value)} className="h-9 rounded-md border border-line-strong bg-raised px-2">
        {list.map((run) => (
          <option key={run.run} value={run.run}>
            {run.cutoff ? `${fullDay(run.cutoff)}, published ${moment(run.published_at)}` : `published ${moment(run.published_at)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function written(value: number | null, unit: string | null): string {
  if (value === null) return "not there";
  if (unit === "share") return percent(value);
  if (unit === "customers") return count(value);
  const [, currency, per = ""] = /^([A-Z]{3})( per .+)?$/.exec(unit ?? "") ?? [];
  return currency ? `${money(value, currency)}${per}` : `${rounded(value)}${unit ? ` ${unit}` : ""}`;
}

function stepOf(number: NumberChange): string {
  if (number.change === null) return "";
  if (number.unit === "share") return change(100 * number.change, points);
  const share = number.change_percent === null ? "" : ` (${change(number.change_percent / 100, percent)})`;
  const step = change(number.change, number.unit === "customers" ? count : rounded);
  return step === "no change" ? step : step + share;
}

// The key figures that are a total of customers: which customers, and which total.
const LISTED: Record<string, [CustomerQuery, Measure]> = {
  customers: [{}, "customers"],
  customers_in_records: [{ who: "everyone" }, "customers"],
  expected_leavers: [{}, "expected_leavers"],
  expected_value: [{}, "expected_value"],
  revenue_at_risk: [{}, "revenue_at_risk"],
  high_risk_customers: [{ risk_band: ["high"] }, "customers"],
  medium_risk_customers: [{ risk_band: ["medium"] }, "customers"],
  low_risk_customers: [{ risk_band: ["low"] }, "customers"],
  high_risk_revenue_at_risk: [{ risk_band: ["high"] }, "revenue_at_risk"],
  plan_customers: [{ in_plan: true }, "customers"],
};

/** A key figure of a run; where it is a total of customers, it leads to them. */
function Value({ number, value, run }: { number: NumberChange; value: number | null; run: string }) {
  const [query, measure] = LISTED[number.name] ?? [];
  if (!query || !measure || value === null) return <>{written(value, number.unit)}</>;
  return (
    <FigureOf name={`${run} ${number.name}`} measure={measure} value={value} query={{ ...query, run }}>
      {written(value, number.unit)}
    </FigureOf>
  );
}

function Compared({ answer }: { answer: Comparison }) {
  const numbers = answer.numbers.filter((number) => number.a !== null || number.b !== null);
  return (
    <>
      <Section title="Numbers">
        <Rows
          caption="Key figures of both runs"
          rows={numbers}
          keyOf={(number) => number.name}
          columns={[
            { head: "Figure", wide: true, cell: (number) => number.label ?? number.name },
            { head: `On ${fullDay(answer.a.cutoff)}`, isNumber: true, cell: (number) => <Value number={number} value={number.a} run={answer.a.run} /> },
            { head: `On ${fullDay(answer.b.cutoff)}`, isNumber: true, cell: (number) => <Value number={number} value={number.b} run={answer.b.run} /> },
            { head: "Change", isNumber: true, cell: stepOf },
          ]}
        />
      </Section>
      <Differences title="Records" none="The same number of rows was read of every table." rows={answer.records} />
      <Differences title="Settings" none="The settings are the same." rows={answer.settings} />
      <Differences title="Code" none="The same version of Holdfast made both." rows={answer.code} />
    </>
  );
}

function Differences({ title, none, rows }: { title: string; none: string; rows: Comparison["records"] }) {
  return (
    <Section title={title}>
      {rows.length ? (
        <Rows
          caption={`${title} that differ`}
          rows={rows}
          keyOf={(row) => row.name}
          columns={[
            { head: "What", wide: true, cell: (row) => <span className="break-all">{row.name}</span> },
            { head: "From", cell: (row) => <span className="break-all">{row.a ?? "not there"}</span> },
            { head: "To", cell: (row) => <span className="break-all">{row.b ?? "not there"}</span> },
          ]}
        />
      ) : (
        <p className="text-muted">{none}</p>
      )}
    </Section>
  );
}

function AllOf({ run, customers }: { run: string; customers: number | null }) {
  return customers === null ? <>{count(customers)}</> : <CountOf name={`all of ${run}`} value={customers} query={{ run }} />;
}

function All({ list }: { list: RunList }) {
  const numberOf = (run: RunList[number], name: string) => {
    const value = (run.summary as Record<string, unknown>)[name];
    return typeof value === "number" ? value : null;
  };
  return (
    <>
      <p className="mb-2 text-muted">{many(list.length, "published run")}</p>
      <Rows
        caption="All published runs, newest first"
        rows={list}
        keyOf={(run) => run.run}
        columns={[
          { head: "As of", wide: true, cell: (run) => (run.cutoff ? fullDay(run.cutoff) : "a snapshot") },
          { head: "Published", cell: (run) => moment(run.published_at) },
          { head: "Customers", isNumber: true, cell: (run) => <AllOf run={run.run} customers={numberOf(run, "customers")} /> },
          { head: "Expected to leave", isNumber: true, cell: (run) => about(numberOf(run, "expected_leavers")) },
          { head: "At risk", isNumber: true, cell: (run) => money(numberOf(run, "revenue_at_risk"), run.currency) },
        ]}
      />
    </>
  );
}
