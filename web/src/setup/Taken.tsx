"use client";
// What the files are taken for, with values, evidence and how sure it is; each guess can be changed, and the settings
// file says the same.
import { useState } from "react";

import { Button } from "@/parts/controls";
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

interface Props {
  setup: Setup;
  isLocked: boolean; // something is at work
  onAnswer: (question: string, value: string) => void;
}

export function Taken({ setup, isLocked, onAnswer }: Props) {
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
                  { head: "Column", cell: (column) => <ChosenColumn column={column} names={Object.keys(table.file_columns)} isLocked={isLocked} onAnswer={onAnswer} /> },
                  { head: "Means", isMain: true, cell: (column) => column.meaning.replaceAll("_", " ") },
                  { head: "Values", isMain: true, cell: (column) => <span className="text-sm">{column.examples}</span> },
                  { head: "Kind", cell: (column) => column.kind },
                  { head: "Evidence", cell: (column) => <span className="text-sm text-muted">{column.evidence}</span> },
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
              { head: "Value", isMain: true, cell: (choice) => (TYPED.includes(choice.setting) ? <Typed key={choice.value} choice={choice} isLocked={isLocked} onAnswer={onAnswer} /> : <span>{valueWords(choice.setting, choice.value)}</span>) },
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

type Column = Setup["tables"][number]["columns"][number];

/** The column of the file that a meaning was found in; another one may be chosen. */
function ChosenColumn({ column, names, isLocked, onAnswer }: { column: Column; names: string[] } & Omit<Props, "setup">) {
  if (!column.column || !names.includes(column.column)) return <span className="break-all">{column.column || "still open"}</span>;
  return (
    <select
      aria-label={`Column for ${column.meaning.replaceAll("_", " ")}`}
      disabled={isLocked}
      value={column.column}
      onChange={(event) => onAnswer(column.setting, event.target.value)}
      className="h-8 max-w-48 rounded-md border border-line-strong bg-raised px-2 text-sm"
    >
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

const TYPED = ["name", "currency", "time_zone", "churn.horizon_days"]; // settings that a person may know better

/** A guess about the business that is typed over where it is wrong. */
function Typed({ choice, isLocked, onAnswer }: { choice: Setup["choices"][number] } & Omit<Props, "setup">) {
  const [text, setText] = useState(choice.value);
  const isChanged = text.trim() !== "" && text.trim() !== choice.value;
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) onAnswer(choice.setting, text.trim());
      }}
    >
      <input
        aria-label={SETTINGS[choice.setting]}
        disabled={isLocked}
        maxLength={200}
        inputMode={choice.setting === "churn.horizon_days" ? "numeric" : "text"}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="h-8 w-40 max-w-full rounded-md border border-line-strong bg-raised px-2"
      />
      {choice.setting === "churn.horizon_days" && <span className="text-muted">days</span>}
      {isChanged && (
        <Button type="submit" disabled={isLocked}>
          Change
        </Button>
      )}
    </form>
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
