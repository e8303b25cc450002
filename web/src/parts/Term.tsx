"use client";
// A word with its meaning, from the glossary that the docs use too (docs/glossary.md).
import { type ReactNode, useId, useState } from "react";

import glossary from "@/words/glossary.json";

const MEANINGS: Record<string, string> = glossary;

export function Term({ word, meaning, children }: { word?: string; meaning?: string; children: ReactNode }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const said = meaning ?? (word ? MEANINGS[word] : undefined);
  if (!said) return <>{children}</>;
  return (
    <span className="relative inline-block" onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        type="button"
        aria-describedby={isOpen ? id : undefined}
        aria-expanded={isOpen}
        className="cursor-help text-left underline decoration-line-strong decoration-dotted underline-offset-4"
        onClick={() => setOpen(true)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      >
        {children}
      </button>
      {isOpen && (
        <span role="tooltip" id={id} className="absolute left-0 top-full z-30 mt-1 w-64 rounded-md border border-line bg-raised p-2.5 text-left text-xs font-normal text-text shadow-lg">
          {said}
        </span>
      )}
    </span>
  );
}
