"use client";
// One open question: what was found, the likeliest answers first, and a place for another one where there can be.
import { useState } from "react";

import { Button } from "@/parts/controls";

import type { Progress } from "./Wizard";

type Open = Progress["setup"]["questions"][number];

export function Question({ question, isBusy, onAnswer }: { question: Open; isBusy: boolean; onAnswer: (question: string, value: string) => void }) {
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
        <p className="font-semibold break-words">{question.text ? `What does “${question.text}” mean in ${question.about}?` : `What is ${question.about}?`}</p>
        <p className="mt-1 max-w-prose break-words text-muted">{question.evidence}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        {question.candidates.map((candidate, at) => (
          <Button key={candidate} look={at === 0 ? "main" : "plain"} disabled={isBusy} className="max-w-full !whitespace-normal break-all" onClick={() => onAnswer(question.question, candidate)}>
            {candidate}
            {question.examples[candidate] && <span className="font-normal opacity-80">: {question.examples[candidate]}</span>}
          </Button>
        ))}
      </div>
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
