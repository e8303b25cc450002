"use client";
// The run that this page is about, and whether the server has a newer one or is away.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { answerKey, useAnswer } from "@/api/answers";
import { type ApiProblem, ask, onReachable } from "@/api/client";

const RUN = "/api/v1/run";
const LOOK_EVERY = 20_000;
const LOOK_WHILE_AWAY = 3_000;

export function useRun() {
  return useAnswer(RUN);
}

let reachable = true;
export function useReachable(): boolean {
  return useSyncExternalStore(
    (tell) =>
      onReachable((now) => {
        reachable = now;
        tell();
      }),
    () => reachable,
    () => true,
  );
}

/** Looks for a newer run now and then; `refresh` moves the whole page to it at once. */
export function useNewerRun(): { isNewer: boolean; refresh: () => void } {
  const client = useQueryClient();
  const shown = useRun();
  const isReachable = useReachable();
  const latest = useQuery<{ run: string }, ApiProblem>({
    queryKey: ["the latest run"],
    queryFn: ({ signal }) => ask(RUN, { signal }),
    enabled: shown.data !== undefined || !isReachable,
    staleTime: 0,
    retry: false,
    refetchInterval: isReachable ? LOOK_EVERY : LOOK_WHILE_AWAY,
    refetchOnWindowFocus: true,
  });
  const [wasAway, setAway] = useState(false);
  useEffect(() => {
    if (!isReachable) setAway(true);
    else if (wasAway) {
      setAway(false);
      // What failed while the server was away is asked again; what is on the page stays.
      void client.refetchQueries({ predicate: (query) => query.state.status === "error" });
    }
  }, [isReachable, wasAway, client]);
  const refresh = () => void client.invalidateQueries({ refetchType: "active" });
  const isNewer = Boolean(shown.data && latest.data && shown.data.run !== latest.data.run);
  return { isNewer, refresh };
}

export function runKey() {
  return answerKey(RUN);
}
