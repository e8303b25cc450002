"use client";
// A button: all matches of a query go to a list that is there, or to a new one with an owner.
import { useState } from "react";

import { useAnswer } from "@/api/answers";
import type { CustomerQuery } from "@/pages-map";
import { Button } from "@/parts/controls";
import { Popover } from "@/parts/Popover";
import { Loaded } from "@/parts/states";
import { count, many } from "@/words/format";

import { useLists } from "./lists";

const FIELD = "h-8 w-full rounded-md border border-line-strong bg-page px-2.5";

export function AddToList({ query, total, align = "left", children }: { query: CustomerQuery; total: number; align?: "left" | "right"; children: string }) {
  const caller = useAnswer("/api/v1/caller");
  if (caller.data && !caller.data.scopes.some((scope) => scope === "score" || scope === "admin")) return null;
  return (
    <Popover name={children} label={children} width="w-80" align={align}>
      {(close) => <Choice query={query} total={total} onDone={close} />}
    </Popover>
  );
}

function Choice({ query, total, onDone }: { query: CustomerQuery; total: number; onDone: () => void }) {
  const { lists, addAll } = useLists();
  const [name, setName] = useState("");
  const [owner, setOwner] = useState("");
  const [isBusy, setBusy] = useState(false);
  const add = async (to: Parameters<typeof addAll>[1]) => {
    setBusy(true);
    await addAll(query, to);
    onDone();
  };
  return (
    <Loaded answer={lists}>
      {(all) => (
        <div className="grid gap-3">
          <p className="text-sm text-muted">{many(total, "customer")}, all matches. Who is in the list already stays as is.</p>
          {all.some((list) => list.rule === null) && (
            <ul aria-label="Lists" className="grid max-h-48 gap-0.5 overflow-y-auto">
              {all
                .filter((list) => list.rule === null)
                .map((list) => (
                  <li key={list.id}>
                    <button type="button" disabled={isBusy} onClick={() => void add(list)} className="flex w-full justify-between gap-3 rounded px-2 py-1.5 text-left hover:bg-panel">
                      <span className="min-w-0 truncate">{list.name}</span>
                      <span className="figures text-muted">{count(list.customers)}</span>
                    </button>
                  </li>
                ))}
            </ul>
          )}
          <form
            className="grid gap-2 border-t border-line pt-3"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim()) void add({ name: name.trim(), owner: owner.trim() });
            }}
          >
            <label className="grid gap-1 text-sm text-muted">
              New list
              <input required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} className={`${FIELD} text-text`} />
            </label>
            <label className="grid gap-1 text-sm text-muted">
              Owner
              <input maxLength={200} placeholder="as the plan says" value={owner} onChange={(event) => setOwner(event.target.value)} className={`${FIELD} text-text`} />
            </label>
            <div>
              <Button type="submit" look="main" disabled={isBusy || !name.trim()}>
                Make the list
              </Button>
            </div>
          </form>
        </div>
      )}
    </Loaded>
  );
}
