// How numbers, money and days are written; currency, locale and time zone are set once, here.

export interface Manner {
  locale: string;
  timeZone: string;
}

const KEY = "holdfast-manner";
const manner: Manner = { locale: "en-GB", timeZone: "UTC" };
if (typeof window !== "undefined") {
  manner.timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  try {
    Object.assign(manner, JSON.parse(localStorage.getItem(KEY) ?? "{}"));
    new Intl.NumberFormat(manner.locale);
  } catch {
    manner.locale = "en-GB"; // storage is closed, or holds a locale that this browser does not know
  }
}

export function readManner(): Readonly<Manner> {
  return manner;
}

export function keepManner(changed: Partial<Manner>): void {
  Object.assign(manner, changed);
  localStorage.setItem(KEY, JSON.stringify(manner));
}

const KEPT = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

/** The formatter of these options, made once: making one takes longer than hundreds of numbers. */
function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept(`number ${manner.locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(manner.locale, options));
}

function dates(options: Intl.DateTimeFormatOptions, locale = manner.locale): Intl.DateTimeFormat {
  return kept(`date ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const known = KEPT.get(key) ?? make();
  KEPT.set(key, known);
  return known as T;
}

const UNKNOWN = "not known";
type Maybe = number | null | undefined;
const isKnown = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

/** A counted number, whole and exact: 1,204. */
export function count(value: Maybe): string {
  return isKnown(value) ? numbers({ maximumFractionDigits: 0 }).format(value) : UNKNOWN;
}

/** A number of at most three significant digits: 14,200. */
export function rounded(value: Maybe): string {
  return isKnown(value)
    ? numbers({ maximumSignificantDigits: 3 }).format(value)
    : UNKNOWN;
}

/** How many people a forecast comes to, whole and of at most three significant digits: 79, 1,180. */
export function about(value: Maybe): string {
  return isKnown(value) ? rounded(Math.round(value)) : UNKNOWN;
}

/** A number with at most one digit behind the point, for parts that add up: 26.5. */
export function tenths(value: Maybe): string {
  return isKnown(value) ? numbers({ maximumFractionDigits: 1 }).format(value) : UNKNOWN;
}

const SIGNS: Record<string, string> = { EUR: "€", USD: "$", GBP: "£" }; // as the report writes them

/** An amount with its currency and sign, where the language puts them: €214, 214 €, 214 SEK; −€3. */
function inCurrency(value: number, currency: string, write: (size: number) => string): string {
  const text = write(Math.abs(value));
  const minus = value < 0 && /[1-9]/.test(text) ? "−" : "";
  const sign = SIGNS[currency];
  return sign && manner.locale.startsWith("en") ? `${minus}${sign}${text}` : `${minus}${text} ${sign ?? currency}`.trimEnd();
}

/** An amount, short: €214k. */
export function shortMoney(value: Maybe, currency: string): string {
  if (!isKnown(value)) return UNKNOWN;
  return inCurrency(value, currency, (size) => numbers({ notation: "compact", maximumSignificantDigits: 3 }).format(size));
}

/** An amount of at most three significant digits: €14,200, €40.20. */
export function money(value: Maybe, currency: string): string {
  if (!isKnown(value)) return UNKNOWN;
  return inCurrency(value, currency, (size) => {
    const short = size < 10 ? size : Number(size.toPrecision(3)); // no coin is worth the third digit behind the point
    const cents = short < 100 && Math.round(short * 100) % 100 ? 2 : 0;
    return numbers({ minimumFractionDigits: cents, maximumFractionDigits: cents }).format(short);
  });
}

/** An amount to the cent, for ledgers and for the pointer that asks for more: €14,213.87. */
export function exactMoney(value: Maybe, currency: string): string {
  if (!isKnown(value)) return UNKNOWN;
  return inCurrency(value, currency, (size) => numbers({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(size));
}

/** An amount that is counted, as a cost: cents wherever there are any, so that sums add up: €2,400, €7,813.20, €0.0035. */
export function cost(value: Maybe, currency: string): string {
  if (!isKnown(value)) return UNKNOWN;
  return inCurrency(value, currency, (size) => {
    if (size < 1 && Math.abs(size - Math.round(size * 100) / 100) > 1e-9) return numbers({ maximumFractionDigits: 4 }).format(size);
    const cents = Math.round(size * 100) % 100 ? 2 : 0;
    return numbers({ minimumFractionDigits: cents, maximumFractionDigits: cents }).format(size);
  });
}

/** A share: 48 %, 8.4 %, under 0.1 %. */
export function percent(value: Maybe): string {
  if (!isKnown(value)) return UNKNOWN;
  const hundredths = value * 100;
  if (hundredths > 0 && hundredths < 0.1) return "under 0.1 %";
  if (hundredths < 100 && hundredths > 99.9) return "over 99.9 %";
  const isNearAnEnd = Math.abs(hundredths) < 10 || (hundredths >= 99.5 && hundredths < 100);
  const digits = isNearAnEnd && hundredths !== 0 ? 1 : 0;
  return `${numbers({ maximumFractionDigits: digits }).format(hundredths)} %`;
}

/** A share as people count, rounded so that it is enough: 4 of 100, 1 of 250. */
export function ofHundred(share: number): string {
  if (share > 1) return "more than all";
  if (share <= 0) return "none";
  return share < 0.02 ? `1 of ${count(Math.floor(1 / Math.max(share, 1e-6)))}` : `${count(Math.ceil(Number((100 * share).toFixed(9))))} of 100`;
}

/** A difference between two shares, in hundredths: 0.4 points. */
export function points(value: number): string {
  return `${tenths(value)} points`;
}

/** A difference with its sign: +86, −12, no change. */
export function change(value: number, write: (value: number) => string = count): string {
  const text = write(Math.abs(value));
  if (/^[0.,\s%]*( points)?$/.test(text)) return "no change";
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** A day: 12 March; with the year where it is another than that of `near`, with the weekday where it is close to it. */
export function day(text: string | null | undefined, near?: string | null): string {
  if (!text) return UNKNOWN;
  const date = new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const base = near ? new Date(near) : new Date();
  const apart = Math.abs(date.getTime() - base.getTime()) / 86_400_000;
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", timeZone: "UTC" };
  if (apart < 7) options.weekday = "short";
  else if (date.getUTCFullYear() !== base.getUTCFullYear()) options.year = "numeric";
  return dates(options).format(date).replace(",", "");
}

/** A month with its year, or a day of it, short: Jul 2026, 6 Jul 2026. */
export function period(text: string, by: "month" | "week"): string {
  const options: Intl.DateTimeFormatOptions = { ...(by === "week" ? { day: "numeric" } : {}), month: "short", year: "numeric", timeZone: "UTC" };
  return dates(options).format(new Date(`${text}T00:00:00Z`));
}

/** A day with its year: 1 July 2026. */
export function fullDay(text: string | null | undefined): string {
  if (!text) return UNKNOWN;
  const date = new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return Number.isNaN(date.getTime()) ? UNKNOWN : dates(options).format(date);
}

/** The day some days away. */
export function daysAfter(text: string, days: number): string {
  return new Date(new Date(text).getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

/** A moment against now: "today 08:12", "yesterday 08:12", "12 March 08:12". */
export function moment(text: string, now: Date = new Date()): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const zone = { timeZone: manner.timeZone };
  const clock = dates({ hour: "2-digit", minute: "2-digit", ...zone }).format(date);
  const dayOf = (of: Date) => dates(zone, "en-CA").format(of);
  const apart = Math.round((Date.parse(dayOf(now)) - Date.parse(dayOf(date))) / 86_400_000);
  if (apart === 0) return `today ${clock}`;
  if (apart === 1) return `yesterday ${clock}`;
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return `${dates({ day: "numeric", month: "long", ...year, ...zone }).format(date)} ${clock}`;
}

/** A run's name as the moment it began: 20261129-003530. */
export function runMoment(name: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})/.exec(name);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z` : null;
}

/** One and many: 1 customer, 1,204 customers. */
export function many(value: number, one: string, more: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** A risk band as a phrase: whose end is booked is in none. */
export function bandWords(band: string): string {
  return band === "notice given" ? band : `${band} risk`;
}

/** A text with a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
