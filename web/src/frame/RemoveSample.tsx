"use client";
// The way out of the sample: it goes from disk and database, and the first page asks for a file again.
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { ApiProblem, send } from "@/api/client";
import { Button } from "@/parts/controls";
import { say } from "@/parts/toasts";

export function RemoveSample() {
  const client = useQueryClient();
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await send("DELETE", "/api/v1/sample");
      router.push("/");
      await client.resetQueries(); // nothing of it stays on the page
      say({ text: "The sample is removed. Drop a file of your own, or show the sample again." });
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "The sample could not be removed." });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button disabled={isBusy} onClick={() => void remove()}>
      Remove the sample
    </Button>
  );
}
