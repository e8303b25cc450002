"use client";
// A button and what it opens beside it; Escape and a click elsewhere close it.
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

import { Button } from "./controls";

const EDGE = 16; // pixels to the edge of the window

export function Popover({ label, name, look = "plain", width = "w-80", align = "left", children }: { label: ReactNode; name: string; look?: "main" | "plain" | "bare"; width?: string; align?: "left" | "right"; children: (close: () => void) => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [shift, setShift] = useState(0); // so that it lies within the window, wherever its button stands
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const onDown = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, [isOpen]);
  useLayoutEffect(() => {
    const rect = isOpen ? panel.current?.getBoundingClientRect() : undefined;
    setShift(rect ? Math.max(EDGE, Math.min(rect.left, document.documentElement.clientWidth - EDGE - rect.width)) - rect.left : 0);
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
          ref={panel}
          id={id}
          role="group"
          aria-label={name}
          style={align === "right" ? { right: -shift } : { left: shift }}
          className={`absolute top-full z-20 mt-1 max-h-[70vh] max-w-[calc(100vw-32px)] overflow-y-auto rounded-lg border border-line bg-raised p-3 shadow-xl ${width}`}
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}
