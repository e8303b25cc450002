// Answers in a copy of the app that lies on a static host: from files that scripts/write_demo_site.py wrote. Nothing can
// be changed there, and what is not in the files says so.
import { fromPath } from "@/api/client";

import { type Columns, facetsOf, queryOf, selected, totalsOf } from "./select";

const API = "/api/v1/";
const READ_ONLY = { detail: "This is a read-only copy of a demo, so this cannot be done here.", fix: "Install Holdfast and run holdfast serve: there it works, on your own records." };

interface Shelf {
  index: Record<string, number>; // path and query -> the file with the answer
  rows_a_file: number;
  customers_a_file: number;
}
interface Rows {
  rows: unknown[];
  csv: string[];
}
interface OfCustomer {
  history: unknown;
  timeline: { events: unknown[]; next_first: number | null };
  neighbours: { customers: unknown[] };
}

const kept = new Map<string, Promise<unknown>>();

/** A file of the copy, read once. */
function file<T>(base: string, name: string): Promise<T> {
  let reading = kept.get(name);
  if (!reading) {
    reading = fetch(`${base}/answers/${name}.json`).then((response) => {
      if (!response.ok) throw new TypeError(`${name}: ${response.status}`);
      return response.json();
    });
    reading.catch(() => kept.delete(name));
    kept.set(name, reading);
  }
  return reading as Promise<T>;
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

/** What the server would have answered; a path that the copy does not hold is a problem that says so. */
export async function answerOf(url: string, options: RequestInit, base: string): Promise<Response> {
  const { pathname, searchParams } = new URL(url, location.origin);
  const path = pathname.slice(base.length + API.length);
  const method = options.method ?? "GET";
  if (method === "POST" && path === "plan/preview") return preview(base, JSON.parse(String(options.body)));
  if (method !== "GET") return json(READ_ONLY, 405);
  if (path === "customers") return list(base, searchParams);
  if (path === "customers-export") return callList(base, searchParams);
  if (path === "customers/count") {
    const all = await file<Columns>(base, "columns");
    return json({ ...totalsOf(all, selected(all, searchParams)), run: all.run, currency: all.currency, query: queryOf(searchParams) });
  }
  if (path === "customers/facets") {
    const all = await file<Columns>(base, "columns");
    return json({ ...facetsOf(all, searchParams), run: all.run, query: queryOf(searchParams), totals: totalsOf(all, selected(all, searchParams)) });
  }
  const of = /^(customers|customer-history|customer-timeline|customer-neighbours)\/(.+)$/.exec(path);
  if (of) return ofCustomer(base, of[1]!, fromPath(of[2]!), Number(searchParams.get("limit") ?? 50));
  searchParams.sort();
  const { index } = await file<Shelf>(base, "shelf");
  const found = index[[path, searchParams.toString()].filter(Boolean).join("?")];
  return found === undefined ? json(READ_ONLY, 405) : json(await file(base, `answer-${found}`));
}

/** The call list of a query; always as CSV, for nothing here writes workbooks. */
async function callList(base: string, asked: URLSearchParams): Promise<Response> {
  const all = await file<Columns>(base, "columns");
  const { rows_a_file } = await file<Shelf>(base, "shelf");
  const numbers = Array.from({ length: Math.ceil(all.rows / rows_a_file) }, (_, number) => number);
  const files = await Promise.all(numbers.map((number) => file<Rows>(base, `rows-${number}`)));
  const lines = selected(all, asked).map((at) => files[Math.floor(at / rows_a_file)]!.csv[at % rows_a_file]);
  const headers = { "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="customers.csv"' };
  return new Response(["\ufeff" + all.csv_head, ...lines, ""].join("\r\n"), { headers });
}

async function list(base: string, asked: URLSearchParams): Promise<Response> {
  const all = await file<Columns>(base, "columns");
  const { rows_a_file } = await file<Shelf>(base, "shelf");
  const positions = selected(all, asked);
  const first = Number(asked.get("cursor") ?? 0);
  const next = first + Number(asked.get("limit") ?? 50);
  const shown = positions.slice(first, next);
  const files = new Map(await Promise.all([...new Set(shown.map((at) => Math.floor(at / rows_a_file)))].map(async (number) => [number, await file<Rows>(base, `rows-${number}`)] as const)));
  const of = (at: number) => [files.get(Math.floor(at / rows_a_file))!, at % rows_a_file] as const;
  const cursor = next < positions.length ? String(next) : null;
  const customers = shown.map((at) => {
    const [rows, place] = of(at);
    return rows.rows[place];
  });
  return json({ run: all.run, currency: all.currency, total: positions.length, next_cursor: cursor, previous_cursor: null, customers });
}

async function ofCustomer(base: string, what: string, id: string, limit: number): Promise<Response> {
  const all = await file<Columns>(base, "columns");
  const { rows_a_file, customers_a_file } = await file<Shelf>(base, "shelf");
  const at = all.columns["customer_id"]!.indexOf(id);
  if (at < 0) return json({ detail: `There is no customer ${id}.`, fix: "Choose one from the list." }, 404);
  if (what === "customers") return json((await file<Rows>(base, `rows-${Math.floor(at / rows_a_file)}`)).rows[at % rows_a_file]);
  const one = (await file<OfCustomer[]>(base, `customers-${Math.floor(at / customers_a_file)}`))[at % customers_a_file]!;
  if (what === "customer-history") return one.history ? json(one.history) : json({ detail: `No run has a prediction of ${id}.`, fix: "Choose another customer." }, 404);
  if (what === "customer-neighbours") return json({ ...one.neighbours, customers: one.neighbours.customers.slice(0, limit) });
  const { events } = one.timeline;
  return json({ ...one.timeline, events: events.slice(0, limit), next_first: limit < events.length ? limit : null });
}

interface Previews {
  same: Record<string, unknown>; // of all previews
  by_budget: Record<string, Record<string, unknown>>;
}

/** The preview of the recorded budget; other offers and capacities were not recorded. */
async function preview(base: string, wanted: { budget: number | null; offers: unknown; capacities?: object }): Promise<Response> {
  const { same, by_budget } = await file<Previews>(base, "previews");
  const found = wanted.offers || Object.keys(wanted.capacities ?? {}).length ? undefined : by_budget[wanted.budget === null ? "all" : String(wanted.budget)];
  return found ? json({ ...same, ...found }) : json(READ_ONLY, 405);
}
