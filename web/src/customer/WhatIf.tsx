"use client";
// What the model would say of this customer with other facts: how it behaves, never what an action would bring.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { useAnswer } from "@/api/answers";
import { type ApiProblem, IS_COPY, send } from "@/api/client";
import type { components } from "@/api/schema";
import { Button, RiskShare } from "@/parts/controls";
import { Problem, Skeleton } from "@/parts/states";
import { Term } from "@/parts/Term";
import { money } from "@/words/format";

import { FactInput } from "./FactInput";
import { type Fact, factWords, type Value } from "./facts";

type Answered = components["schemas"]["WhatIf"];
const FIRST = 4; // facts that are offered at once
const PATIENCE = 300; // milliseconds after the last change
const FOLLOWED = 6; // lines

export function WhatIf({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  if (IS_COPY) return null;
  return (
    <section className="min-w-0" aria-label="What if">
      <h2 className="mb-3 text-sm font-medium text-muted">
        <Term meaning="What the model says of a customer who is like this one but for the facts that you change. It shows how the model behaves, not what an action would bring.">What if: how the model behaves</Term>
      </h2>
      {isOpen ? (
        <Asked id={id} />
      ) : (
        <Button onClick={() => setOpen(true)} aria-expanded={false}>
          Change some facts
        </Button>
      )}
    </section>
  );
}

function Asked({ id }: { id: string }) {
  const facts = useAnswer("/api/v1/customer-facts/{customer_id}", { names: { customer_id: id } });
  const [changes, setChanges] = useState<Record<string, Value>>({});
  const [more, setMore] = useState<string[]>([]);
  if (facts.error) return <Problem error={facts.error} onRetry={() => facts.refetch()} />;
  if (!facts.data) return <Skeleton rows={4} height={40} label="The facts that the model looks at" />;
  const all = facts.data.facts;
  if (!all.length) return <p className="text-muted">The model says the same of every customer here, so no fact changes it. Trust says why.</p>;
  const shown = [...all.slice(0, FIRST), ...more.flatMap((name) => all.filter((fact) => fact.name === name))];
  const others = all.filter((fact) => !shown.includes(fact));
  const set = (fact: Fact, value: Value) => {
    const rest = Object.fromEntries(Object.entries(changes).filter(([name]) => name !== fact.name));
    setChanges(value === fact.value ? rest : { ...rest, [fact.name]: value });
  };
  return (
    <div className="grid gap-4 rounded-lg border border-line p-4" data-what-if>
      <div className="grid gap-4">
        {shown.map((fact) => (
          <FactInput key={fact.name} fact={fact} currency={facts.data.currency} value={fact.name in changes ? (changes[fact.name] ?? null) : fact.value} onChange={(value) => set(fact, value)} />
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {others.length > 0 && (
          <select aria-label="Change another fact" className="h-8 min-w-0 max-w-full rounded-md border border-line-strong bg-raised px-2 text-sm" value="" onChange={(event) => setMore([...more, event.target.value])}>
            <option value="">Change another fact</option>
            {others.map((fact) => (
              <option key={fact.name} value={fact.name}>
                {fact.label}
              </option>
            ))}
          </select>
        )}
        <Button look="bare" disabled={!Object.keys(changes).length} onClick={() => setChanges({})}>
          As it is
        </Button>
      </div>
      <Said id={id} changes={changes} currency={facts.data.currency} />
    </div>
  );
}

/** Before and after, once nothing was changed for a moment; the old answer stays while the new one comes. */
function Said({ id, changes, currency }: { id: string; changes: Record<string, Value>; currency: string }) {
  const [settled, setSettled] = useState(changes);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(changes), PATIENCE);
    return () => clearTimeout(timer);
  }, [changes]);
  const answer = useQuery<Answered, ApiProblem>({
    queryKey: ["/api/v1/what_if", id, settled],
    queryFn: () => send<Answered>("POST", "/api/v1/what_if", { customer_id: id, changes: settled }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (answer.error) return <Problem error={answer.error} />;
  if (!answer.data) return <Skeleton rows={3} height={20} label="What the model says" />;
  const { before, after, followed, notes, meaning, value_horizon_days: days } = answer.data;
  const isCurrent = settled === changes && !answer.isFetching;
  const rows = [
    { name: "Likely to leave", before: <RiskShare share={before.churn_probability} band={before.risk_band} />, after: <RiskShare share={after.churn_probability} band={after.risk_band} /> },
    ...(before.expected_value == null ? [] : [{ name: `Worth in ${days} days`, before: money(before.expected_value, currency), after: money(after.expected_value, currency) }]),
    ...(before.revenue_at_risk == null ? [] : [{ name: "At risk", before: money(before.revenue_at_risk, currency), after: money(after.revenue_at_risk, currency) }]),
  ];
  return (
    <div role="status" aria-busy={!isCurrent} className={`grid gap-3 border-t border-line pt-4 ${isCurrent ? "" : "opacity-60"}`}>
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">What the model says before and after the changes</caption>
        <thead>
          <tr className="text-sm text-muted [&>th]:pb-1 [&>th]:font-medium">
            <th scope="col">The model says</th>
            <th scope="col" className="text-right">
              As it is
            </th>
            <th scope="col" className="text-right">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} className="border-t border-line [&>*]:py-1.5">
              <th scope="row" className="font-normal">
                {row.name}
              </th>
              <td className="figures text-right whitespace-nowrap">{row.before}</td>
              <td className="figures text-right font-semibold whitespace-nowrap">{row.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {followed.length > 0 && (
        <details className="text-sm">
          <summary className="text-muted">What moved with it</summary>
          <ul className="mt-1 grid gap-1">
            {followed.slice(0, FOLLOWED).map((one) => (
              <li key={one.name} className="flex justify-between gap-4">
                <span className="min-w-0 break-words">{one.label}</span>
                <span className="figures shrink-0">
                  {factWords(one.before, one.unit, currency)} → {factWords(one.after, one.unit, currency)}
                </span>
              </li>
            ))}
            {followed.length > FOLLOWED && <li className="text-muted">and {followed.length - FOLLOWED} more</li>}
          </ul>
        </details>
      )}
      {notes.map((note) => (
        <p key={note} className="break-words text-sm text-muted">
          {note}
        </p>
      ))}
      <p className="text-sm text-muted">{meaning}</p>
    </div>
  );
}
