// What happened with a customer in plain words, whatever the columns of the records are called.
import type { Answer } from "@/api/client";
import { capital, exactMoney, rounded } from "@/words/format";

export type Event = Answer<"/api/v1/customer-timeline/{customer_id}">["events"][number];
type Values = Event["values"];

const MOST = 3; // facts beside the name
const IN_NAME = ["kind", "event_type", "event", "type"]; // what happened, where the records say it
/** Whose values say by themselves what they are; in this order they are shown. */
const ALONE = ["product", "category", "campaign", "plan", "channel", "status", "reason", "source", "device", "payment_method", "brand"];
const LATER = ["coupon", "quantity", "discount", "duration", "satisfaction"];
const MONEY = ["unit_price", "discount", "shipping", "tax", "cost", "monthly_amount", "net", "gross"];
const IS_CODE = /^[A-Za-z]+(?:[_.][A-Za-z]+)*$/;
const IS_ID = /(^|_)(id|uuid|number|hash|key|order)$/;

/** "page_view", "PageView" and "page view" as a person writes it. */
export function plainWords(text: string): string {
  const words = text.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_.]+/g, " ").replace(/\s+/g, " ").trim();
  return /^[A-Z0-9 -]+$/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}

/** A code ("in_store") in plain words; a text that a person wrote stays as it is. */
const worded = (text: string) => (IS_CODE.test(text) ? plainWords(text) : text);

const LONGEST = 60; // letters of a fact in a line; the whole of it stands in the file of the customer's records

/** A text that fits beside others: whole letters, where it is cut with a sign that it is. */
function short(text: string): string {
  const letters = [...text];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("").trimEnd()}…` : text;
}

function kindOf(values: Values): string {
  const name = IN_NAME.find((one) => typeof values[one] === "string" && values[one] !== "");
  return name ? worded(String(values[name])) : "";
}

/** Movements of subscriptions, as the records have them after reading. */
const MOVEMENTS: Record<string, string> = {
  start: "Subscription begins",
  trial: "Trial begins",
  renewal: "Subscription goes on",
  upgrade: "Pays more",
  downgrade: "Pays less",
  notice: "Gave notice",
  end: "Subscription ends",
  pause: "Subscription paused",
  resume: "Subscription goes on after a pause",
  past_due: "Past due",
  payment_failed: "Payment failed",
};
const SAID_BY_MOVEMENT = ["running_change", "interval_days"];

/** What happened: "Order", "Return", "Contact about how to cancel", "Message opened", "Page view". */
export function eventName(event: Pick<Event, "holds" | "table" | "called" | "is_booked" | "is_return" | "amount" | "values">): string {
  if (event.is_return) return "Return";
  const kind = kindOf(event.values);
  switch (event.holds) {
    case "transactions":
      return (event.amount ?? 0) < 0 ? "Money given back" : capital(event.called);
    case "payments":
      return kind ? `Payment: ${kind}` : "Payment";
    case "interactions":
      return kind ? `Contact about ${kind}` : "Contact with us";
    case "marketing":
      return kind ? `Message ${kind}` : "Message";
    case "subscriptions":
      return `${MOVEMENTS[String(event.values["kind"])] ?? (kind ? `Subscription: ${kind}` : "Subscription")}${event.is_booked ? ", as booked" : ""}`;
    default:
      return capital(kind || plainWords(event.table));
  }
}

const isSaid = (value: Values[string]) => typeof value !== "boolean" && value !== 0 && value !== "" && value !== null;

/** Facts of an event that say something to a person, the telling ones first; of ids, only the number of the order or invoice is one, at the end. */
export function eventFacts(facts: { amount: number | null; values: Values }, currency: string): string[] {
  const names = Object.keys(facts.values).filter((name) => isSaid(facts.values[name]!) && facts.values[name] !== facts.amount && !IS_ID.test(name) && !SAID_BY_MOVEMENT.includes(name) && !IN_NAME.includes(name));
  const rank = (name: string) => (ALONE.includes(name) ? ALONE.indexOf(name) : ALONE.length + (LATER.includes(name) ? LATER.indexOf(name) : LATER.length));
  const order = facts.values["order_id"];
  return [
    ...names
      .sort((one, other) => rank(one) - rank(other))
      .slice(0, MOST)
      .flatMap((name) => fact(name, facts.values[name]!, currency)),
    ...(order ? [`no. ${String(order)}`] : []),
  ];
}

function fact(name: string, value: Values[string], currency: string): string[] {
  if (name === "mrr_change") return [`${Number(value) > 0 ? "+" : ""}${exactMoney(Number(value), currency)} a month`];
  if (name === "quantity") return value === 1 ? [] : [`${rounded(Number(value))} pieces`];
  if (typeof value === "number") return [`${plainWords(name)} ${MONEY.includes(name) ? exactMoney(value, currency) : rounded(value)}`];
  const text = short(worded(String(value)));
  return [ALONE.includes(name) ? text : `${short(plainWords(name))} ${/^\d{4}-\d\d-\d\dT00:00/.test(text) ? text.slice(0, 10) : text}`];
}
