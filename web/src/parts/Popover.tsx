"use client";
// A button and what it opens beside it; Escape and a click elsewhere close it.
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import { Button } from "./controls";

export function Popover({ label, name, look = "plain", width = "w-80", align = "left", children }: { label: ReactNode; name: string; look?: "main" | "plain" | "bare"; width?: string; align?: "left" | "right"; children: (close: () => void) => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const onDown = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, [isOpen]);
  const close = () => setOpen(false);
  return (
    <div
      ref={box}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
        box.current?.querySelector("button")?.focus();
      }}
    >
      <Button look={look} aria-expanded={isOpen} aria-controls={isOpen ? id : undefined} onClick={() => setOpen(!isOpen)}>
        {label}
      </Button>
      {isOpen && (
        <div
          id={id}
          role="group"
          aria-label={name}
          className={`absolute top-full z-20 mt-1 max-h-[70vh] max-w-[calc(100vw-32px)] overflow-y-auto rounded-lg border border-line bg-raised p-3 shadow-xl ${width} ${align === "right" ? "sm:right-0" : "left-0"}`}
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}
