"use client";
// The report and the dashboard of the run, where the server has them: a link; with a key, which a link cannot send, a
// form that exchanges it for a session of this browser and opens the page.
import { useRef } from "react";

import { useAnswer } from "@/api/answers";
import { BASE, IS_COPY, readKey } from "@/api/client";

import { Button } from "./controls";

const NAMES: Record<string, string> = { "report.html": "Report", "dashboard.html": "Dashboard" };
const LOOK = "inline-flex h-8 items-center rounded-md border border-line bg-raised px-3 text-sm font-medium hover:bg-panel";

export function ReportLinks() {
  const caller = useAnswer("/api/v1/caller");
  return IS_COPY ? null : caller.data?.pages.map((page) => <PageOfRun key={page} page={page} />);
}

function PageOfRun({ page }: { page: string }) {
  const field = useRef<HTMLInputElement>(null);
  if (!readKey()) {
    return (
      <a className={LOOK} href={`${BASE}/${page}`} target="_blank" rel="noopener">
        {NAMES[page] ?? page}
      </a>
    );
  }
  return (
    <form
      method="post"
      action={`${BASE}/login`}
      target="_blank"
      onSubmit={() => {
        const input = field.current;
        if (!input) return;
        input.value = readKey() ?? "";
        setTimeout(() => (input.value = "")); // the form is sent by then; the key stays in no page
      }}
    >
      <input type="hidden" name="page" value={`/${page}`} />
      <input ref={field} type="hidden" name="key" defaultValue="" />
      <Button type="submit">{NAMES[page] ?? page}</Button>
    </form>
  );
}
