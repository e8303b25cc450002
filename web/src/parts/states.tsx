"use client";
// What a place shows when it has nothing to show yet: loading, empty, a problem.
import type { ReactNode } from "react";

import { ApiProblem } from "@/api/client";
import { pageOf } from "@/pages-map";

import { Button, ButtonLink } from "./controls";
import { PageTitle } from "./PageTitle";

/** Grey lines in the shape of what comes; said once to a screen reader. */
export function Skeleton({ rows = 5, height = 20, label = "Loading" }: { rows?: number; height?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} data-state="loading" className="grid gap-3 py-2">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton" style={{ height, width: `${96 - ((row * 17) % 34)}%` }} />
      ))}
    </div>
  );
}

export function Empty({ sentence, children }: { sentence: string; children?: ReactNode }) {
  return (
    <div data-state="empty" className="grid justify-items-center gap-3 rounded-lg border border-dashed border-line px-6 py-12 text-center">
      <p className="max-w-prose text-muted">{sentence}</p>
      {children}
    </div>
  );
}

const KINDS: Record<number, string> = { 0: "offline", 403: "forbidden", 404: "missing" };

const NO_RUN = "There is no run yet"; // as the server begins to say that nothing is published

/** What is wrong and what to do, as the server says it, and a way to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const known = error instanceof ApiProblem ? error : null;
  return (
    <div role="alert" data-state={known ? (KINDS[known.status] ?? "problem") : "problem"} className="grid justify-items-start gap-2 rounded-lg border border-line bg-panel p-5">
      <p className="font-semibold">{known ? known.problem : "This page could not be drawn."}</p>
      <p className="max-w-prose text-muted">{known ? known.fix : "Reload it; if it happens again, report it with what you did."}</p>
      <div className="flex flex-wrap gap-2">
        {known?.status === 404 && known.problem.startsWith(NO_RUN) && (
          <ButtonLink href="/setup/" look="main">
            Add files
          </ButtonLink>
        )}
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
      </div>
    </div>
  );
}

interface Query<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface LoadedProps<T> {
  answer: Query<T>;
  skeleton?: ReactNode;
  page?: string; // where the title of the page is drawn from the answer: without one, the page's name stands there
  children: (value: T) => ReactNode;
}

/** The states of one answer: skeleton, problem, or what is drawn from it. Old rows stay while new ones come. */
export function Loaded<T>({ answer, skeleton, page, children }: LoadedProps<T>) {
  if (answer.data !== undefined) return <>{children(answer.data)}</>;
  return (
    <>
      {page && <PageTitle page={page}>{pageOf(page).label}</PageTitle>}
      {answer.error ? <Problem error={answer.error} onRetry={() => answer.refetch()} /> : (skeleton ?? <Skeleton />)}
    </>
  );
}
