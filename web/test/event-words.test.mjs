import assert from "node:assert/strict";
import { test } from "node:test";

const { eventFacts, eventName, plainWords } = await import("@/customer/event-words");

const event = (changed) => ({ table: "clicks_web", holds: "events", called: "order", is_booked: false, is_return: false, amount: null, values: {}, ...changed });

test("an event is named by what happened, not by its table or column", () => {
  assert.equal(eventName(event({ values: { event_type: "page_view" } })), "Page view");
  assert.equal(eventName(event({})), "Clicks web");
  assert.equal(eventName(event({ holds: "transactions", amount: 12 })), "Order");
  assert.equal(eventName(event({ holds: "transactions", amount: -12 })), "Money given back");
  assert.equal(eventName(event({ holds: "transactions", amount: 12, is_return: true })), "Return");
  assert.equal(eventName(event({ holds: "interactions", values: { kind: "how to cancel" } })), "Contact about how to cancel");
  assert.equal(eventName(event({ holds: "marketing", values: { kind: "opened" } })), "Message opened");
});

test("a subscriber pays and orders nothing, and movements of a subscription are said in words", () => {
  assert.equal(eventName(event({ holds: "transactions", called: "payment", amount: 99 })), "Payment");
  const start = { subscription_id: "s1", kind: "start", running_change: 1, mrr_change: 99, begins_term: true, interval_days: 30.4375, plan: "team" };
  assert.equal(eventName(event({ holds: "subscriptions", values: start })), "Subscription begins");
  assert.deepEqual(eventFacts({ amount: null, values: start }, "USD"), ["team", "+$99.00 a month"]);
  assert.equal(eventName(event({ holds: "subscriptions", is_booked: true, values: { kind: "end" } })), "Subscription ends, as booked");
});

test("facts say what they are, the telling ones first, with no id but the number of the order, and without what the name says", () => {
  const values = { order_id: "T1", returned_order: "T0", quantity: 2, unit_price: 8.22, product: "P0206", channel: "web", is_passive: true, kind: "sale", coupon: "SAVE10" };
  assert.deepEqual(eventFacts({ amount: 16.44, values }, "EUR"), ["P0206", "web", "coupon SAVE10", "no. T1"]);
  assert.deepEqual(eventFacts({ amount: null, values: { quantity: 2, unit_price: 8.22 } }, "EUR"), ["2 pieces", "unit price €8.22"]);
  assert.deepEqual(eventFacts({ amount: null, values: { quantity: 1, due_date: "2026-07-01T00:00:00+00:00", discount: 0 } }, "EUR"), ["due date 2026-07-01"]);
});

test("names of columns and kinds become words", () => {
  assert.deepEqual(["page_view", "PageView", "checkout.done", "SMS", "P0206"].map(plainWords), ["page view", "page View", "checkout done", "SMS", "P0206"]);
});

test("a text that a person wrote stays as it is", () => {
  assert.deepEqual(eventFacts({ amount: null, values: { reason: "Too slow. See ticket_17" } }, "EUR"), ["Too slow. See ticket_17"]);
  assert.deepEqual(eventFacts({ amount: null, values: { reason: "too_expensive" } }, "EUR"), ["too expensive"]);
});

test("a long text is cut between whole letters, so that an event stays a line", () => {
  const values = { note: "🧡".repeat(80), ["a long name ".repeat(9)]: "x" };
  const [note, named] = eventFacts({ amount: null, values }, "EUR");
  assert.equal(note, `note ${"🧡".repeat(59)}…`);
  assert.equal([...named].length, 60 + 2);
});
