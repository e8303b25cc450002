import assert from "node:assert/strict";
import { test } from "node:test";

const { queryConditions, saidOf } = await import("@/lists/lists");
const { fromText, problemOf, toShare } = await import("@/settings/offer-values");
const { readQuery, withoutOrder } = await import("@/customers/url-query");
const { saidOfErasure } = await import("@/customer/Privacy");

test("adding to a list says who was in it already", () => {
  assert.equal(saidOf({ added: 38, already: 0 }, "This week"), "38 customers added to “This week”.");
  assert.equal(saidOf({ added: 1, already: 1 }, "A"), "1 customer added to “A”, 1 was in it already.");
  assert.equal(saidOf({ added: 0, already: 2 }, "A"), "0 customers added to “A”, 2 were in it already.");
});

test("a list is whom a query lists, in no order", () => {
  assert.deepEqual(queryConditions({ risk_band: ["high"], sort: "priority", order: "asc" }), { risk_band: ["high"] });
  assert.deepEqual(withoutOrder({ search: "a", sort: "priority" }), { search: "a" });
});

test("what is typed for an offer is never negative or no number", () => {
  assert.deepEqual(["12", "-3", "", "much", "1e999"].map(fromText), [12, 0, 0, 0, 0]);
  assert.deepEqual(["15", "250", "-1"].map(toShare), [0.15, 1, 0]);
});

test("two offers of one name are a problem", () => {
  const offer = (name) => ({ name });
  assert.equal(problemOf([offer("call"), offer("e-mail")]), null);
  assert.match(problemOf([offer("call"), offer(" call ")]), /Two offers are called call/);
});

test("an address is read without what no filter knows", () => {
  const query = readQuery(new URLSearchParams("risk_band=high&risk_band=low&probability_from=0.2&tenure_to=x&in_plan=true&evil=1&sort=priority&order=up"));
  assert.deepEqual(query, { risk_band: ["high", "low"], probability_from: 0.2, in_plan: true, sort: "priority" });
});

test("erasing says how much went and what may be left", () => {
  assert.equal(saidOfErasure({ removed: { a: 2, b: 1 }, sources: {} }), "3 rows removed.");
  assert.equal(saidOfErasure({ removed: { a: 1 }, sources: { "orders.csv": "a file" } }), "1 row removed. 1 source outside the project may still name the customer.");
});
