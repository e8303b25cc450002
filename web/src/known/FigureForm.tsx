"use client";
// One figure to type: of a month that is offered, or any other.
import { type FormEvent, useState } from "react";

import { Button } from "@/parts/controls";

import { figureName, figureValue, isOfDay, type Known, type Name, NAMES, type Typed } from "./words";

const FIELD = "h-8 rounded-md border border-line-strong bg-raised px-2 text-text";
const OTHER = "other";

interface Props {
  known: Known;
  isLocked: boolean;
  onCompare: (typed: Typed) => Promise<boolean>;
}

export function FigureForm({ known, isLocked, onCompare }: Props) {
  const offered = known.to_compare;
  const [chosen, setChosen] = useState(offered.length ? String(offered.length - 1) : OTHER);
  const [name, setName] = useState<Name>("revenue");
  const [when, setWhen] = useState("");
  const [value, setValue] = useState("");
  const one = chosen === OTHER ? undefined : offered[Number(chosen)];
  const typed: Typed = one ? { figure: one.figure as Name, when: one.when, value: value.trim() } : { figure: name, when: when.trim(), value: value.trim() };
  const isWhole = typed.when !== "" && typed.value !== "";
  const compare = async (event: FormEvent) => {
    event.preventDefault();
    if (isWhole && (await onCompare(typed))) setValue("");
  };
  return (
    <form className="flex flex-wrap items-end gap-3" onSubmit={(event) => void compare(event)}>
      {offered.length > 0 && (
        <label className="grid min-w-0 gap-1 text-sm text-muted">
          Figure
          <select value={chosen} onChange={(event) => setChosen(event.target.value)} className={`${FIELD} max-w-full`}>
            {offered.map((each, at) => (
              <option key={at} value={at}>
                {figureName(each.figure)} {isOfDay(each.figure) ? "on" : "of"} {each.in_words}: {figureValue(each.figure, each.observed, known.currency)} here
              </option>
            ))}
            <option value={OTHER}>Another figure or other days</option>
          </select>
        </label>
      )}
      {!one && (
        <>
          <label className="grid gap-1 text-sm text-muted">
            Which
            <select value={name} onChange={(event) => setName(event.target.value as Name)} className={FIELD}>
              {Object.entries(NAMES).map(([each, words]) => (
                <option key={each} value={each}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <label className="grid gap-1 text-sm text-muted">
            {isOfDay(name) ? "At the end of the day" : "Month, year or day"}
            <input value={when} maxLength={40} placeholder={isOfDay(name) ? "2024-05-31" : "2024-05"} onChange={(event) => setWhen(event.target.value)} className={`${FIELD} w-36`} />
          </label>
        </>
      )}
      <label className="grid gap-1 text-sm text-muted">
        Your system shows
        <input value={value} maxLength={40} inputMode="decimal" autoComplete="off" onChange={(event) => setValue(event.target.value)} className={`${FIELD} figures w-36`} />
      </label>
      <Button type="submit" look={known.figures.length ? "plain" : "main"} disabled={isLocked || !isWhole}>
        Compare
      </Button>
    </form>
  );
}
