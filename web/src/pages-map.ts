// Every page with its question and its numbers. `pages.json` is the list; the tests read it too, so that a number
// without its list fails.
import type { Answer, QueryOf } from "@/api/client";

import pages from "./pages.json";

/** Which customers of which run: the conditions of /api/v1/customers and their order, without the page and the form of the answer. */
export type CustomerQuery = Omit<QueryOf<"/api/v1/customers">, "cursor" | "limit" | "format">;
type Totals = Answer<"/api/v1/customers/count">;
/** What the customers of a query come to: the totals of /api/v1/customers/count. */
export type Measure = "customers" | "expected_leavers" | "revenue_at_risk" | "expected_value" | "in_plan" | "offer_cost" | "offer_gain";
export type Figures = Pick<Totals, Measure>;

export interface Tile {
  name: string; // the page must show a figure with this `data-metric`
  measure: Measure;
  rising: "good" | "bad" | "neutral"; // colours the change, where it is money
}

export interface Page {
  name: string;
  path: string;
  label: string;
  key: string | null; // `g`, then this
  question: string;
  isBuilt: boolean; // only built pages stand in the rail
  inRail?: boolean;
  tiles: Tile[];
  sentences?: string[]; // selectors: each number in them, but days, is a link to its customers
}

export const PAGES = pages as unknown as Page[];
export const RAIL = PAGES.filter((page) => page.isBuilt && page.inRail !== false);

export function pageOf(name: string): Page {
  const page = PAGES.find((one) => one.name === name);
  if (!page) throw new Error(`pages.json has no page ${name}`);
  return page;
}
