"use client";
// Saved views: a name for what stands in the URL, kept in this browser; or for everybody, as a list by this rule.
import { useSearchParams } from "next/navigation";
import { useState } from "react";

import { searchText } from "@/api/client";
import { useAnswer } from "@/api/answers";
import { useLists } from "@/lists/lists";
import type { CustomerQuery } from "@/pages-map";
import { Button } from "@/parts/controls";
import { Icon } from "@/parts/icons";
import { Popover } from "@/parts/Popover";
import { say } from "@/parts/toasts";
import { count } from "@/words/format";

import { useViews } from "./choices";

export function Views({ query }: { query: CustomerQuery }) {
  const [views, setViews] = useViews();
  const search = useSearchParams().toString();
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const { keepRule } = useLists();
  const caller = useAnswer("/api/v1/caller");
  const mayShare = query.in_list == null && (caller.data?.scopes.some((scope) => scope === "score" || scope === "admin") ?? false);
  const remove = (at: number) => {
    setViews(views.filter((_, one) => one !== at));
    say({ text: `View “${views[at]?.name}” is removed.`, undo: () => setViews(views) });
  };
  return (
    <Popover name="Views" align="right" label="Views">
      {(close) => (
        <div className="grid gap-3">
          {views.length ? (
            <ul className="grid gap-0.5">
              {views.map((view, at) => (
                <li key={view.name} className="flex items-center justify-between gap-2">
                  <button
                    type="button"
                    className="flex-1 truncate rounded px-2 py-1.5 text-left hover:bg-panel"
                    onClick={() => {
                      window.history.pushState(null, "", view.search ? `?${view.search}` : window.location.pathname);
                      close();
                    }}
                  >
                    {view.name}
                  </button>
                  <button type="button" aria-label={`Remove the view ${view.name}`} className="flex size-8 items-center justify-center text-muted hover:text-text" onClick={() => remove(at)}>
                    <Icon name="close" size={14} />
                  </button>
                </li>
              ))}
            </ul>
          ) : (
            <p className="text-sm text-muted">A view is a name for the filters and the order that are set now.</p>
          )}
          <Lists onChoose={close} />
          <form
            className="flex flex-wrap gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              const wanted = name.trim();
              if (!wanted) return;
              setName("");
              close();
              if (isShared && mayShare) return void keepRule(wanted, query);
              setViews([...views.filter((view) => view.name !== wanted), { name: wanted, search }]);
              say({ text: `View “${wanted}” is saved in this browser.` });
            }}
          >
            <input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} aria-label="Name of the view" placeholder="Name" className="h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-page px-2.5" />
            <Button type="submit">Save</Button>
            {mayShare && (
              <label className="flex w-full items-center gap-2 py-1 text-sm">
                <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.target.checked)} className="size-4 accent-accent" />
                For everybody, as a list by this rule
              </label>
            )}
          </form>
        </div>
      )}
    </Popover>
  );
}

/** The lists that the server keeps, for everybody of the business. */
function Lists({ onChoose }: { onChoose: () => void }) {
  const { lists } = useLists();
  if (!lists.data?.length) return null;
  return (
    <div className="border-t border-line pt-2">
      <h3 className="text-sm text-muted">Lists</h3>
      <ul className="grid gap-0.5">
        {lists.data.map((list) => (
          <li key={list.id}>
            <button
              type="button"
              className="flex w-full justify-between gap-3 rounded px-2 py-1.5 text-left hover:bg-panel"
              onClick={() => {
                window.history.pushState(null, "", `?${searchText(list.query)}`);
                onChoose();
              }}
            >
              <span className="min-w-0 truncate">{list.name}</span>
              <span className="figures text-muted">{count(list.customers)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
