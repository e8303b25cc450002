"use client";
// A button: all matches of a query get an owner; what else was said of them in a list stays.
import { useState } from "react";

import { useAnswer } from "@/api/answers";
import type { CustomerQuery } from "@/pages-map";
import { Button } from "@/parts/controls";
import { Popover } from "@/parts/Popover";
import { many } from "@/words/format";

import { useLists } from "./lists";

interface Props {
  query: CustomerQuery;
  total: number;
}

function useMayAssign(): boolean {
  const caller = useAnswer("/api/v1/caller");
  return !caller.data || caller.data.scopes.some((scope) => scope === "score" || scope === "admin");
}

export function AssignOwner(props: Props) {
  if (!useMayAssign()) return null;
  return (
    <Popover name="Assign an owner" label="Assign an owner" align="right">
      {(close) => <Choice {...props} onDone={close} />}
    </Popover>
  );
}

/** The same within a menu, where a phone has no room for another button. */
export function AssignOwnerInMenu(props: Props & { onDone: () => void }) {
  if (!useMayAssign()) return null;
  return (
    <details>
      <summary className="cursor-pointer py-1">Assign an owner</summary>
      <div className="pt-2">
        <Choice {...props} />
      </div>
    </details>
  );
}

function Choice({ query, total, onDone }: Props & { onDone: () => void }) {
  const { lists, assignAll } = useLists();
  const facets = useAnswer("/api/v1/customers/facets");
  const [owner, setOwner] = useState("");
  const [isBusy, setBusy] = useState(false);
  const name = owner.trim();
  const ofPlan = facets.data?.action_owner.map((one) => one.value) ?? [];
  const known = [...new Set([...(lists.data ?? []).map((list) => list.owner), ...ofPlan])].filter(Boolean);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!name) return;
        setBusy(true);
        void assignAll(query, name).then(onDone);
      }}
    >
      <p className="text-sm text-muted">{many(total, "customer")}, all matches. In the call list and in every list they belong to the owner; what was said of them stays.</p>
      <label className="grid gap-1 text-sm text-muted">
        Owner
        <input required autoFocus maxLength={150} list="known-owners" value={owner} onChange={(event) => setOwner(event.target.value)} className="h-8 w-full rounded-md border border-line-strong bg-page px-2.5 text-text" />
      </label>
      <datalist id="known-owners">
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <div>
        <Button type="submit" look="main" disabled={isBusy || !name}>
          Assign {many(total, "customer")}
        </Button>
      </div>
    </form>
  );
}
