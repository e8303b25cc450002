"use client";
// A job at work: what it does, how far it is, how long it takes, and a way to stop it.
import { useEffect, useRef, useState } from "react";

import { Button } from "@/parts/controls";
import { percent } from "@/words/format";

import type { Progress } from "./Wizard";
import { doing, type Pace, paceOf, timeLeft } from "./words";

export function JobProgress({ job, onCancel }: { job: NonNullable<Progress["job"]>; onCancel: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    void box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const pace = useRef<Pace | null>(null);
  pace.current = paceOf(job, now, pace.current);
  const share = job.fraction ?? 0;
  const said = [job.fraction === null ? "" : `${percent(share)} done`, timeLeft(job, now, pace.current)].filter(Boolean).join(", ");
  return (
    <div ref={box} data-job={job.kind} className="mb-6 grid gap-3 rounded-lg border border-line bg-panel p-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p role="status" className="min-w-0 break-words font-medium">
          {doing(job)}
        </p>
        <Button onClick={onCancel}>Stop</Button>
      </div>
      <div role="progressbar" aria-label="How far it is" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(100 * share)} className="h-2 rounded-full bg-line">
        <div className="h-2 rounded-full bg-accent transition-all" style={{ width: `${Math.max(2, 100 * share)}%` }} />
      </div>
      <p className="figures text-sm text-muted">{said ? `${said}. ` : ""}You may close this page: the work goes on, and this page finds it again.</p>
    </div>
  );
}
