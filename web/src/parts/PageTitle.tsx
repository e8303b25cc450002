"use client";
// The answer of a page, in its title; the tab says the page's name.
import { type ReactNode, useEffect } from "react";

import { pageOf } from "@/pages-map";

export function PageTitle({ page, children, said, actions }: { page: string; children: ReactNode; said?: ReactNode; actions?: ReactNode }) {
  const { label, question } = pageOf(page);
  useEffect(() => {
    document.title = `${label} · Holdfast`;
  }, [label]);
  return (
    <div className="mb-6 grid gap-4">
      <div className="grid gap-1">
        <p className="text-sm text-muted">{question}</p>
        <h1 className="max-w-4xl text-title leading-7 font-semibold text-balance">{children}</h1>
        {said && <p data-said className="max-w-4xl text-muted">{said}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-1.5 sm:gap-2">{actions}</div>}
    </div>
  );
}
