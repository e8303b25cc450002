"use client";
// What moves: how far the number of leavers may come out otherwise, and the kinds of customers since the run before.
import { Fragment } from "react";

import type { Answer } from "@/api/client";
import { CountOf, FigureOf } from "@/parts/CountOf";
import { RangeBar } from "@/parts/RangeBar";
import { Rows, Section } from "@/parts/Section";
import { about, capital, change, day, many, percent, points } from "@/words/format";

type Drift = NonNullable<Answer<"/api/v1/trust">["drift"]>;
type Group = Drift["groups"][number];

const PACE: Record<Drift["pace"], string> = {
  less: "Here the share who leave moves less from one period to the next than in most businesses.",
  usual: "Here the share who leave moves about as far from one period to the next as in most businesses.",
  more: "Here the share who leave moves further from one period to the next than in most businesses: run often, and believe the newest run.",
};
const KINDS: Record<Group["by"], string> = { risk_band: "Risk", segment: "Segment" };
const LEAST = 0.02; // of all customers: a smaller change is not called one

export function Moves({ drift, cutoff }: { drift: Drift; cutoff: string | null }) {
  const [first] = drift.groups;
  return (
    <Section title="What moves" said={PACE[drift.pace]}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p>
          Of{" "}
          <CountOf name="drift customers" value={drift.customers} query={drift.query}>
            {many(drift.customers, "customer")}
          </CountOf>
          , about{" "}
          <FigureOf name="drift expected" measure="expected_leavers" value={drift.expected} query={drift.query} look="!min-w-0 underline decoration-line-strong hover:decoration-accent">
            {about(drift.expected)}
          </FigureOf>{" "}
          are expected to leave; {about(drift.low)} to {about(drift.high)} would be no surprise.
        </p>
        <RangeBar value={drift.expected} low={drift.low} high={drift.high} most={drift.high * 1.15} width={200} label={`${about(drift.expected)} expected; ${about(drift.low)} to ${about(drift.high)} would be no surprise`} />
      </div>
      {first && (
        <>
          <p className="mt-4">
            {Math.abs(first.share - first.before_share) < LEAST ? "The customers are of the same kinds as in the run before" : "The kinds of customers changed since the run before"}
            {drift.since_cutoff ? `, as of ${day(drift.since_cutoff, cutoff)}` : ""}.
          </p>
          <div className="mt-3 grid gap-x-12 gap-y-6 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
            {(["risk_band", "segment"] as const).map((by) => (
              <Fragment key={by}>
                <Kinds by={by} groups={drift.groups.filter((one) => one.by === by)} />
              </Fragment>
            ))}
          </div>
        </>
      )}
    </Section>
  );
}

function Kinds({ by, groups }: { by: Group["by"]; groups: Group[] }) {
  const most = Math.max(...groups.flatMap((one) => [one.share, one.before_share]), 0.01);
  return (
    <Rows
      caption={`${KINDS[by]}: customers then and now`}
      rows={groups}
      keyOf={(one) => one.name}
      columns={[
        { head: KINDS[by], isName: true, cell: (one) => capital(one.name) },
        { head: "Then", isNumber: true, isMain: true, cell: (one) => <CountOf name={`drift ${one.name} then`} value={one.before} query={one.before_query} /> },
        { head: "Now", isNumber: true, isMain: true, cell: (one) => <CountOf name={`drift ${one.name} now`} value={one.customers} query={one.query} /> },
        { head: "Change of share", isNumber: true, isMain: true, cell: (one) => change(100 * (one.share - one.before_share), points) },
        { head: <span className="sr-only">Drawn</span>, cell: (one) => <Step group={one} most={most} /> },
      ]}
    />
  );
}

/** The share then as a ring and now as a dot, with the way between them. */
function Step({ group, most }: { group: Group; most: number }) {
  const at = (share: number) => 6 + (share / most) * 128;
  const [then, now] = [at(group.before_share), at(group.share)];
  return (
    <svg width={140} height={14} role="img" aria-label={`${percent(group.before_share)} of customers then, ${percent(group.share)} now`} className="min-w-35">
      <rect x={6} y={6} width={128} height={2} rx={1} className="fill-line" />
      <line x1={then} x2={now} y1={7} y2={7} strokeWidth={3} className="stroke-line-strong" />
      <circle cx={then} cy={7} r={3.5} strokeWidth={1.5} className="fill-page stroke-muted" />
      <circle cx={now} cy={7} r={4} className="fill-accent" />
    </svg>
  );
}
