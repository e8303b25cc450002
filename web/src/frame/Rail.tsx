"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";

import { RAIL } from "@/pages-map";
import { Icon } from "@/parts/icons";

/** The pages: a rail at the left; on phones a bar at the bottom that scrolls where there are many. */
export function Rail() {
  const path = usePathname();
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-panel md:sticky md:top-0 md:h-dvh md:w-48 md:shrink-0 md:border-t-0 md:border-r"
    >
      <p className="hidden items-center gap-2 px-5 pt-4 pb-5 text-base font-semibold md:flex">
        <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" className="fill-accent" />
          <path d="M10 7v18M22 7v18M10 16h12" className="stroke-on-accent" strokeWidth="3.5" strokeLinecap="round" />
        </svg>
        Holdfast
      </p>
      <ul className="flex overflow-x-auto md:grid md:gap-0.5 md:px-3">
        {RAIL.map((page) => {
          const isHere = page.path === "/" ? path === "/" : path.startsWith(page.path) || (page.name === "customers" && path.startsWith("/customer/"));
          return (
            <li key={page.name} className="flex-1 md:flex-none">
              <Link
                href={page.path}
                aria-current={isHere ? "page" : undefined}
                className={`flex min-w-16 flex-col items-center gap-0.5 px-2 py-2 text-xs md:flex-row md:gap-2.5 md:rounded-md md:px-2.5 md:py-1.5 md:text-base ${
                  isHere ? "font-medium text-accent md:bg-accent-soft" : "text-muted hover:text-text md:hover:bg-line/50"
                }`}
              >
                <Icon name={page.name} />
                {page.label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
