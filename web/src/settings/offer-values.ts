// What is typed into the fields of an offer, as the API takes it.
import type { Answer } from "@/api/client";

export type Offer = Answer<"/api/v1/settings">["offers"][number];

/** A number that is not negative; 0 where the text is none. */
export function fromText(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}

/** "15" of 100 as 0.15, between 0 and 1. */
export function toShare(text: string): number {
  return Math.min(100, fromText(text)) / 100;
}

/** Why offers cannot be saved, in a sentence; null: they can. */
export function problemOf(offers: readonly Offer[]): string | null {
  const names = offers.map((offer) => offer.name.trim());
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice) return `Two offers are called ${twice}: give each its own name.`;
  return null;
}
