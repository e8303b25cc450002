"use client";
// What happened with a customer, newest first; the cutoff is a line: no number of the run knows of what lies above it.
import { Fragment, useState } from "react";

import { useAnswer } from "@/api/answers";
import { Button } from "@/parts/controls";
import { Empty, Loaded, Skeleton } from "@/parts/states";
import { count, exactMoney, fullDay, many } from "@/words/format";

const MORE = 40;
const MOST = 1_000;

export function Timeline({ id, currency }: { id: string; currency: string }) {
  const [limit, setLimit] = useState(12);
  const answer = useAnswer("/api/v1/customer-timeline/{customer_id}", { names: { customer_id: id }, values: { limit }, keepOld: true });
  return (
    <section className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">{answer.data?.total ? `${many(answer.data.total, "event")}, newest first` : "Events"}</h2>
      <Loaded answer={answer} skeleton={<Skeleton rows={6} />}>
        {(line) =>
          line.events.length === 0 ? (
            <Empty sentence={line.is_empty_because ?? "The records hold nothing that this customer did."} />
          ) : (
            <>
              <ol className="border-l border-line">
                {line.events.map((event, at) => {
                  const isFirstKnown = !event.is_after_cutoff && (line.events[at - 1]?.is_after_cutoff ?? at === 0);
                  return (
                    <Fragment key={at}>
                      {isFirstKnown && line.cutoff && (
                        <li className="-ml-px border-l-2 border-accent py-1 pl-4 text-sm text-accent">
                          Cutoff, {fullDay(line.cutoff)}: what lies before is known to the forecast
                        </li>
                      )}
                      <li className="grid grid-cols-[88px_1fr_auto] sm:grid-cols-[128px_1fr_auto] items-baseline gap-3 py-1.5 pl-4">
                        <span className="figures text-sm text-muted">{fullDay(event.happened_at)}</span>
                        <span className="min-w-0 break-words">
                          {event.table.replaceAll("_", " ")}
                          <span className="text-muted">
                            {Object.entries(event.values)
                              .filter(([, value]) => value !== event.amount && value !== 0 && value !== "" && value !== null)
                              .slice(0, 3)
                              .map(([name, value]) => ` · ${name.replaceAll("_", " ")} ${String(value)}`)}
                          </span>
                        </span>
                        <span className="figures whitespace-nowrap">{event.amount === null ? "" : exactMoney(event.amount, currency)}</span>
                      </li>
                    </Fragment>
                  );
                })}
              </ol>
              {line.next_first !== null && limit < MOST && (
                <Button look="bare" className="mt-2" onClick={() => setLimit(Math.min(MOST, limit + MORE))}>
                  Show more of {count(line.total)}
                </Button>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}
