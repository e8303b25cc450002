// Facts about a customer that may be changed: how they are written, and between which ends a slider moves.
import type { Answer } from "@/api/client";
import { money, rounded } from "@/words/format";

export type Fact = Answer<"/api/v1/customer-facts/{customer_id}">["facts"][number];
export type Value = Fact["value"];

const SAID_BY_LABEL = /^(|count|ratio|share|flag|score.*)$/; // units that would only repeat what the label says

/** A value with its unit: 57 days, 320 EUR, yes, not known. */
export function factWords(value: Value, unit: string, currency: string): string {
  if (value === null) return "not known";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (unit === "currency") return money(value, currency);
  if (unit === "share") return `${rounded(100 * value)} %`;
  return SAID_BY_LABEL.test(unit) ? rounded(value) : `${rounded(value)} ${unit}`;
}

/** The ends and the step of a number's slider: from the low to the high of most customers, and to this one's value. */
export function sliderOf(fact: Fact): { min: number; max: number; step: number } {
  const own = typeof fact.value === "number" ? fact.value : (fact.usual?.median ?? 0);
  const low = Math.min(own, fact.least ?? fact.usual?.low ?? own);
  const high = Math.max(own, fact.usual?.high ?? own);
  const span = high > low ? high - low : Math.max(1, Math.abs(high));
  if (fact.is_whole) return { min: Math.floor(low), max: Math.ceil(low + span), step: 1 };
  const step = 10 ** Math.floor(Math.log10(span / 50));
  return { min: Math.floor(low / step) * step, max: Math.ceil((low + span) / step) * step, step };
}
