"use client";
// What the files are taken for, with the evidence and how sure it is; the settings file says the same.
import { Rows, Section } from "@/parts/Section";
import { many, percent } from "@/words/format";

import type { Progress } from "./Wizard";
import { valueWords } from "./words";

type Setup = Progress["setup"];
const SETTINGS: Record<string, string> = {
  name: "Name",
  shape: "Kind of records",
  currency: "Currency",
  time_zone: "Time zone",
  "churn.rule": "How one leaves",
  "churn.horizon_days": "How far ahead it looks",
};
const sure = (confidence: number | null) => (confidence === null ? "" : percent(confidence));

export function Taken({ setup }: { setup: Setup }) {
  const leftOut = Object.entries(setup.left_out);
  if (!setup.tables.length) return null;
  return (
    <>
      <Section title="What these files are taken for" said={setup.exports.map((known) => known["sentence"]).filter((text): text is string => typeof text === "string").join(" ") || undefined}>
        <div className="grid gap-3">
          {setup.tables.map((table) => (
            <details key={table.table} className="rounded-lg border border-line p-4">
              <summary>
                <span className="font-semibold break-words">{table.files.join(", ")}</span> holds {table.holds}
                {table.table !== table.holds && <span className="text-sm text-muted">, called {table.table} here</span>}
              </summary>
              <p className="my-2 break-words text-sm text-muted">{table.evidence}</p>
              <Rows
                caption={`Columns of ${table.table}`}
                rows={table.columns}
                keyOf={(column) => column.setting + column.column}
                columns={[
                  { head: "Column", cell: (column) => <span>{column.column || "still open"}</span> },
                  { head: "Means", cell: (column) => column.meaning },
                  { head: "Kind", cell: (column) => column.kind },
                  { head: "Evidence", wide: true, cell: (column) => column.evidence },
                  { head: "Sure", isNumber: true, cell: (column) => sure(column.confidence) },
                ]}
              />
            </details>
          ))}
        </div>
      </Section>
      {setup.choices.length > 0 && (
        <Section title="About the business">
          <Rows
            caption="Guesses about the business"
            rows={setup.choices}
            keyOf={(choice) => choice.setting}
            columns={[
              { head: "Setting", isName: true, cell: (choice) => SETTINGS[choice.setting] ?? choice.setting },
              { head: "Value", cell: (choice) => <span>{valueWords(choice.setting, choice.value)}</span> },
              { head: "Evidence", wide: true, cell: (choice) => choice.evidence },
              { head: "Sure", isNumber: true, cell: (choice) => sure(choice.confidence) },
            ]}
          />
        </Section>
      )}
      {(setup.notes.length > 0 || leftOut.length > 0) && (
        <Section title="What you should know">
          <ul className="grid gap-1 text-muted">
            {setup.notes.map((note) => (
              <li key={note} className="break-words">
                {note}
              </li>
            ))}
          </ul>
          {leftOut.length > 0 && <LeftOut leftOut={leftOut} />}
        </Section>
      )}
    </>
  );
}

/** What is not used, by reason, the most frequent first. */
function LeftOut({ leftOut }: { leftOut: [string, string][] }) {
  const byReason = new Map<string, string[]>();
  for (const [name, why] of leftOut) byReason.set(why, [...(byReason.get(why) ?? []), name]);
  const reasons = [...byReason].sort(([, one], [, other]) => other.length - one.length);
  return (
    <details className="mt-2">
      <summary className="text-muted">{many(leftOut.length, "column or table", "columns or tables")} not used, and why</summary>
      <dl className="mt-2 grid gap-2">
        {reasons.map(([why, names]) => (
          <div key={why}>
            <dt className="break-words text-sm text-muted first-letter:uppercase">{why}</dt>
            <dd className="break-words">{names.map((name) => name.split(".").slice(1).join(".") || name).join(", ")}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
