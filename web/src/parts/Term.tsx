"use client";
// A word with its meaning, from the glossary that the docs use too (docs/glossary.md).
import { type ReactNode, useId, useRef, useState } from "react";

import glossary from "@/words/glossary.json";

const WIDTH = 256; // w-64
const MEANINGS: Record<string, string> = glossary;

export function Term({ word, meaning, children }: { word?: string; meaning?: string; children: ReactNode }) {
  const id = useId();
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  const shown = useRef<HTMLButtonElement>(null);
  const isOpen = place !== null;
  const setOpen = (wanted: boolean) => {
    const box = shown.current?.getBoundingClientRect();
    // Fixed on the window, so that a table that scrolls sideways does not cut it; within the window at its right edge.
    setPlace(wanted && box ? { left: Math.max(8, Math.min(box.left, window.innerWidth - WIDTH - 8)), top: box.bottom + 4 } : null);
  };
  const said = meaning ?? (word ? MEANINGS[word] : undefined);
  if (!said) return <>{children}</>;
  return (
    <span className="relative inline-block" onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        ref={shown}
        type="button"
        aria-describedby={isOpen ? id : undefined}
        aria-expanded={isOpen}
        className="-my-0.5 min-h-6 cursor-help underline [text-align:inherit] decoration-line-strong decoration-dotted underline-offset-4"
        onClick={() => setOpen(true)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      >
        {children}
      </button>
      {isOpen && (
        <span role="tooltip" id={id} style={place} className="fixed z-30 w-64 rounded-md border border-line bg-raised p-2.5 text-left text-xs font-normal text-text shadow-lg">
          {said}
        </span>
      )}
    </span>
  );
}
