"use client";
// Customers who are like this one in the figures named.
import Link from "next/link";

import { useAnswer } from "@/api/answers";
import { RiskShare } from "@/parts/controls";
import { customerLink } from "@/parts/customers-link";
import { Term } from "@/parts/Term";

export function Neighbours({ id }: { id: string }) {
  const answer = useAnswer("/api/v1/customer-neighbours/{customer_id}", { names: { customer_id: id }, values: { limit: 6 } });
  if (!answer.data?.customers.length) return null;
  return (
    <section className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">
        <Term meaning={`Those of the same segment who are closest in ${answer.data.figures.map((name) => name.replaceAll("_", " ")).join(", ")}.`}>Similar customers</Term>
      </h2>
      <ul>
        {answer.data.customers.map((one) => (
          <li key={one.customer_id} className="flex justify-between gap-4 border-b border-line py-1.5">
            <Link href={customerLink(one.customer_id)} className="truncate hover:text-accent hover:underline">
              {one.customer_id || "(no id)"}
            </Link>
            <span className="figures">
              <RiskShare share={one.churn_probability} band={one.risk_band} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
