"use client";
// Where files are dropped or chosen; each goes up whole or not at all, and is named with its size.
import { useRef, useState } from "react";

import { address, ApiProblem, request } from "@/api/client";
import { Button } from "@/parts/controls";
import { Icon } from "@/parts/icons";
import { count, many } from "@/words/format";

import type { Progress } from "./Wizard";

type Uploads = Progress["setup"]["uploads"];

interface Props {
  uploads: Uploads;
  isLarge: boolean; // dropping files is all that there is to do
  isLocked: boolean;
  onChanged?: () => void; // after each file
  onBegin?: () => void;
  onSent?: (came: number) => void; // after the last one
}

export function DropFiles({ uploads, isLarge, isLocked, onChanged, onBegin, onSent }: Props) {
  const [going, setGoing] = useState<string[]>([]);
  const [refused, setRefused] = useState<string[]>([]);
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const take = async (files: File[]) => {
    if (!files.length) return;
    onBegin?.();
    setRefused([]);
    setGoing(files.map((file) => file.name));
    let came = 0;
    for (const file of files) {
      try {
        await request(address("/api/v1/uploads", {}, { name: file.name, replace: true }), { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
        came += 1;
      } catch (error) {
        const why = error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "it could not be sent.";
        setRefused((before) => [...before, `${file.name}: ${why}`]);
      }
      setGoing((before) => before.filter((name) => name !== file.name));
      onChanged?.();
    }
    onSent?.(came);
  };
  const remove = async (name: string) => {
    await request(address("/api/v1/uploads/{name}", { name }), { method: "DELETE" });
    onChanged?.();
  };

  return (
    <div>
      <div
        data-drop="files"
        className={`grid justify-items-center gap-3 rounded-lg border-2 border-dashed px-6 text-center ${isLarge ? "py-10" : "py-4"} ${isOver ? "border-accent bg-accent-soft" : "border-line-strong"}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (!isLocked) void take([...event.dataTransfer.files]);
        }}
      >
        <p className="max-w-prose">
          {isLarge ? "Drop exports here: an orders export, a customer table, subscriptions, invoices, events. CSV, Excel, Parquet or JSON lines." : "More files? Drop them here."}
        </p>
        <Button look={isLarge ? "main" : "plain"} disabled={isLocked || going.length > 0} onClick={() => input.current?.click()}>
          Choose files
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          className="sr-only"
          aria-label="Files to add"
          tabIndex={-1}
          onChange={(event) => {
            void take([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        {isLarge && <p className="text-sm text-muted">The files stay on the machine that Holdfast runs on. Nothing is asked that the files can tell.</p>}
      </div>
      <div aria-live="polite">
        {going.length > 0 && <p className="mt-2 text-muted">Sending {many(going.length, "file")}: {going[0]}</p>}
        {refused.map((line) => (
          <p key={line} role="alert" className="mt-2 break-words text-lost">
            {line}
          </p>
        ))}
      </div>
      {uploads.length > 0 && (
        <ul className="mt-4 grid gap-1" aria-label="Files that came">
          {uploads.map((file) => (
            <li key={file.name} className="flex items-center justify-between gap-3 border-b border-line py-1.5">
              <span className="min-w-0 break-all">{file.name}</span>
              <span className="figures flex shrink-0 items-center gap-2 text-sm text-muted">
                {sizeOf(file.size)}
                <button type="button" disabled={isLocked} aria-label={`Remove ${file.name}`} className="flex size-8 items-center justify-center hover:text-text" onClick={() => void remove(file.name)}>
                  <Icon name="close" size={14} />
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${count(bytes)} bytes`;
  return bytes < 1_000_000 ? `${count(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
