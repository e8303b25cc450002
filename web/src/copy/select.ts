// Which customers meet a query, in a copy of the app that has no server: the conditions, order, totals and groups of
// src/holdfast/store/results/customer_query.py and columns.py, over the same columns. tests/web/test_demo_site.py holds
// that both give the same.

export type Cell = string | number | boolean | null;
export interface Columns {
  run: string;
  currency: string;
  rows: number;
  columns: Record<string, Cell[]>;
  orders: Record<string, number[]>; // "priority asc" -> positions
  descends: Record<string, boolean>; // what is ordered by -> whether the greatest comes first, where nobody says
  csv_head: string;
}

export const EQUAL: Record<string, string> = Object.fromEntries(
  ["risk_band", "segment", "value_tier", "offer", "outside_plan", "lifecycle", "action_owner", "previous_segment", "previous_band"].map((name) => [name, name]),
);
const RANGES: Record<string, string> = { probability: "churn_probability", at_risk: "revenue_at_risk", value: "expected_value", tenure: "tenure_days" };
const FACETS = ["risk_band", "segment", "value_tier", "offer", "outside_plan", "lifecycle", "action_owner"];
const GREATEST_AGE = 62; // months or weeks that are known, each a bit

type Condition = (at: number) => boolean;

/** Whether a row meets all conditions of a query but those on `without`. */
function conditionOf({ columns }: Columns, asked: URLSearchParams, without?: string): Condition {
  const parts: Condition[] = [];
  const cell = (name: string, at: number): Cell => columns[name]?.[at] ?? null;
  const who = asked.get("who") ?? "predicted";
  if (who !== "everyone") parts.push((at) => cell("is_predicted", at) === (who === "predicted"));
  const search = asked.get("search")?.toLowerCase();
  if (search) parts.push((at) => String(cell("customer_id", at)).toLowerCase().includes(search));
  const begin = asked.get("id_begins_with");
  if (begin) parts.push((at) => String(cell("customer_id", at)).startsWith(begin));
  for (const [name, column] of Object.entries(EQUAL)) {
    const values = name === without ? [] : asked.getAll(name);
    if (values.length) parts.push((at) => values.includes(cell(column, at) as string));
  }
  const inPlan = asked.get("in_plan");
  if (inPlan !== null) parts.push((at) => (cell("offer", at) !== null) === (inPlan === "true"));
  const wasPredicted = asked.get("was_predicted");
  if (wasPredicted !== null) parts.push((at) => cell("was_predicted", at) === (wasPredicted === "true"));
  for (const [name, column] of Object.entries(RANGES)) {
    const [from, to] = [asked.get(`${name}_from`), asked.get(`${name}_to`)];
    const known = (at: number) => cell(column, at) as number | null;
    if (from !== null) parts.push((at) => (known(at) ?? NaN) >= Number(from));
    if (to !== null) parts.push((at) => (known(at) ?? NaN) < Number(to));
  }
  for (const period of ["month", "week"]) {
    const [cohort, age] = [asked.get(`cohort_${period}`), asked.get(`active_${period}`)];
    if (cohort !== null) parts.push((at) => cell(`cohort_${period}`, at) === cohort);
    if (age !== null) {
      const bit = Number(age) <= GREATEST_AGE ? 1n << BigInt(age) : 0n;
      parts.push((at) => (BigInt((cell(`active_${period}s`, at) as string | null) ?? 0) & bit) !== 0n);
    }
  }
  return (at) => parts.every((part) => part(at));
}

/** The positions of the customers that meet a query, in its order. */
export function selected(all: Columns, asked: URLSearchParams): number[] {
  const sort = asked.get("sort") ?? "priority";
  const descends = asked.has("order") ? asked.get("order") === "desc" : all.descends[sort];
  const meets = conditionOf(all, asked);
  return (all.orders[`${sort} ${descends ? "desc" : "asc"}`] ?? []).filter(meets);
}

/** What customers come to together. */
export function totalsOf({ columns }: Columns, positions: readonly number[]) {
  const sum = (name: string, digits: number) => Number(positions.reduce((so, at) => so + ((columns[name]?.[at] as number | null) ?? 0), 0).toFixed(digits));
  const known = (name: string) => positions.filter((at) => (columns[name]?.[at] ?? null) !== null).length;
  return {
    customers: positions.length,
    in_plan: known("offer"),
    expected_leavers: sum("churn_probability", 6),
    revenue_at_risk: sum("revenue_at_risk", 2),
    expected_value: sum("expected_value", 2),
    offer_cost: sum("offer_cost", 2),
    offer_gain: known("offer") && !known("offer_gain") ? null : sum("offer_gain", 2), // of placeholders none is known
  };
}

/** How many customers have each value of a group, each by all conditions but those on the group itself. */
export function facetsOf(all: Columns, asked: URLSearchParams) {
  const groups: Record<string, { value: string; customers: number; query: object }[]> = {};
  for (const name of FACETS) {
    const counted = new Map<string, number>();
    const meets = conditionOf(all, asked, name);
    for (let at = 0; at < all.rows; at += 1) {
      const value = all.columns[name]?.[at] ?? null;
      if (value !== null && meets(at)) counted.set(String(value), (counted.get(String(value)) ?? 0) + 1);
    }
    groups[name] = [...counted].sort(([one], [other]) => (one < other ? -1 : 1)).map(([value, customers]) => ({ value, customers, query: { ...queryOf(asked), [name]: value } }));
  }
  return groups;
}

/** The conditions of a query as plain values, as the API says them. */
export function queryOf(asked: URLSearchParams): Record<string, string | string[]> {
  const rest = ["sort", "order", "limit", "cursor", "format", "run"];
  return Object.fromEntries([...new Set(asked.keys())].filter((name) => !rest.includes(name)).map((name) => [name, asked.getAll(name).length > 1 ? asked.getAll(name) : asked.get(name)!]));
}
