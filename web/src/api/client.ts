// The only place that asks the server. A problem comes back as an `ApiProblem` that says what is wrong and what to do.
import type { paths } from "./schema";

export const BASE = process.env.NEXT_PUBLIC_BASE ?? "";
/** Whether these pages lie on a static host, without a server: scripts/write_demo_site.py marks them. */
export const IS_COPY = typeof document !== "undefined" && document.querySelector('meta[name="holdfast-copy"]') !== null;
const KEY = "holdfast-key";

type Json<R> = R extends { content: { "application/json": infer Body } } ? Body : never;
type Parameters<P> = P extends { get: { parameters: { query?: infer Q } } } ? Exclude<Q, undefined> : never;

/** Every path that answers a GET with JSON. */
export type GetPath = {
  [P in keyof paths]: paths[P] extends { get: { responses: { 200: unknown } } } ? P : never;
}[keyof paths];
export type Answer<P extends GetPath> = paths[P] extends { get: { responses: { 200: infer R } } } ? Json<R> : never;
export type QueryOf<P extends GetPath> = Parameters<paths[P]>;
export type Values = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export class ApiProblem extends Error {
  constructor(
    readonly status: number, // 0: the server did not answer
    readonly problem: string,
    readonly fix: string,
  ) {
    super(problem);
  }
}

export function readKey(): string | null {
  return typeof sessionStorage === "undefined" ? null : sessionStorage.getItem(KEY);
}

export function keepKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

const MARK = "\u001f"; // before a part of dots alone, which a browser would take for a folder; the server takes it away

/** A text as the last parts of a path. */
export function inPath(text: string): string {
  return text.split("/").map((part) => encodeURIComponent(/^\.{1,2}$/.test(part) ? MARK + part : part)).join("/");
}

/** The text that `inPath` wrote. */
export function fromPath(path: string): string {
  return path.split("/").map((part) => decodeURIComponent(part).replace(/^\u001f(\.{1,2})$/, "$1")).join("/");
}

/** "/api/v1/customers/{customer_id}" and its names and values: the address to ask. */
export function address(path: string, names: Record<string, string> = {}, values: Values = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => inPath(names[name] ?? ""));
  const query = searchText(values);
  return `${BASE}${filled}${query ? `?${query}` : ""}`;
}

/** Values as the text behind a `?`: without those that are not set, lists as repeated names, in the order given. */
export function searchText(values: Values): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const one of value) pairs.append(name, one);
    else pairs.set(name, String(value));
  }
  return pairs.toString();
}

type Listener = (isReachable: boolean) => void;
const listeners = new Set<Listener>();
/** Tell whether the server answers, at each request. */
export function onReachable(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function request(url: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const key = readKey();
  if (key) headers.set("Authorization", `Bearer ${key}`);
  let response: Response;
  try {
    response = IS_COPY ? await (await import("@/copy/answers")).answerOf(url, options, BASE) : await fetch(url, { ...options, headers, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    listeners.forEach((tell) => tell(false));
    throw new ApiProblem(0, "The server does not answer.", "See that holdfast serve still runs; this page tries again by itself.");
  }
  listeners.forEach((tell) => tell(true));
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  try {
    const said = (await response.json()) as { detail?: string; fix?: string };
    if (said.detail) return new ApiProblem(response.status, said.detail, said.fix ?? "");
  } catch {
    // Not a problem document: something between this page and the server answered.
  }
  return new ApiProblem(response.status, `The server answered ${response.status}.`, "Try again; the server's log says more.");
}

export async function ask<P extends GetPath>(
  path: P,
  options: { names?: Record<string, string>; values?: Values; signal?: AbortSignal } = {},
): Promise<Answer<P>> {
  const response = await request(address(path, options.names, options.values), { signal: options.signal ?? null });
  return (await response.json()) as Answer<P>;
}

export async function send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", url: string, body?: unknown): Promise<T> {
  const response = await request(`${BASE}${url}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}
