"use client";
// Above the rows of a list: who owns it, what came of its customers, the file to work through.
import { useState } from "react";

import { Button } from "@/parts/controls";
import { FileButton } from "@/parts/FileButton";
import { count } from "@/words/format";

import { type List, useLists } from "./lists";

export function ListBar({ id }: { id: number }) {
  const { lists, assign, remove } = useLists();
  const list = lists.data?.find((one) => one.id === id);
  if (!list) return null;
  return <Drawn key={list.version} list={list} onAssign={(owner) => assign(list, owner)} onRemove={() => remove(list)} />;
}

function Drawn({ list, onAssign, onRemove }: { list: List; onAssign: (owner: string) => Promise<void>; onRemove: () => Promise<void> }) {
  const [owner, setOwner] = useState(list.owner);
  const [isSure, setSure] = useState(false);
  const states = Object.entries(list.by_status).filter(([, customers]) => customers);
  return (
    <section aria-label={`List ${list.name}`} className="mb-4 flex flex-wrap items-end gap-x-6 gap-y-3 rounded-lg border border-line p-4">
      <div className="min-w-0 flex-1">
        <h2 className="break-words font-semibold">{list.name}</h2>
        <p className="figures text-sm text-muted">{states.length ? states.map(([status, customers]) => `${count(customers)} ${status}`).join(", ") : "nobody is in it"}</p>
      </div>
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void onAssign(owner.trim());
        }}
      >
        <label className="grid gap-1 text-sm text-muted">
          Owner
          <input maxLength={200} value={owner} placeholder="as the plan says" onChange={(event) => setOwner(event.target.value)} className="h-8 w-44 rounded-md border border-line-strong bg-page px-2.5 text-text" />
        </label>
        {owner.trim() !== list.owner && <Button type="submit">Assign</Button>}
      </form>
      <div className="flex flex-wrap gap-2">
        <FileButton path={`/api/v1/lists/${list.id}/export`} values={{ format: "csv" }} name={list.name}>
          CSV
        </FileButton>
        <FileButton path={`/api/v1/lists/${list.id}/export`} values={{ format: "xlsx" }} name={list.name}>
          Excel
        </FileButton>
        {isSure ? (
          <>
            <Button look="main" onClick={() => void onRemove()}>
              Remove it for good
            </Button>
            <Button onClick={() => setSure(false)}>Keep it</Button>
          </>
        ) : (
          <Button look="bare" onClick={() => setSure(true)}>
            Remove the list
          </Button>
        )}
      </div>
    </section>
  );
}
