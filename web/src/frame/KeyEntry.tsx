"use client";
// Where the server wants an API key: asked for once, kept until the tab is closed.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keepKey, readKey } from "@/api/client";
import { Button } from "@/parts/controls";
import { Dialog } from "@/parts/Dialog";

import { useRun } from "./run";

export function KeyEntry() {
  const client = useQueryClient();
  const run = useRun();
  const [text, setText] = useState("");
  if (run.error?.status !== 401) return null;
  return (
    <Dialog label="API key">
      <form
        className="grid gap-4 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          keepKey(text.trim());
          setText("");
          void client.resetQueries();
        }}
      >
        <h2 className="text-title font-semibold">This server wants an API key</h2>
        {readKey() && (
          <p role="alert" className="text-lost">
            {run.error.problem}
          </p>
        )}
        <label className="grid gap-1">
          API key
          <input
            type="password"
            autoComplete="off"
            required
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-9 rounded-md border border-line-strong bg-page px-3"
          />
        </label>
        <p className="text-sm text-muted">
          Whoever runs the server creates one with <code>holdfast keys DIR --new NOTE</code>. It is kept in this tab only.
        </p>
        <div>
          <Button type="submit" look="main">
            Open
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
