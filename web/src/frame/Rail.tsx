"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useEffect, useRef, useState } from "react";

import { type Page, RAIL } from "@/pages-map";
import { Icon } from "@/parts/icons";

const IN_BAR = ["today", "customers", "budget", "trust"]; // of a phone; the other pages stand behind its last button

/** The pages: a rail at the left; on phones a bar at the bottom, whose last button opens the pages that do not fit. */
export function Rail() {
  const path = usePathname();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLElement>(null);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (!isOpen) return;
    const onDown = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, [isOpen]);
  const others = RAIL.filter((page) => !IN_BAR.includes(page.name));
  const isBehind = others.some((page) => isHere(page, path));
  return (
    <nav
      ref={box}
      aria-label="Pages"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        setOpen(false);
        box.current?.querySelector("button")?.focus();
      }}
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-panel md:sticky md:top-0 md:h-dvh md:w-48 md:shrink-0 md:border-t-0 md:border-r"
    >
      <p className="hidden items-center gap-2 px-5 pt-4 pb-5 text-base font-semibold md:flex">
        <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" className="fill-accent" />
          <path d="M10 7v18M22 7v18M10 16h12" className="stroke-on-accent" strokeWidth="3.5" strokeLinecap="round" />
        </svg>
        Holdfast
      </p>
      <ul className="flex md:grid md:gap-0.5 md:px-3">
        {RAIL.map((page) => (
          <li key={page.name} className={IN_BAR.includes(page.name) ? "min-w-0 flex-1 md:flex-none" : "hidden md:block"}>
            <PageLink page={page} isCurrent={isHere(page, path)} />
          </li>
        ))}
        <li className="min-w-0 flex-1 md:hidden">
          <button type="button" aria-expanded={isOpen} aria-controls="more-pages" onClick={() => setOpen(!isOpen)} className={`${BAR_ITEM} w-full ${isBehind ? "font-medium text-accent" : "text-muted"}`}>
            <Icon name="more" />
            More
          </button>
        </li>
      </ul>
      {isOpen && (
        <ul id="more-pages" aria-label="More pages" className="absolute right-0 bottom-full left-0 grid grid-cols-3 gap-1 border-t border-line bg-panel p-2 shadow-xl md:hidden">
          {others.map((page) => (
            <li key={page.name}>
              <PageLink page={page} isCurrent={isHere(page, path)} />
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}

const BAR_ITEM = "flex min-h-12 flex-col items-center gap-0.5 px-1 py-2 text-xs";

function isHere(page: Page, path: string): boolean {
  if (page.path === "/") return path === "/";
  return path.startsWith(page.path) || (page.name === "customers" && path.startsWith("/customer/"));
}

function PageLink({ page, isCurrent }: { page: Page; isCurrent: boolean }) {
  return (
    <Link
      href={page.path}
      aria-current={isCurrent ? "page" : undefined}
      className={`${BAR_ITEM} md:min-h-0 md:flex-row md:gap-2.5 md:rounded-md md:px-2.5 md:py-1.5 md:text-base ${
        isCurrent ? "font-medium text-accent md:bg-accent-soft" : "text-muted hover:text-text md:hover:bg-line/50"
      }`}
    >
      <Icon name={page.name} />
      {page.label}
    </Link>
  );
}
