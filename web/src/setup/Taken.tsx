"use client";
// What the files are taken for, with the evidence and how sure it is; the settings file says the same.
import { Rows, Section } from "@/parts/Section";
import { percent } from "@/words/format";

import type { Progress } from "./Wizard";

type Setup = Progress["setup"];
const SETTINGS: Record<string, string> = {
  name: "Name",
  shape: "Kind of records",
  currency: "Currency",
  time_zone: "Time zone",
  "churn.rule": "How one leaves",
  "churn.horizon_days": "Days ahead that are asked about",
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
                <span className="font-semibold">{table.table}</span> holds {table.holds} <span className="text-sm text-muted">({table.files.join(", ")})</span>
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
              { head: "Value", cell: (choice) => <span>{choice.value}</span> },
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
            {leftOut.map(([name, why]) => (
              <li key={name} className="break-words">
                Not used: {name}: {why}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
