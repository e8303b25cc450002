"use client";
// Keys of this tenant: who may do what, a new one shown once, one revoked.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { answerKey, useAnswer } from "@/api/answers";
import { ApiProblem, send } from "@/api/client";
import type { components } from "@/api/schema";
import { Button } from "@/parts/controls";
import { Dialog } from "@/parts/Dialog";
import { Rows } from "@/parts/Section";
import { Loaded } from "@/parts/states";
import { say } from "@/parts/toasts";
import { fullDay } from "@/words/format";

type NewKey = components["schemas"]["NewKeyAnswer"];
type Request = components["schemas"]["KeyRequest"];
const PATH = "/api/v1/keys";
const ROLES: [Request["role"], string][] = [
  ["viewer", "Viewer: sees every page"],
  ["marketer", "Marketer: also works on lists"],
  ["analyst", "Analyst: also adds files, changes offers, starts runs"],
  ["admin", "Administrator: also erases customers and gives keys"],
];
const FIELD = "h-8 rounded-md border border-line-strong bg-page px-2";

export function Keys() {
  const client = useQueryClient();
  const keys = useAnswer(PATH);
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<string | null>(null);
  const act = async (action: () => Promise<void>) => {
    try {
      await action();
      await client.invalidateQueries({ queryKey: answerKey(PATH) });
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "That did not work." });
    }
  };
  return (
    <div className="grid gap-5">
      <Loaded answer={keys}>
        {(list) =>
          list.length ? (
            <Rows
              caption="Keys"
              rows={list}
              keyOf={(key) => key.name}
              columns={[
                { head: "For", wide: true, cell: (key) => key.note || "(no note)" },
                { head: "Name", isName: true, cell: (key) => <code className="text-sm">{key.name}</code> },
                { head: "Opens", cell: (key) => key.scopes.join(", ") },
                { head: "Created", isName: true, cell: (key) => fullDay(key.created_at) },
                { head: "Until", isName: true, cell: (key) => (key.state === "valid" ? (key.expires_at ? fullDay(key.expires_at) : "no end") : key.state) },
                {
                  head: <span className="sr-only">Revoke</span>,
                  cell: (key) =>
                    key.state === "valid" && (
                      <Button look="bare" onClick={() => setRevoking(key.name)} aria-label={`Revoke the key for ${key.note || key.name}`}>
                        Revoke
                      </Button>
                    ),
                },
              ]}
            />
          ) : (
            <p className="text-muted">There is no key yet. From the first one on, every page asks for one.</p>
          )
        }
      </Loaded>
      <NewKeyForm onCreate={(wanted) => act(async () => setMade(await send<NewKey>("POST", PATH, wanted)))} />
      {made && (
        <Dialog label="The new key">
          <div className="grid gap-4 p-5">
            <h3 className="text-title font-semibold">The new key, shown this once</h3>
            <code data-new-key className="rounded-md bg-panel p-3 break-all select-all">
              {made.key}
            </code>
            <p className="text-muted">Keep it where passwords are kept: nothing can show it again.</p>
            <p className="flex flex-wrap gap-2">
              <Button look="main" onClick={() => void navigator.clipboard?.writeText(made.key).then(() => say({ text: "The key is copied." }))}>
                Copy
              </Button>
              <Button onClick={() => setMade(null)}>I have kept it</Button>
            </p>
          </div>
        </Dialog>
      )}
      {revoking && (
        <Dialog label="Revoke a key" onClose={() => setRevoking(null)}>
          <div className="grid gap-4 p-5">
            <h3 className="text-title font-semibold">Revoke {revoking}?</h3>
            <p className="text-muted">Whoever uses it is turned away from now on. This cannot be undone; a new key can be created.</p>
            <p className="flex gap-2">
              <Button
                look="main"
                onClick={() =>
                  void act(async () => {
                    await send("DELETE", `${PATH}/${encodeURIComponent(revoking)}`);
                    setRevoking(null);
                  })
                }
              >
                Revoke
              </Button>
              <Button onClick={() => setRevoking(null)}>Keep it</Button>
            </p>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function NewKeyForm({ onCreate }: { onCreate: (wanted: Request) => Promise<void> }) {
  const [note, setNote] = useState("");
  const [role, setRole] = useState<Request["role"]>("viewer");
  const [days, setDays] = useState("365");
  return (
    <form
      aria-label="New key"
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void onCreate({ note: note.trim(), role, days: days === "" ? null : Number(days) }).then(() => setNote(""));
      }}
    >
      <label className="grid gap-1 text-sm">
        <span className="text-muted">For whom or what</span>
        <input required maxLength={500} pattern=".*\S.*" value={note} onChange={(event) => setNote(event.target.value)} className={`${FIELD} w-64 max-w-full`} />
      </label>
      <label className="grid min-w-0 gap-1 text-sm">
        <span className="text-muted">Role</span>
        <select value={role} onChange={(event) => setRole(event.target.value as Request["role"])} className={`${FIELD} max-w-full`}>
          {ROLES.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-sm">
        <span className="text-muted">For days</span>
        <input type="number" min={1} max={36_500} step={1} placeholder="no end" value={days} onChange={(event) => setDays(event.target.value)} className={`${FIELD} figures w-28 text-right`} />
      </label>
      <Button type="submit">Create a key</Button>
    </form>
  );
}
