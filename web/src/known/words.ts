// Known figures in words, and as they are sent back.
import type { Answer } from "@/api/client";
import { count, exactMoney } from "@/words/format";

export type Known = Answer<"/api/v1/known-totals">;
export type Figure = Known["figures"][number];
export type Name = "revenue" | "orders" | "customers" | "ends" | "running" | "mrr";
export interface Typed {
  figure: Name;
  when: string;
  value: string;
}

export const NAMES: Record<Name, string> = {
  revenue: "Revenue",
  orders: "Orders",
  customers: "Customers who bought",
  ends: "Customers whose subscription ended",
  running: "Customers who subscribe",
  mrr: "Monthly recurring revenue",
};
const OF_DAYS: string[] = ["running", "mrr"];
const isMoney = (name: string) => name === "revenue" || name === "mrr";

export const figureName = (name: string): string => NAMES[name as Name] ?? name;
/** Whether a figure is of the end of a day; the others are of a period. */
export const isOfDay = (name: string): boolean => OF_DAYS.includes(name);
export const figureValue = (name: string, value: number, currency: string): string => (isMoney(name) ? exactMoney(value, currency) : count(value));

/** The known figures as they are sent, with one more; one of the same name and days takes the place of the present one. */
export function withFigure(figures: readonly Figure[], typed: Typed | null): Typed[] {
  const present = figures.map((one): Typed => ({ figure: one.figure as Name, when: one.when, value: one.value.toFixed(isMoney(one.figure) ? 2 : 0) }));
  if (!typed) return present;
  return [...present.filter((one) => one.figure !== typed.figure || one.when !== typed.when), typed];
}

/** The known figures as they are sent, without one. */
export function withoutFigure(figures: readonly Figure[], gone: Figure): Typed[] {
  return withFigure(figures.filter((one) => one !== gone), null);
}

/** What the run says of known totals, without what to type into a file: the page has a form for it. */
export const withoutTyping = (words: string): string => words.replace(/: look up what your own system shows, and put into .*$/s, ".");

/** What another reading changes in the figures of all records: "Revenue 93,007.95 EUR → 95,685.50 EUR". */
export function overallWords(overall: Known["readings"][number]["overall"], currency: string): string[] {
  return overall.map((one) => {
    const [now, then] = [figureValue(one.figure, one.now, currency), figureValue(one.figure, one.then, currency)];
    return now === then ? `${figureName(one.figure)} ${now}, as now` : `${figureName(one.figure)} ${now} → ${then}`;
  });
}
