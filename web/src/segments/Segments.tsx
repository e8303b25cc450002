"use client";
// The kinds of customers: how many, their money, what to do with them, and where they moved since the run before.
import Link from "next/link";
import { useSearchParams } from "next/navigation";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { useRun } from "@/frame/run";
import { CountOf, FigureOf } from "@/parts/CountOf";
import { PageTitle } from "@/parts/PageTitle";
import { Rows, Section } from "@/parts/Section";
import { Empty, Loaded } from "@/parts/states";
import { Term } from "@/parts/Term";
import { capital, fullDay, many, money, percent, shortMoney } from "@/words/format";

import { Profile } from "./Profile";

type Segment = Answer<"/api/v1/segments">[number];

export function Segments() {
  const run = useRun();
  const segments = useAnswer("/api/v1/segments");
  const chosen = useSearchParams().get("segment");
  const currency = run.data?.currency ?? "";
  return (
    <Loaded answer={segments} page="segments">
      {(rows) =>
        rows.length ? (
          <>
            <PageTitle page="segments">{titleOf(rows, currency)}</PageTitle>
            <Table rows={rows} currency={currency} chosen={chosen} />
            {chosen && <Profile key={chosen} segment={chosen} />}
            <Moves />
            <States />
          </>
        ) : (
          <>
            <PageTitle page="segments">There are no segments in this run</PageTitle>
            <Empty sentence="No customer has a prediction, so nobody is in a segment." />
          </>
        )
      }
    </Loaded>
  );
}

function titleOf(rows: readonly Segment[], currency: string): string {
  const most = rows.reduce((best, row) => ((row.revenue_at_risk ?? 0) > (best.revenue_at_risk ?? 0) ? row : best));
  const kinds = many(rows.length, "kind of customers", "kinds of customers");
  if (!most.revenue_at_risk) return kinds;
  return `${kinds}; most revenue at risk is with ${most.segment}: ${money(most.revenue_at_risk, currency)}`;
}

function Table({ rows, currency, chosen }: { rows: readonly Segment[]; currency: string; chosen: string | null }) {
  const ordered = [...rows].sort((one, other) => (other.revenue_at_risk ?? 0) - (one.revenue_at_risk ?? 0));
  return (
    <Rows
      caption="Segments, those with most revenue at risk first"
      rows={ordered}
      keyOf={(row) => row.segment}
      columns={[
        {
          head: "Segment",
          isName: true,
          cell: (row) => (
            <Link
              className={`font-medium hover:text-accent hover:underline ${row.segment === chosen ? "text-accent" : ""}`}
              href={`/segments/?segment=${encodeURIComponent(row.segment)}`}
              scroll={false}
            >
              {row.segment}
            </Link>
          ),
        },
        { head: "What to do", wide: true, cell: (row) => row.action },
        { head: "Customers", isNumber: true, isMain: true, cell: (row) => <CountOf name={`segment ${row.segment}`} value={row.customers} query={{ segment: row.segment }} /> },
        { head: "Share", isNumber: true, cell: (row) => percent(row.share_of_customers) },
        { head: "Revenue so far", isNumber: true, cell: (row) => shortMoney(row.revenue, currency) },
        { head: <Term word="revenue at risk">At risk</Term>, isNumber: true, isMain: true, cell: (row) => row.revenue_at_risk == null ? "not known" : <FigureOf name={`segment ${row.segment} at risk`} measure="revenue_at_risk" value={row.revenue_at_risk} query={{ segment: row.segment }}>{shortMoney(row.revenue_at_risk, currency)}</FigureOf> },
        { head: <Term word="churn probability">Leave on average</Term>, isNumber: true, isMain: true, cell: (row) => percent(row.mean_churn_probability) },
      ]}
    />
  );
}

const MOVES = 20; // the most frequent
const FIRST = 8; // of them, seen at once
type Move = Answer<"/api/v1/segment-moves">["moves"][number];

function Moved({ caption, moves, since }: { caption: string; moves: readonly Move[]; since: string | null }) {
  return (
    <Rows
      caption={`${caption} since the run of ${fullDay(since)}`}
      rows={moves}
      keyOf={(move) => `${move.from_segment} > ${move.to_segment}`}
      columns={[
        { head: `From, on ${fullDay(since)}`, cell: (move) => move.from_segment ?? "without a prediction" },
        { head: "To", isBeside: true, cell: (move) => move.to_segment ?? "without a prediction" },
        { head: "Customers", isNumber: true, cell: (move) => <CountOf name={`move ${move.from_segment} > ${move.to_segment}`} value={move.customers} query={move.query} /> },
      ]}
    />
  );
}

function Moves() {
  const moves = useAnswer("/api/v1/segment-moves");
  return (
    <Section title="Where customers moved">
      <Loaded answer={moves}>
        {(answer) => {
          if (!answer.since_run) return <p className="text-muted">This is the first published run; the next one shows who moved from which segment to which.</p>;
          const moved = answer.moves.filter((move) => move.from_segment !== move.to_segment).slice(0, MOVES);
          if (!moved.length) return <p className="text-muted">Nobody changed the segment since {fullDay(answer.since_cutoff)}.</p>;
          return (
            <>
              <Moved caption="Moves" moves={moved.slice(0, FIRST)} since={answer.since_cutoff} />
              {moved.length > FIRST && (
                <details className="mt-3">
                  <summary className="w-fit">The next {many(moved.length - FIRST, "move")}</summary>
                  <Moved caption="Further moves" moves={moved.slice(FIRST)} since={answer.since_cutoff} />
                </details>
              )}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function States() {
  const states = useAnswer("/api/v1/lifecycle");
  return (
    <Section title="Where all customers of the records stand" said="Who is new, active, slipping, returned, past due or under notice can still leave and has a prediction; the others are counted here and nowhere else.">
      <Loaded answer={states}>
        {(answer) => (
          <Rows
            caption="States of all customers"
            rows={answer.states}
            keyOf={(state) => state.state}
            columns={[
              { head: "State", wide: true, cell: (state) => <Term word={state.state}>{capital(state.state)}</Term> },
              { head: "Customers", isNumber: true, cell: (state) => <CountOf name={`state ${state.state}`} value={state.customers} query={state.query} /> },
              { head: "Share", isNumber: true, cell: (state) => percent(state.share) },
              { head: "Revenue so far", isNumber: true, cell: (state) => shortMoney(state.revenue, answer.currency) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
