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

/** The ending of the file that the server sends: a copy without a server has no workbooks, and sends CSV. */
function formOf(answer: Response): string | undefined {
  return /\.(\w+)"?$/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
}

interface Props {
  path: string;
  names?: Record<string, string>;
  values?: Values;
  body?: unknown; // then it is a POST
  name: string; // of the file, without its ending
  look?: "main" | "plain";
  children: ReactNode;
}

export function FileButton({ path, names, values, body, name, look = "plain", children }: Props) {
  const [isBusy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
      const answer = await request(address(path, names, values), options);
      saveFile(await answer.blob(), `${name}.${formOf(answer) ?? values?.["format"] ?? "csv"}`);
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
