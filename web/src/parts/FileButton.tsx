"use client";
// A file of the server, saved by the browser; asked for with the caller's key, which a plain link would not send.
import { type ReactNode, useState } from "react";

import { address, ApiProblem, request, type Values } from "@/api/client";

import { Button } from "./controls";
import { Icon } from "./icons";
import { say } from "./toasts";

/** Let the browser save a file. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

interface Props {
  path: string;
  names?: Record<string, string>;
  values?: Values;
  body?: unknown; // then it is a POST
  name: string;
  look?: "main" | "plain";
  children: ReactNode;
}

export function FileButton({ path, names, values, body, name, look = "plain", children }: Props) {
  const [isBusy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
      saveFile(await (await request(address(path, names, values), options)).blob(), name);
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "The file could not be written." });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button look={look} disabled={isBusy} onClick={download}>
      <Icon name="down" size={16} />
      {isBusy ? "Preparing the file" : children}
    </Button>
  );
}
