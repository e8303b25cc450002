"use client";
// The last steps: the verdict on the records, the run, and the way to the list.
import type { Answer } from "@/api/client";
import { Button } from "@/parts/controls";
import { Rows, Section } from "@/parts/Section";
import { count, exactMoney, fullDay, moment } from "@/words/format";

import type { Progress } from "./Wizard";

interface Props {
  progress: Progress;
  ran: Answer<"/api/v1/jobs">["jobs"][number] | undefined; // the latest run
  isBusy: boolean;
  hasNewFiles: boolean;
  onCheck: () => void;
  onRun: () => void;
  onOpen: () => void;
}

export function Check({ progress, ran, isBusy, hasNewFiles, onCheck, onRun, onOpen }: Props) {
  const check = progress.last_check;
  const isReady = check?.state === "done" && check.result?.["is_ready"] === true;
  const hasList = ran?.state === "done";
  return (
    <Section title="What the records come to">
      {ran && ran.state !== "done" && ran.problem && <Failed problem={ran.problem} fix={ran.fix} />}
      {check && <Verdict check={check} currency={progress.setup.choices.find((choice) => choice.setting === "currency")?.value ?? ""} />}
      <div className="mt-4 flex flex-wrap gap-2">
        {hasList && (
          <Button look={hasNewFiles ? "plain" : "main"} disabled={isBusy} onClick={onOpen}>
            Open the list
          </Button>
        )}
        <Button look={!isReady || hasList || hasNewFiles ? "plain" : "main"} disabled={isBusy} onClick={onRun}>
          {hasList ? "Make the list again" : "Make the list"}
        </Button>
        <Button look={check ? "bare" : "main"} disabled={isBusy} onClick={onCheck}>
          {check ? "Check again" : "Check the records"}
        </Button>
      </div>
    </Section>
  );
}

function Failed({ problem, fix }: { problem: string; fix: string | null }) {
  return (
    <div role="alert" className="mb-4 rounded-lg border border-line bg-panel p-4">
      <p className="break-words font-semibold">{problem}</p>
      {fix && <p className="mt-1 break-words text-muted">{fix}</p>}
    </div>
  );
}

function Verdict({ check, currency }: { check: NonNullable<Progress["last_check"]>; currency: string }) {
  if (check.problem) return <Failed problem={check.problem} fix={check.fix} />;
  const result = check.result ?? {};
  const lines = Array.isArray(result["reasons"]) ? result["reasons"].filter((line): line is string => typeof line === "string") : [];
  return (
    <div className="rounded-lg border border-line p-4" data-verdict={String(result["is_ready"])}>
      <p className="font-semibold first-letter:uppercase">
        {String(result["grade"] ?? check.state)}
        {check.finished_at ? <span className="font-normal text-muted">, checked {moment(check.finished_at)}</span> : null}
      </p>
      <ul className="mt-1 grid gap-1 text-muted">
        {lines.map((line) => (
          <li key={line} className="break-words">
            {line}
          </li>
        ))}
      </ul>
      <Totals totals={result["totals"]} currency={currency} />
    </div>
  );
}

interface Total {
  table: string;
  rows: number;
  customers: number | null;
  first: string | null;
  last: string | null;
  amount: number | null;
}

/** What each table comes to after cleaning: what these answers mean, in figures that one knows from elsewhere. */
function Totals({ totals, currency }: { totals: unknown; currency: string }) {
  if (!Array.isArray(totals) || !totals.length) return null;
  return (
    <div className="mt-3">
      <Rows
        caption="What the tables come to"
        rows={totals as Total[]}
        keyOf={(total) => total.table}
        columns={[
          { head: "Table", wide: true, cell: (total) => total.table },
          { head: "Rows", isNumber: true, cell: (total) => count(total.rows) },
          { head: "Customers", isNumber: true, cell: (total) => (total.customers === null ? "" : count(total.customers)) },
          { head: "From", isNumber: true, cell: (total) => (total.first ? fullDay(total.first) : "") },
          { head: "Until", isNumber: true, cell: (total) => (total.last ? fullDay(total.last) : "") },
          { head: "Sum of amounts", isNumber: true, cell: (total) => (total.amount === null ? "" : exactMoney(total.amount, currency)) },
        ]}
      />
    </div>
  );
}
