"use client";
// Currency (of the project, in holdfast.yaml), and how this browser writes numbers, days and times.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { ApiProblem, send } from "@/api/client";
import { Button } from "@/parts/controls";
import { say } from "@/parts/toasts";
import { exactMoney, fullDay, keepManner, moment, readManner } from "@/words/format";

const LOCALES: [string, string][] = [
  ["en-GB", "English (United Kingdom)"],
  ["en-US", "English (United States)"],
  ["de-DE", "German"],
  ["de-CH", "German (Switzerland)"],
  ["fr-FR", "French"],
  ["es-ES", "Spanish"],
  ["it-IT", "Italian"],
  ["nl-NL", "Dutch"],
  ["pl-PL", "Polish"],
  ["sv-SE", "Swedish"],
  ["pt-BR", "Portuguese (Brazil)"],
  ["ja-JP", "Japanese"],
];
const FIELD = "h-8 max-w-full rounded-md border border-line-strong bg-page px-2";

export function Manner({ currency, recordsZone, mayChange }: { currency: string | undefined; recordsZone: string | undefined; mayChange: boolean }) {
  const [manner, setManner] = useState({ locale: "en-GB", timeZone: "UTC" }); // as the page was built; the browser's own follows
  const [browser, setBrowser] = useState<{ zones: string[]; now: string } | null>(null);
  useEffect(() => {
    setManner({ ...readManner() });
    setBrowser({ zones: typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [], now: new Date().toISOString() });
  }, []);
  const keep = (changed: Partial<typeof manner>) => {
    keepManner(changed);
    setManner({ ...manner, ...changed });
  };
  const zones = [...new Set([manner.timeZone, "UTC", ...(browser?.zones ?? [])])];
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-end gap-4">
        {currency !== undefined && <Currency key={currency} currency={currency} mayChange={mayChange} />}
        <label className="grid min-w-0 gap-1 text-sm">
          <span className="text-muted">Numbers and days are written as in</span>
          <select value={manner.locale} onChange={(event) => keep({ locale: event.target.value })} className={FIELD}>
            {LOCALES.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="grid min-w-0 gap-1 text-sm">
          <span className="text-muted">Times are shown in</span>
          <select value={manner.timeZone} onChange={(event) => keep({ timeZone: event.target.value })} className={FIELD}>
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </div>
      <p className="figures text-muted" data-manner>
        So an amount is {exactMoney(12_345.6, currency ?? "EUR")}, a day {fullDay("2026-07-01")}{browser && `, and now ${moment(browser.now)}`}. Number format and time zone are kept in this browser.
        {recordsZone && ` Times in the records that carry no zone are taken as ${recordsZone}.`}
      </p>
    </div>
  );
}

function Currency({ currency, mayChange }: { currency: string; mayChange: boolean }) {
  const client = useQueryClient();
  const [text, setText] = useState(currency);
  const save = async () => {
    try {
      await send("POST", "/api/v1/setup/answers", { question: "currency", value: text.trim() });
      await client.invalidateQueries({ queryKey: ["/api/v1/settings"] });
      say({ text: `Amounts are in ${text.trim()} from the next run on; nothing is converted.` });
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "The currency could not be saved." });
    }
  };
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label className="grid gap-1 text-sm">
        <span className="text-muted">Amounts are in</span>
        <input required maxLength={12} disabled={!mayChange} value={text} onChange={(event) => setText(event.target.value)} className={`${FIELD} w-24`} />
      </label>
      {text.trim() !== currency && <Button type="submit">Save</Button>}
    </form>
  );
}
