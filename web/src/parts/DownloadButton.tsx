"use client";
// The CSV of a query: every customer that meets it, page by page from one run, as one file.
import { type ReactNode, useState } from "react";

import { address, ApiProblem, request, type Values } from "@/api/client";
import type { CustomerQuery } from "@/pages-map";

import { Button } from "./controls";
import { Icon } from "./icons";
import { say } from "./toasts";

const ROWS_AT_ONCE = 1_000;

async function readAll(query: CustomerQuery): Promise<string[]> {
  const parts: string[] = [];
  let cursor: string | null = null;
  do {
    const values: Values = { ...(query as Values), format: "csv", limit: ROWS_AT_ONCE, cursor };
    const response: Response = await request(address("/api/v1/customers", {}, values));
    const text = await response.text();
    parts.push(parts.length ? text.slice(text.indexOf("\n") + 1) : text);
    cursor = response.headers.get("X-Next-Cursor");
  } while (cursor);
  return parts;
}

export function DownloadButton({ query, name, look = "plain", children }: { query: CustomerQuery; name: string; look?: "main" | "plain"; children: ReactNode }) {
  const [isBusy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const url = URL.createObjectURL(new Blob(await readAll(query), { type: "text/csv;charset=utf-8" }));
      const link = Object.assign(document.createElement("a"), { href: url, download: `${name}.csv` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "The file could not be written." });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button look={look} disabled={isBusy} onClick={download} data-csv={name}>
      <Icon name="down" size={16} />
      {isBusy ? "Preparing the file" : children}
    </Button>
  );
}
