"use client";
// Keys that hold on every page, with the help that lists them and the palette (loaded when it is first opened).
import { useRouter } from "next/navigation";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { RAIL } from "@/pages-map";

const loadPalette = () => import("./Palette");
const loadHelp = () => import("./Help");
const Palette = lazy(loadPalette);
const Help = lazy(loadHelp);

type Part = "palette" | "help";
const OPEN = "holdfast-open";

/** Open the palette or the help from anywhere. */
export function openOf(part: Part): void {
  window.dispatchEvent(new CustomEvent(OPEN, { detail: part }));
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function Keyboard() {
  const router = useRouter();
  const [open, setOpen] = useState<Part | null>(null);
  const wentG = useRef(0);
  useEffect(() => {
    // Not part of the first page; here before they are wanted, also if the server goes away meanwhile.
    const timer = setTimeout(() => void Promise.all([loadPalette(), loadHelp()]).catch(() => undefined), 1_500);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const onOpen = (event: Event) => setOpen((event as CustomEvent<Part>).detail);
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isSecond = Date.now() - wentG.current < 1_500;
      wentG.current = 0;
      if (isSecond) {
        const page = RAIL.find((one) => one.key === event.key);
        if (page) router.push(page.path);
      } else if (event.key === "g") wentG.current = Date.now();
      else if (event.key === "/") {
        event.preventDefault();
        document.getElementById("search")?.focus();
      } else if (event.key === "?") setOpen("help");
    };
    window.addEventListener(OPEN, onOpen);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener(OPEN, onOpen);
      window.removeEventListener("keydown", onKey);
    };
  }, [router]);
  const close = () => setOpen(null);
  return (
    <Suspense fallback={null}>
      {open === "palette" && <Palette onClose={close} />}
      {open === "help" && <Help onClose={close} />}
    </Suspense>
  );
}
