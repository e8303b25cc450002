// What one may filter by: the API's own names, with words for people. A list that a link opens may have conditions that
// the filter panel does not offer (`isLinkOnly`): they have a chip all the same.
import type { CustomerQuery } from "@/pages-map";
import { bandWords, count, day, moment, percent, rounded, runMoment } from "@/words/format";

export type FilterName = Exclude<keyof CustomerQuery, "sort" | "order">;
export type Facet = "risk_band" | "segment" | "value_tier" | "offer" | "outside_plan" | "lifecycle" | "action_owner";
export interface Filter {
  name: FilterName;
  kind: "several" | "one" | "text" | "number" | "yes or no";
  label: string;
  say: (value: string) => string; // the chip
  facet?: Facet; // whose values, with their counts, are the choices
  choices?: [value: string, label: string][];
  isShare?: boolean; // typed in percent
  isLinkOnly?: boolean;
}

const several = (name: FilterName, label: string, facet: Facet, say = (value: string) => `${label}: ${value}`): Filter => ({ name, kind: "several", label, facet, say });
const number = (name: FilterName, label: string, say: (value: string) => string, isShare = false): Filter => ({ name, kind: "number", label, say, isShare });
const linked = (name: FilterName, kind: Filter["kind"], label: string, say: (value: string) => string): Filter => ({ name, kind, label, say, isLinkOnly: true });

export const FILTERS: Filter[] = [
  several("risk_band", "Risk", "risk_band", bandWords),
  several("segment", "Segment", "segment"),
  { name: "in_plan", kind: "yes or no", label: "In the plan", say: (value) => (value === "true" ? "in the plan" : "outside the plan") },
  several("offer", "Offer", "offer"),
  several("action_owner", "Owner", "action_owner"),
  several("lifecycle", "Where they stand", "lifecycle"),
  several("value_tier", "Value", "value_tier", (value) => `${value} value`),
  several("outside_plan", "Why outside the plan", "outside_plan", (value) => `outside the plan: ${value.replaceAll("_", " ")}`),
  number("probability_from", "Likely to leave, from %", (value) => `${percent(Number(value))} or more likely to leave`, true),
  number("probability_to", "Likely to leave, below %", (value) => `less than ${percent(Number(value))} likely to leave`, true),
  number("at_risk_from", "At risk, from", (value) => `at risk ${rounded(Number(value))} or more`),
  number("at_risk_to", "At risk, below", (value) => `at risk below ${rounded(Number(value))}`),
  number("value_from", "Worth, from", (value) => `worth ${rounded(Number(value))} or more`),
  number("value_to", "Worth, below", (value) => `worth less than ${rounded(Number(value))}`),
  number("tenure_from", "Customer for, from days", (value) => `a customer for ${count(Number(value))} days or more`),
  number("tenure_to", "Customer for, below days", (value) => `a customer for less than ${count(Number(value))} days`),
  { name: "search", kind: "text", label: "Id contains", say: (value) => `id contains ${value}` },
  { name: "who", kind: "one", label: "Who", choices: [["without_prediction", "Without a prediction"], ["everyone", "Everybody"]], say: (value) => (value === "everyone" ? "everybody in the records" : value === "without_prediction" ? "without a prediction" : "with a prediction") },
  linked("id_begins_with", "text", "Id begins with", (value) => `id begins with ${value}`),
  linked("previous_segment", "several", "Segment before", (value) => `was in ${value} in the run before`),
  linked("previous_band", "several", "Risk before", (value) => `was at ${bandWords(value)} in the run before`),
  linked("was_predicted", "yes or no", "In the run before", (value) => (value === "true" ? "also in the run before" : "new since the run before")),
  linked("cohort_month", "text", "Began in", (value) => `began (first bought, or joined) in the month from ${day(value, value).replace(/^\w{3} /, "")} ${value.slice(0, 4)}`),
  linked("active_month", "number", "Stayed to month", (value) => `bought or subscribed ${value} months later`),
  linked("cohort_week", "text", "Began in the week", (value) => `began (first bought, or joined) in the week from ${day(value, value).replace(/^\w{3} /, "")} ${value.slice(0, 4)}`),
  linked("active_week", "number", "Stayed to week", (value) => `bought or subscribed ${value} weeks later`),
  linked("run", "text", "Run", (value) => `as the run of ${moment(runMoment(value) ?? value)} said`),
  linked("in_list", "number", "List", (value) => `in list ${value}`),
];

/** The values of a filter in a query, as text. */
export function valuesOf(query: CustomerQuery, name: FilterName): string[] {
  const value = query[name];
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
