// The columns of the list: what each shows, how wide, and whether the list can be ordered by it.
import type { ReactNode } from "react";

import type { Answer } from "@/api/client";
import type { CustomerQuery } from "@/pages-map";
import { RiskBadge, RiskShare } from "@/parts/controls";
import { count, day, money } from "@/words/format";

export type Row = Answer<"/api/v1/customers">["customers"][number];
export interface Drawn {
  currency: string;
  cutoff: string | null;
  purchase: string; // what one is called
  placeholders: boolean; // the offers are still those that `init` wrote: no gain is promised
}
export interface Column {
  name: string;
  label: string | ((purchase: string) => string); // by what a purchase is called
  word?: string; // of the glossary
  sort?: CustomerQuery["sort"];
  isNumber?: boolean;
  width: string; // of the grid
  draw: (row: Row, drawn: Drawn) => ReactNode;
}

/** The title of a column. */
export const labelOf = (column: Column, purchase: string) => (typeof column.label === "string" ? column.label : column.label(purchase));

const text = (value: string | null | undefined) => value ?? "";
const known = (value: number | null | undefined, currency: string) => (value == null ? "" : money(value, currency));
export const COLUMNS: Column[] = [
  { name: "risk", label: "Risk", word: "churn probability", sort: "churn_probability", isNumber: true, width: "84px", draw: (row) => <RiskShare share={row.churn_probability} band={row.risk_band} /> },
  { name: "band", label: "Band", word: "risk band", width: "88px", draw: (row) => (row.risk_band ? <RiskBadge band={row.risk_band} /> : "") },
  { name: "why", label: "Why", width: "minmax(260px,4fr)", draw: (row) => text(row.why) },
  { name: "do", label: "What to do", width: "minmax(130px,1fr)", draw: (row) => row.next_best_action },
  { name: "by", label: "By", width: "104px", draw: (row, { cutoff }) => (row.action_by ? day(row.action_by, cutoff) : "") },
  { name: "at_risk", label: "At risk", word: "revenue at risk", sort: "revenue_at_risk", isNumber: true, width: "112px", draw: (row, { currency }) => known(row.revenue_at_risk, currency) },
  { name: "worth", label: "Worth", word: "expected value", sort: "expected_value", isNumber: true, width: "112px", draw: (row, { currency }) => known(row.expected_value, currency) },
  { name: "segment", label: "Segment", word: "segment", width: "minmax(110px,1fr)", draw: (row) => row.segment },
  { name: "owner", label: "Owner", width: "minmax(120px,1fr)", draw: (row) => row.action_owner },
  { name: "gain", label: "Gain, assumed", sort: "offer_gain", isNumber: true, width: "120px", draw: (row, { currency, placeholders }) => (placeholders && row.offer_gain != null ? "not promised" : known(row.offer_gain, currency)) },
  { name: "tenure", label: "Customer for", sort: "tenure_days", isNumber: true, width: "110px", draw: (row) => (row.tenure_days == null ? "" : `${count(row.tenure_days)} days`) },
  { name: "stands", label: "Where they stand", width: "120px", draw: (row) => text(row.lifecycle) },
  { name: "second", label: "Second reason", width: "minmax(200px,2fr)", draw: (row) => text(row.reason_2) },
  { name: "fix", label: "Worth fixing", width: "minmax(180px,2fr)", draw: (row) => text(row.worth_fixing) },
  { name: "next", label: (purchase) => `Next ${purchase} by`, width: "130px", draw: (row, { cutoff }) => (row.expected_next_date ? day(row.expected_next_date, cutoff) : "") },
];
export const FIRST_COLUMNS = ["risk", "why", "do", "at_risk", "worth", "segment"];
