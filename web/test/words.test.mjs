import assert from "node:assert/strict";
import { test } from "node:test";

const { change, count, day, exactMoney, many, money, percent, rounded, runMoment, shortMoney } = await import("@/words/format");

test("what is not a number is said, never written", () => {
  for (const write of [count, rounded, percent, (value) => money(value, "EUR"), (value) => shortMoney(value, "EUR"), (value) => exactMoney(value, "EUR")])
    for (const value of [null, undefined, Number.NaN, Infinity, -Infinity]) assert.equal(write(value), "not known");
  assert.equal(day("no day"), "not known");
});

test("at most three significant digits, counts exact", () => {
  assert.equal(count(1204), "1,204");
  assert.equal(rounded(14213.87), "14,200");
  assert.equal(money(14213.87, "EUR"), "14,200 EUR");
  assert.equal(money(0.0326, "EUR"), "0.03 EUR");
  assert.equal(money(8.5, "EUR"), "8.5 EUR");
  assert.equal(shortMoney(213_700, "EUR"), "214k EUR");
  assert.equal(exactMoney(14213.87, "EUR"), "14,213.87 EUR");
});

test("shares near the ends are not rounded onto them", () => {
  assert.equal(percent(0), "0 %");
  assert.equal(percent(1), "100 %");
  assert.equal(percent(0.0004), "under 0.1 %");
  assert.equal(percent(0.9996), "over 99.9 %");
  assert.equal(percent(0.9954), "99.5 %");
  assert.equal(percent(0.084), "8.4 %");
  assert.equal(percent(0.48), "48 %");
});

test("a change has its sign, and none is said", () => {
  assert.equal(change(86), "+86");
  assert.equal(change(-12), "−12");
  assert.equal(change(0.2), "no change");
});

test("days near another are named by their weekday", () => {
  assert.equal(day("2026-07-04", "2026-07-01"), "Sat 4 July");
  assert.equal(day("2026-09-29", "2026-07-01"), "29 September");
  assert.equal(day("2025-09-29", "2026-07-01"), "29 September 2025");
  assert.equal(runMoment("20261129-003530"), "2026-11-29T00:35:30Z");
  assert.equal(runMoment("first"), null);
  assert.deepEqual([many(1, "customer"), many(2, "customer")], ["1 customer", "2 customers"]);
});
