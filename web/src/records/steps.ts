// From gross to net, with every row: steps that set rows aside without counting their money stand there too.
import type { Answer } from "@/api/client";

type Records = Answer<"/api/v1/quality">;
type Ledger = Records["money"][number];
export type Step = Omit<Ledger["steps"][number], "amount"> & { amount: number | null };

/** The steps of a table's money, and before what was received those that set rows aside uncounted: so that rows add up. */
export function allSteps(ledger: Ledger, tables: Records["tables"]): Step[] {
  const counted = new Set(ledger.steps.map((step) => step.step));
  const rows = new Map<string, number>();
  for (const aside of tables.find((table) => table.table === ledger.table)?.set_aside ?? []) {
    if (!counted.has(aside.step)) rows.set(aside.step, (rows.get(aside.step) ?? 0) + aside.rows);
  }
  const uncounted = [...rows].map(([step, number]) => ({ step, rows: number, amount: null }));
  const net = ledger.steps.findIndex((step) => step.step === "net");
  const at = net < 0 ? ledger.steps.length : net;
  return [...ledger.steps.slice(0, at), ...uncounted, ...ledger.steps.slice(at)];
}
