"use client";
// What each run said of this customer.
import { useAnswer } from "@/api/answers";
import { Sparkline } from "@/parts/Sparkline";
import { Loaded, Skeleton } from "@/parts/states";
import { fullDay, moment, money, percent, runMoment } from "@/words/format";

export function History({ id, currency }: { id: string; currency: string }) {
  const past = useAnswer("/api/v1/customer-history/{customer_id}", { names: { customer_id: id } });
  const isNever = past.error?.status === 404;
  return (
    <section className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">What each run said</h2>
      {isNever ? <p className="text-muted">No run has asked whether this customer leaves.</p> : <Loaded answer={past} skeleton={<Skeleton rows={3} />}>
        {(rows) => (
          <>
            <Sparkline width={280} height={40} values={rows.map((row) => row.churn_probability)} label={`The risk in the last ${Math.min(12, rows.length)} runs`} />
            <table className="w-full text-sm">
              <caption className="sr-only">What each run said</caption>
              <thead>
                <tr className="border-b border-line text-left text-muted [&>th]:py-1.5 [&>th]:font-medium">
                  <th scope="col">As of</th>
                  <th scope="col" className="text-right">
                    Risk
                  </th>
                  <th scope="col" className="text-right">
                    Worth
                  </th>
                </tr>
              </thead>
              <tbody>
                {[...rows].reverse().slice(0, 12).map((row) => (
                  <tr key={row.run} className="figures border-b border-line [&>td]:py-1.5">
                    <td>{row.cutoff ? fullDay(row.cutoff) : `run ${moment(runMoment(row.run) ?? row.run)}`}</td>
                    <td className="text-right">{percent(row.churn_probability)}</td>
                    <td className="text-right">{money(row.expected_value, currency)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </Loaded>}
    </section>
  );
}
