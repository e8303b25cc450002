"use client";
// Who is on the list: chips for what is set, one place to set more, each choice with the customers that it would list.
import { useState } from "react";

import { useAnswer } from "@/api/answers";
import type { CustomerQuery } from "@/pages-map";
import { Button } from "@/parts/controls";
import { Icon } from "@/parts/icons";
import { Popover } from "@/parts/Popover";
import { Skeleton } from "@/parts/states";
import { count } from "@/words/format";

import { type Filter, FILTERS, valuesOf } from "./filters";
import { withoutOrder } from "./url-query";

interface Props {
  query: CustomerQuery;
  onChange: (query: CustomerQuery) => void;
}

/** The query with one value of a filter more, or without it. */
function toggled(query: CustomerQuery, filter: Filter, value: string): CustomerQuery {
  const now = valuesOf(query, filter.name);
  const has = now.includes(value);
  if (filter.kind === "several") {
    const next = has ? now.filter((one) => one !== value) : [...now, value];
    return { ...query, [filter.name]: next.length ? next : undefined };
  }
  return { ...query, [filter.name]: has ? undefined : filter.kind === "yes or no" ? value === "true" : value };
}

export function FilterButton({ query, onChange }: Props) {
  return (
    <Popover
      name="Filters"
      width="w-96"
      label={
        <>
          <Icon name="plus" size={16} />
          Filter
        </>
      }
    >
      {() => <Panel query={query} onChange={onChange} />}
    </Popover>
  );
}

/** What is set, each with a way out of it. */
export function Chips({ query, onChange }: Props) {
  const chips = FILTERS.flatMap((filter) => valuesOf(query, filter.name).map((value) => ({ filter, value })));
  if (!chips.length) return null;
  return (
    <div className="mb-4 flex min-w-0 flex-wrap items-center gap-2">
      {chips.map(({ filter, value }) => (
        <span key={`${filter.name} ${value}`} data-chip={filter.name} className="inline-flex h-8 max-w-full items-center gap-1 rounded-md bg-accent-soft pl-3 text-sm">
          <span className="truncate">{filter.say(value)}</span>
          <button type="button" aria-label={`Without: ${filter.say(value)}`} className="flex size-8 shrink-0 items-center justify-center text-muted hover:text-text" onClick={() => onChange(filter.kind === "several" ? toggled(query, filter, value) : { ...query, [filter.name]: undefined })}>
            <Icon name="close" size={14} />
          </button>
        </span>
      ))}
      {chips.length > 1 && (
        <Button look="bare" onClick={() => onChange(query.sort ? { sort: query.sort } : {})}>
          Clear all
        </Button>
      )}
    </div>
  );
}

function Panel({ query, onChange }: Props) {
  const facets = useAnswer("/api/v1/customers/facets", { values: withoutOrder(query), keepOld: true });
  if (!facets.data && !facets.error) return <Skeleton rows={6} />;
  return (
    <div className="grid gap-4">
      {FILTERS.filter((filter) => !filter.isLinkOnly && filter.kind !== "number" && filter.kind !== "text").map((filter) => {
        const counted = filter.facet && facets.data ? facets.data[filter.facet].map((one): [string, string, number] => [one.value, one.value.replaceAll("_", " "), one.customers]) : null;
        const fixed: [string, string][] = filter.kind === "yes or no" ? [["true", "Yes"], ["false", "No"]] : (filter.choices ?? []);
        const choices: [string, string, number?][] = counted ?? fixed;
        if (choices.length === 0) return null;
        return (
          <fieldset key={filter.name}>
            <legend className="mb-1.5 text-sm text-muted">{filter.label}</legend>
            <div className="flex flex-wrap gap-1.5">
              {choices.slice(0, 30).map(([value, label, customers]) => {
                const isSet = valuesOf(query, filter.name).includes(value);
                return (
                  <button
                    key={value}
                    type="button"
                    aria-pressed={isSet}
                    onClick={() => onChange(toggled(query, filter, value))}
                    className={`max-w-full truncate rounded-md border px-2.5 py-1 text-sm ${isSet ? "border-accent bg-accent-soft" : "border-line hover:bg-panel"}`}
                  >
                    {label}
                    {customers !== undefined && <span className="figures ml-1.5 text-muted">{count(customers)}</span>}
                  </button>
                );
              })}
            </div>
          </fieldset>
        );
      })}
      <div className="grid grid-cols-2 gap-3">
        {FILTERS.filter((filter) => !filter.isLinkOnly && (filter.kind === "number" || filter.kind === "text")).map((filter) => (
          <Typed key={filter.name} filter={filter} value={query[filter.name]} onPut={(value) => onChange({ ...query, [filter.name]: value })} />
        ))}
      </div>
    </div>
  );
}

function Typed({ filter, value, onPut }: { filter: Filter; value: unknown; onPut: (value: unknown) => void }) {
  const shown = value === undefined ? "" : filter.isShare ? String(Math.round((value as number) * 1_000) / 10) : String(value);
  const [text, setText] = useState(shown);
  const put = (typed: string) => {
    setText(typed);
    if (typed.trim() === "") return onPut(undefined);
    if (filter.kind === "text") return onPut(typed);
    const number = Number(typed.replace(",", ".")) / (filter.isShare ? 100 : 1);
    if (Number.isFinite(number) && (!filter.isShare || (number >= 0 && number <= 1))) onPut(number);
  };
  return (
    <label className="grid gap-1 text-sm text-muted">
      {filter.label}
      <input
        value={text}
        maxLength={200}
        inputMode={filter.kind === "number" ? "decimal" : "text"}
        onChange={(event) => put(event.target.value)}
        className="h-8 rounded-md border border-line-strong bg-page px-2.5 text-base text-text"
      />
    </label>
  );
}
