"use client";
// What holds for the whole page: sample records, a newer run, a server that is away.
import type { ReactNode } from "react";

import { useAnswer } from "@/api/answers";
import { IS_COPY } from "@/api/client";
import { Button } from "@/parts/controls";

import { RemoveSample } from "./RemoveSample";
import { useNewerRun, useReachable, useRun } from "./run";

export function Banners() {
  const run = useRun();
  const isReachable = useReachable();
  const { isNewer, refresh } = useNewerRun();
  const isSimulated = run.data?.simulated ?? false;
  const caller = useAnswer("/api/v1/caller", { enabled: isSimulated && !IS_COPY });
  return (
    <section aria-label="Notices">
      {!isReachable && (
        <Banner name="offline" role="alert">
          The server does not answer. What you see is the last that it said; this page tries again by itself.
        </Banner>
      )}
      {isNewer && (
        <Banner name="stale" role="status">
          A newer run is there.
          <Button onClick={refresh}>Show it</Button>
        </Banner>
      )}
      {run.data && (isSimulated || IS_COPY) && (
        <Banner name="sample">
          {isSimulated && "Sample data: every customer on these pages is simulated. "}
          {IS_COPY && "This is a read-only copy, without a server."}
          {caller.data?.sees_sample && <RemoveSample />}
        </Banner>
      )}
    </section>
  );
}

function Banner({ name, role, children }: { name: string; role?: "alert" | "status"; children: ReactNode }) {
  return (
    <div data-banner={name} role={role} className="flex min-h-9 flex-wrap items-center justify-center gap-x-4 gap-y-1 border-b border-line bg-warn px-4 py-1 text-center text-sm text-on-warn">
      {children}
    </div>
  );
}
