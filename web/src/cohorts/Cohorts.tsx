"use client";
// The retention triangle: who first bought (or joined) when, and how many of them still did so many months later.
import { useRouter, useSearchParams } from "next/navigation";
import { memo, useState } from "react";

import { useAnswer } from "@/api/answers";
import { type Answer, BASE } from "@/api/client";
import { Button } from "@/parts/controls";
import { asQuery, CountOf } from "@/parts/CountOf";
import { customersLink } from "@/parts/customers-link";
import { PageTitle } from "@/parts/PageTitle";
import { Section } from "@/parts/Section";
import { Empty, Loaded, Skeleton } from "@/parts/states";
import { count, percent, period, shortMoney } from "@/words/format";

import { byAge, newerAgainstOlder } from "./ages";

type Triangle = Answer<"/api/v1/cohorts">;
type By = Triangle["by"];
type Figure = "retention" | "customers" | "revenue";
// What a cohort's customers began with, and what staying is, by what the records count.
const WORDS: Record<Triangle["counts"], { first: string; began: string; stayed: string; again: string; figures: Record<Figure, string> }> = {
  purchases: { first: "First bought", began: "first bought", stayed: "bought", again: "came again", figures: { retention: "Share buying", customers: "Customers buying", revenue: "Revenue" } },
  subscriptions: { first: "Joined", began: "joined", stayed: "subscribed", again: "still subscribe", figures: { retention: "Share subscribing", customers: "Customers subscribing", revenue: "Revenue" } },
  events: { first: "First seen", began: "were first seen", stayed: "were seen", again: "came again", figures: { retention: "Share seen", customers: "Customers seen", revenue: "Revenue" } },
};

const GROUPS: Record<By, string> = { month: "Months", week: "Weeks" };

export function Cohorts() {
  const search = useSearchParams();
  const by: By = search.get("by") === "week" ? "week" : "month";
  const chosen = search.get("figure");
  const figure: Figure = chosen === "customers" || chosen === "revenue" ? chosen : "retention";
  const router = useRouter();
  const go = (changed: { by?: By; figure?: Figure }) => {
    const next = { by, figure, ...changed };
    router.replace(`/cohorts/?by=${next.by}&figure=${next.figure}`, { scroll: false });
  };
  const cohorts = useAnswer("/api/v1/cohorts", { values: { by, newest: by === "week" ? 26 : 24 }, keepOld: true });
  return (
    <Loaded answer={cohorts} page="cohorts" skeleton={<Skeleton rows={14} height={24} />}>
      {(triangle) => {
        const verdict = newerAgainstOlder(triangle, WORDS[triangle.counts].stayed);
        return (
          <>
            <PageTitle
              page="cohorts"
              {...(verdict ? { said: verdict.said } : {})}
              actions={
                triangle.cohorts.length > 0 && <>
                  <Choice label="Grouped by" value={triangle.by} choices={Object.fromEntries(triangle.periods.map((period) => [period, GROUPS[period]]))} onChoose={(value) => go({ by: value as By })} />
                  <Choice label="Shown" value={figure} choices={WORDS[triangle.counts].figures} onChoose={(value) => go({ figure: value as Figure })} />
                </>
              }
            >
              {verdict?.title ?? (triangle.cohorts.length ? `Who ${WORDS[triangle.counts].began} when, and who of them ${WORDS[triangle.counts].again}` : "There are no cohorts in this run")}
            </PageTitle>
            {triangle.cohorts.length ? (
              <>
                <Grid triangle={triangle} figure={figure} />
                <OverTime triangle={triangle} />
              </>
            ) : (
              <Empty sentence={triangle.is_empty_because ?? "The records hold nothing to group customers by."} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Choice({ label, value, choices, onChoose }: { label: string; value: string; choices: Record<string, string>; onChoose: (value: string) => void }) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap gap-1 rounded-lg bg-panel p-1">
      {Object.entries(choices).map(([name, words]) => (
        <Button key={name} look={name === value ? "plain" : "bare"} aria-pressed={name === value} onClick={() => onChoose(name)}>
          {words}
        </Button>
      ))}
    </div>
  );
}

/** The triangle. Its hundreds of cells are plain links with one listener: as components of the router they take longer to draw than a click may. */
const Grid = memo(function Grid({ triangle, figure }: { triangle: Triangle; figure: Figure }) {
  const router = useRouter();
  const words = WORDS[triangle.counts];
  const ages = Math.max(...triangle.cohorts.map((cohort) => cohort.cells.length));
  return (
    <div
      className="overflow-x-auto"
      tabIndex={0}
      role="region"
      aria-label="Retention by cohort and age"
      onClick={(event) => {
        const link = (event.target as Element).closest<HTMLAnchorElement>("td > a[data-metric]");
        if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        if (link.dataset.to) router.push(link.dataset.to);
      }}
    >
      <table className="border-separate border-spacing-0.5 text-xs">
        <caption className="sr-only">
          {words.figures[figure]} by the {triangle.by} in which customers {words.began} and the {triangle.by}s since; each cell leads to its customers
        </caption>
        <thead>
          <tr className="text-muted">
            <th scope="col" className="sticky left-0 bg-page pr-3 text-left font-medium whitespace-nowrap">
              {words.first}
            </th>
            <th scope="col" className="pr-3 text-right font-medium">
              Customers
            </th>
            {Array.from({ length: ages }, (_, age) => (
              <th key={age} scope="col" className="px-1 text-right font-medium">
                {age}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {triangle.cohorts.map((cohort) => (
            <tr key={cohort.cohort}>
              <th scope="row" className="sticky left-0 bg-page pr-3 text-left font-medium whitespace-nowrap">
                {period(cohort.cohort, triangle.by)}
              </th>
              <td className="figures pr-3 text-right">
                <CountOf name={`cohort ${cohort.cohort}`} value={cohort.customers} query={cohort.query} />
              </td>
              {cohort.cells.map((cell) => (
                <td key={cell.age} className="p-0">
                  <a
                    href={BASE + customersLink(asQuery(cell.query))}
                    data-to={customersLink(asQuery(cell.query))}
                    data-metric={`cohort ${cohort.cohort} at ${cell.age}`}
                    data-measure="customers"
                    data-value={cell.customers}
                    title={`${count(cell.customers)} of ${count(cohort.customers)} who ${words.began} in ${period(cohort.cohort, triangle.by)} ${words.stayed} in ${period(cell.period, triangle.by)}${cell.is_complete ? "" : ", which had not ended"}`}
                    className={`figures block min-w-9 rounded-sm px-1 py-1 text-right whitespace-nowrap hover:outline-2 hover:outline-accent ${cell.is_complete ? "" : "italic"}`}
                    style={{ background: `color-mix(in oklab, var(--accent) ${Math.round(4 + 30 * Math.min(1, cell.retention))}%, var(--page))` }}
                  >
                    {figure === "retention" ? percent(cell.retention).replace(" %", "").replace("over ", "") : figure === "customers" ? count(cell.customers) : shortMoney(cell.revenue, "").trim()}
                  </a>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-sm text-muted">
        {figure === "retention" ? "In percent. " : ""}Columns are {triangle.by}s since customers {words.began}.{triangle.cohorts.some((cohort) => cohort.cells.some((cell) => !cell.is_complete)) ? ` In italics: the ${triangle.by} had not ended at the cutoff.` : ""}{figure === "revenue" ? ` Amounts in ${triangle.currency}.` : ""}
      </p>
    </div>
  );
});

function OverTime({ triangle }: { triangle: Triangle }) {
  const most = Math.max(...triangle.cohorts.map((cohort) => cohort.cells.filter((cell) => cell.is_complete).length)) - 1;
  const [age, setAge] = useState(Math.min(3, Math.max(1, most)));
  const points = byAge(triangle, age);
  if (most < 1 || points.length < 2) return null;
  return (
    <Section title="One age over time" said={`The share of each ${triangle.by}'s new customers who ${WORDS[triangle.counts].stayed} ${age} ${triangle.by}s later.`}>
      <label className="flex flex-wrap items-center gap-3 text-sm">
        <span>
          Age: {age} {triangle.by}s
        </span>
        <input type="range" min={1} max={most} value={age} onChange={(event) => setAge(Number(event.target.value))} className="w-48 accent-accent" aria-label={`Age in ${triangle.by}s`} />
      </label>
      <Curve points={points} by={triangle.by} width={640} className="hidden md:block" />
      <Curve points={points} by={triangle.by} width={340} className="md:hidden" />
    </Section>
  );
}

const LEFT = 48; // of the plot: beside it stands "100 %"

/** The shares as a line; drawn for two widths, so that letters keep their size on a phone. */
function Curve({ points, by, width, className }: { points: ReturnType<typeof byAge>; by: By; width: number; className: string }) {
  const height = 160;
  const x = (at: number) => LEFT + (at * (width - LEFT - 12)) / (points.length - 1);
  const y = (share: number) => height - 22 - share * (height - 36);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={points.map((point) => `${period(point.cohort, by)}: ${percent(point.share)}`).join("; ")} className={`mt-2 w-full max-w-3xl ${className}`}>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line x1={LEFT} x2={width - 12} y1={y(share)} y2={y(share)} className="stroke-line" />
          <text x={LEFT - 6} y={y(share) + 4} textAnchor="end" className="fill-muted text-[11px]">
            {percent(share)}
          </text>
        </g>
      ))}
      <polyline points={points.map((point, at) => `${x(at)},${y(point.share)}`).join(" ")} fill="none" strokeWidth={2} className="stroke-accent" />
      {points.map((point, at) => (
        <circle key={point.cohort} cx={x(at)} cy={y(point.share)} r={3} className="fill-accent">
          <title>{`${period(point.cohort, by)}: ${percent(point.share)} of ${count(point.customers)}`}</title>
        </circle>
      ))}
      {[0, points.length - 1].map((at) => (
        <text key={at} x={x(at)} y={height - 4} textAnchor={at ? "end" : "start"} className="fill-muted text-[11px]">
          {period(points[at]!.cohort, by)}
        </text>
      ))}
    </svg>
  );
}
