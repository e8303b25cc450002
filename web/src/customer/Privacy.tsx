"use client";
// For administrators: everything that is kept about a customer as a file, and removing it for good.
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { useAnswer } from "@/api/answers";
import { address, ApiProblem, request } from "@/api/client";
import type { components } from "@/api/schema";
import { Button } from "@/parts/controls";
import { Dialog } from "@/parts/Dialog";
import { FileButton } from "@/parts/FileButton";
import { Problem } from "@/parts/states";
import { say } from "@/parts/toasts";
import { many } from "@/words/format";

type Erased = components["schemas"]["ErasureAnswer"];
const PATHS = { customer: "/api/v1/customers/{customer_id}", records: "/api/v1/customer-exports/{customer_id}" };

export function Privacy({ id }: { id: string }) {
  const caller = useAnswer("/api/v1/caller");
  const [isAsking, setAsking] = useState(false);
  if (!caller.data?.scopes.includes("admin")) return null;
  return (
    <section aria-label="Personal records" className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">Personal records</h2>
      <div className="flex flex-wrap gap-2">
        <FileButton path={PATHS.records} names={{ customer_id: id }} name="personal-records.json">
          Export all that is kept
        </FileButton>
        <Button onClick={() => setAsking(true)}>Erase</Button>
      </div>
      {isAsking && <Ask id={id} onClose={() => setAsking(false)} />}
    </section>
  );
}

/** Erasing cannot be taken back, so the id is typed once more. */
function Ask({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const erase = async () => {
    setBusy(true);
    setError(null);
    try {
      const response = await request(address(PATHS.customer, { customer_id: id }), { method: "DELETE" });
      say({ text: saidOfErasure((await response.json()) as Erased) });
      onClose();
      // Asked again by the next page; the page of who is gone asks nothing more.
      await client.invalidateQueries({ refetchType: "none" });
      router.push("/customers/");
    } catch (problem) {
      setError(problem instanceof ApiProblem ? problem : new ApiProblem(-1, "The customer could not be erased.", "Try again; the server's log says more."));
      setBusy(false);
    }
  };
  return (
    <Dialog label="Erase a customer" onClose={onClose}>
      <form
        className="grid gap-4 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === id) void erase();
        }}
      >
        <p className="font-semibold break-all">Erase {id}?</p>
        <p className="text-muted">The customer leaves the records, every run and every list of this project, for good. Files outside the project stay as they are.</p>
        <label className="grid gap-1 text-sm text-muted">
          Type the id to go on
          <input autoFocus value={typed} onChange={(event) => setTyped(event.target.value)} className="h-8 rounded-md border border-line-strong bg-page px-2.5 text-base text-text" />
        </label>
        {error !== null && <Problem error={error} />}
        <div className="flex gap-2">
          <Button type="submit" look="main" disabled={isBusy || typed !== id}>
            {isBusy ? "Erasing" : "Erase for good"}
          </Button>
          <Button onClick={onClose}>Keep</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What erasing did, in a sentence that names nobody. */
export function saidOfErasure(erased: Erased): string {
  const rows = Object.values(erased.removed).reduce((sum, one) => sum + one, 0);
  const outside = Object.keys(erased.sources).length;
  return `${many(rows, "row")} removed.${outside ? ` ${many(outside, "source")} outside the project may still name the customer.` : ""}`;
}
