"use client";
// A job at work: what it does, how far it is, and a way to stop it.
import { Button } from "@/parts/controls";
import { percent } from "@/words/format";

import type { Progress } from "./Wizard";

export function JobProgress({ job, onCancel }: { job: NonNullable<Progress["job"]>; onCancel: () => void }) {
  const share = job.fraction ?? 0;
  return (
    <div role="status" aria-live="polite" data-job={job.kind} className="mb-6 grid gap-3 rounded-lg border border-line bg-panel p-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 break-words">{job.state === "queued" ? "Waits for its turn" : job.doing || "At work"}</p>
        <Button onClick={onCancel}>Stop</Button>
      </div>
      <div role="progressbar" aria-label="How far it is" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(100 * share)} className="h-2 rounded-full bg-line">
        <div className="h-2 rounded-full bg-accent transition-all" style={{ width: `${Math.max(2, 100 * share)}%` }} />
      </div>
      <p className="text-sm text-muted">{job.fraction === null ? "" : `${percent(share)} done. `}You may close this page: the work goes on, and this page finds it again.</p>
    </div>
  );
}
