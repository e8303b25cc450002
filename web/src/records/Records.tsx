"use client";
// What went in and what was left out: every file, every row set aside with its reason, the checks; and how to add more.
import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { KnownTotals } from "@/known/KnownTotals";
import { withoutTyping } from "@/known/words";
import { ButtonLink } from "@/parts/controls";
import { FileButton } from "@/parts/FileButton";
import { PageTitle } from "@/parts/PageTitle";
import { Rows, Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { count, exactMoney, many, percent } from "@/words/format";

import { allSteps, type Step } from "./steps";

type Records = Answer<"/api/v1/quality">;

export function Records() {
  const quality = useAnswer("/api/v1/quality");
  const caller = useAnswer("/api/v1/caller").data;
  const mayChange = caller !== undefined && !caller.sees_sample && caller.scopes.some((scope) => scope === "run" || scope === "admin");
  return (
    <Loaded answer={quality} page="data" skeleton={<Skeleton rows={12} height={24} />}>
      {(said) => (
        <>
          <PageTitle
            page="data"
            actions={
              <>
                <ButtonLink href="/setup/" look="main">
                  Add files
                </ButtonLink>
                {said.can_list_set_aside && said.rows_set_aside > 0 && (
                  <FileButton path="/api/v1/quality/set-aside" values={{ format: "csv" }} name="rows-set-aside">
                    Download the rows set aside
                  </FileButton>
                )}
              </>
            }
          >
            {titleOf(said)}
          </PageTitle>
          {said.grade && (
            <p className="max-w-prose">
              The records are <span className="font-semibold">{said.grade}</span>.{said.reasons.map((reason) => ` ${reason}`)}
            </p>
          )}
          {said.known_totals && (
            <p className="max-w-prose">
              {mayChange ? withoutTyping(said.known_totals) : said.known_totals}{" "}
              {mayChange && (
                <a href="#own-totals" className="underline decoration-line-strong underline-offset-4 hover:text-accent">
                  Your own totals
                </a>
              )}
            </p>
          )}
          <Section title="By table">
            <Rows
              caption="Rows by table"
              rows={said.tables}
              keyOf={(table) => table.table}
              columns={[
                { head: "Table", wide: true, cell: (table) => <Table table={table} /> },
                { head: "Read", isNumber: true, isMain: true, cell: (table) => count(table.rows_read) },
                { head: "Kept", isNumber: true, isMain: true, cell: (table) => count(table.rows_kept) },
                { head: "Set aside", isNumber: true, isMain: true, cell: (table) => count(table.rows_set_aside) },
                { head: "Of these merged or netted", isNumber: true, cell: (table) => (table.rows_merged + table.rows_netted ? count(table.rows_merged + table.rows_netted) : "") },
                { head: "Share kept", isNumber: true, cell: (table) => (table.rows_read ? percent(table.rows_kept / table.rows_read) : "no rows") },
              ]}
            />
          </Section>
          <Money records={said} />
          {mayChange && <KnownTotals title="Your own totals" isLocked={false} />}
          <Section title="What the records need">
            <ul className="grid gap-2">
              {said.items.map((item) => (
                <li key={`${item.name} ${item.sentence}`} className="grid grid-cols-[20px_1fr] gap-2">
                  <span aria-hidden="true">{item.mark}</span>
                  <span>
                    {item.sentence}
                    {item.fix && <span className="block text-sm text-muted">{item.fix}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </Section>
          <Checks records={said} />
        </>
      )}
    </Loaded>
  );
}

function titleOf(said: Records): string {
  if (!said.rows_set_aside) return `All ${many(said.rows_read, "row")} that were read are kept`;
  return `${count(said.rows_kept)} of ${many(said.rows_read, "row")} are kept; ${count(said.rows_set_aside)} are set aside`;
}

function Table({ table }: { table: Records["tables"][number] }) {
  return (
    <>
      <span className="font-medium">{table.table}</span>
      {table.set_aside.map((reason) => (
        <span key={`${reason.step} ${reason.reason}`} className="block text-sm font-normal text-muted">
          {count(reason.rows)} set aside: {reason.reason}
        </span>
      ))}
      {table.notes.map((note) => (
        <span key={note} className="block text-sm font-normal text-muted">
          {note}
        </span>
      ))}
    </>
  );
}

const STEPS: Record<string, string> = { gross: "Written in the records", net: "Received", missing_customer: "without a customer", long_id: "with another text in the place of the customer id", void: "cancelled or void" };

type Steps = readonly Step[];
const isOfReceived = (steps: Steps, step: Steps[number]) => steps.some((one) => one.step === "net") && steps.indexOf(step) > steps.findIndex((one) => one.step === "net");

/** Whether a step is taken off: it stands between what is written and what was received, and these come out to the cent. What a step gives back stands with its sign. */
function isTakenOff(steps: Steps, step: Steps[number]): boolean {
  const net = steps.findIndex((one) => one.step === "net");
  const between = steps.slice(1, Math.max(net, 1));
  const left = between.reduce((sum, one) => sum - (one.amount ?? 0), steps[0]?.amount ?? 0);
  return between.includes(step) && Math.abs(left - (steps[net]?.amount ?? 0)) < 0.01;
}

function Money({ records }: { records: Records }) {
  if (!records.money.length) return null;
  return (
    <Section title="From what is written to what was received" said={`Each step with its rows; amounts in ${records.currency}.`}>
      <div className="grid gap-6">
        {records.money.map((ledger) => (
          <Rows
            key={ledger.table}
            caption={`Money of ${ledger.table}`}
            rows={allSteps(ledger, records.tables)}
            keyOf={(step) => step.step}
            columns={[
              { head: ledger.table, wide: true, cell: (step) => `${isOfReceived(ledger.steps, step) ? "of that, " : ""}${STEPS[step.step] ?? step.step.replaceAll("_", " ")}` },
              { head: "Rows", isNumber: true, cell: (step) => count(step.rows) },
              { head: "Amount", isNumber: true, cell: (step) => step.amount === null ? "not counted" : exactMoney(isTakenOff(ledger.steps, step) ? -(step.amount ?? 0) : step.amount, records.currency) },
            ]}
          />
        ))}
      </div>
    </Section>
  );
}

function Checks({ records }: { records: Records }) {
  const all = records.checks.length + records.checks_passed;
  return (
    <Section title="Checks" said={`${count(records.checks_passed)} of ${many(all, "check")} found nothing.`}>
      {records.checks.length > 0 && (
        <details>
          <summary className="font-medium">The {many(records.checks.length, "check")} that found something</summary>
        <Rows
          caption="Checks that found something"
          rows={records.checks}
          keyOf={(check) => check.id}
          columns={[
            { head: "Where", cell: (check) => <span>{[check.table, check.column].filter(Boolean).join(".")}</span> },
            { head: "Rule", wide: true, cell: (check) => <>{check.rule}{check.fix && <span className="block text-sm text-muted">{check.fix}</span>}</> },
            { head: "Rows", isNumber: true, cell: (check) => (check.rows_failed === null ? "" : count(check.rows_failed)) },
            { head: "Weight", cell: (check) => check.severity },
          ]}
        />
        </details>
      )}
    </Section>
  );
}
