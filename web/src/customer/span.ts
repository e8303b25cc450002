// A stretch of time on the line of a customer's events, in milliseconds: zoomed, moved, kept within the whole.

export interface Span {
  from: number;
  to: number;
}

const DAY = 86_400_000;
export const LEAST = 7 * DAY; // no closer

const moment = (text: string) => new Date(text.length === 10 ? `${text}T00:00:00Z` : text).getTime();

/** From the first to the last of some moments, with a day on each side; never empty. */
export function whole(moments: readonly string[], cutoff: string | null): Span {
  const known = [...moments, ...(cutoff ? [cutoff] : [])].map(moment).filter(Number.isFinite);
  if (!known.length) return { from: 0, to: LEAST };
  const [from, to] = [known.reduce((least, one) => Math.min(least, one)) - DAY, known.reduce((most, one) => Math.max(most, one)) + DAY];
  return to - from >= LEAST ? { from, to } : { from: to - LEAST, to };
}

export function inside(span: Span, text: string): boolean {
  const at = moment(text);
  return at >= span.from && at <= span.to;
}

/** Where a moment lies in a span: 0 at its beginning, 1 at its end. */
export function placeOf(span: Span, text: string): number {
  return (moment(text) - span.from) / (span.to - span.from);
}

/** The span times a factor around its middle; the whole where it would be longer than that. */
export function zoomed(span: Span, factor: number, all: Span): Span {
  const length = Math.max(LEAST, (span.to - span.from) * factor);
  if (length >= all.to - all.from) return all;
  const middle = (span.from + span.to) / 2;
  return moved({ from: middle - length / 2, to: middle + length / 2 }, 0, all);
}

/** The span moved by a share of its length, within the whole. */
export function moved(span: Span, share: number, all: Span): Span {
  const length = span.to - span.from;
  const from = Math.min(Math.max(span.from + share * length, all.from), all.to - length);
  return { from, to: from + length };
}

/** The last days before the end of the whole. */
export function last(days: number, all: Span): Span {
  return days * DAY >= all.to - all.from ? all : { from: all.to - days * DAY, to: all.to };
}
