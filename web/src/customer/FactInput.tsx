"use client";
// One fact that may be changed: a slider with a box for a number, a choice for anything else.
import { rounded } from "@/words/format";

import { type Fact, factWords, sliderOf, type Value } from "./facts";

const FIELD = "h-8 rounded-md border border-line-strong bg-raised px-2 text-sm";
const UNKNOWN = "\u0000unknown";

interface Props {
  fact: Fact;
  currency: string;
  value: Value;
  onChange: (value: Value) => void;
}

export function FactInput({ fact, currency, value, onChange }: Props) {
  const isChanged = value !== fact.value;
  const usual = fact.usual ? `Half of all customers: ${rounded(fact.usual.lower_quarter)} to ${factWords(fact.usual.upper_quarter, fact.unit, currency)}` : "";
  return (
    <fieldset className="grid min-w-0 gap-1" data-fact={fact.name}>
      <legend className={`break-words text-sm ${isChanged ? "font-semibold" : ""}`}>{fact.label}</legend>
      {fact.kind === "number" ? <NumberInput fact={fact} value={value} onChange={onChange} /> : <Choice fact={fact} value={value} onChange={onChange} />}
      <p className="figures flex flex-wrap justify-between gap-x-4 text-xs text-muted">
        <span>This customer: {factWords(fact.value, fact.unit, currency)}</span>
        <span>{usual}</span>
      </p>
    </fieldset>
  );
}

function NumberInput({ fact, value, onChange }: Omit<Props, "currency">) {
  const { min, max, step } = sliderOf(fact);
  const number = typeof value === "number" ? value : null;
  return (
    <div className="flex items-center gap-3">
      <input type="range" aria-label={fact.label} className="h-8 min-w-0 flex-1 accent-accent" min={min} max={max} step={step} value={number ?? min} onChange={(event) => onChange(Number(event.target.value))} />
      <input
        type="number"
        aria-label={`${fact.label}, as a number`}
        className={`figures w-24 text-right ${FIELD}`}
        min={fact.least ?? undefined}
        step={fact.is_whole ? 1 : "any"}
        placeholder={fact.may_be_unknown ? "not known" : ""}
        value={number === null ? "" : Math.round(number * 100) / 100}
        onChange={(event) => {
          if (event.target.value !== "") onChange(Number(event.target.value));
          else if (fact.may_be_unknown) onChange(null);
        }}
      />
    </div>
  );
}

function Choice({ fact, value, onChange }: Omit<Props, "currency">) {
  const isFlag = fact.kind === "yes or no";
  const levels = isFlag ? ["yes", "no"] : [...new Set([...fact.levels, ...(typeof fact.value === "string" ? [fact.value] : [])])];
  const current = value === null ? UNKNOWN : isFlag ? (value ? "yes" : "no") : String(value);
  return (
    <select
      aria-label={fact.label}
      className={`min-w-0 max-w-full ${FIELD}`}
      value={current}
      onChange={(event) => onChange(event.target.value === UNKNOWN ? null : isFlag ? event.target.value === "yes" : event.target.value)}
    >
      {(fact.may_be_unknown || value === null) && <option value={UNKNOWN}>not known</option>}
      {levels.map((level) => (
        <option key={level}>{level}</option>
      ))}
    </select>
  );
}
