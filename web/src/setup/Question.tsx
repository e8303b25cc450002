"use client";
// One open question: what was found, the likeliest answers first, and a place for another one where there can be.
import { useState } from "react";

import { Button } from "@/parts/controls";

import type { Progress } from "./Wizard";
import { answerWords, evidenceWords, questionWords } from "./words";

type Open = Progress["setup"]["questions"][number];

interface Props {
  question: Open;
  tables: Progress["setup"]["tables"];
  isBusy: boolean;
  onAnswer: (question: string, value: string) => void;
}

export function Question({ question, tables, isBusy, onAnswer }: Props) {
  const [other, setOther] = useState("");
  return (
    <form
      className="grid gap-4 rounded-lg border border-line p-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (other.trim()) onAnswer(question.question, other.trim());
      }}
    >
      <div>
        <p className="font-semibold break-words">{questionWords(question, tables)}</p>
        <p className="mt-1 max-w-prose break-words text-muted">{evidenceWords(question)}</p>
      </div>
      <ul className="grid gap-2">
        {question.candidates.map((candidate, at) => (
          <li key={candidate} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Button look={at === 0 ? "main" : "plain"} disabled={isBusy} className="!h-auto min-h-8 py-1 max-w-full !whitespace-normal break-all" onClick={() => onAnswer(question.question, candidate)}>
              {candidate}
            </Button>
            <span className="min-w-0 break-words text-sm text-muted">
              {answerWords(question, candidate)}
              {at === 0 && question.candidates.length > 1 && " (likeliest)"}
            </span>
          </li>
        ))}
      </ul>
      {!question.is_closed && (
        <label className="flex flex-wrap items-center gap-2 text-sm">
          <span className="text-muted">Something else</span>
          <input value={other} onChange={(event) => setOther(event.target.value)} className="h-8 min-w-0 rounded-md border border-line-strong bg-raised px-2" />
          <Button type="submit" disabled={isBusy || !other.trim()}>
            Answer
          </Button>
        </label>
      )}
    </form>
  );
}
