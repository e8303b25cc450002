// Answers as hooks: kept for as long as the run stands, old rows shown until the new ones are there.
"use client";
import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";

import { type Answer, ApiProblem, ask, type GetPath, type QueryOf, type Values } from "./client";

export interface Asked<P extends GetPath> {
  names?: Record<string, string>;
  values?: QueryOf<P>;
  enabled?: boolean;
  keepOld?: boolean;
}

export function answerKey(path: string, asked: { names?: Record<string, string>; values?: unknown } = {}) {
  return [path, asked.names ?? {}, asked.values ?? {}] as const;
}

export function useAnswer<P extends GetPath>(path: P, asked: Asked<P> = {}): UseQueryResult<Answer<P>, ApiProblem> {
  return useQuery<Answer<P>, ApiProblem>({
    queryKey: answerKey(path, asked),
    queryFn: ({ signal }) => ask(path, { ...(asked as { names?: Record<string, string>; values?: Values }), signal }),
    enabled: asked.enabled ?? true,
    ...(asked.keepOld ? { placeholderData: keepPreviousData } : {}),
  });
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity, // a run never changes; a newer one is announced, and the reader decides
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => error instanceof ApiProblem && (error.status === 0 || error.status >= 500) && failures < 1,
        retryDelay: 400,
      },
    },
  });
}
