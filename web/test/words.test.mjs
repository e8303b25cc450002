import assert from "node:assert/strict";
import { test } from "node:test";

const { about, change, cost, count, day, exactMoney, many, money, ofHundred, percent, rounded, runMoment, shortMoney } = await import("@/words/format");

test("what is not a number is said, never written", () => {
  for (const write of [count, rounded, percent, (value) => money(value, "EUR"), (value) => shortMoney(value, "EUR"), (value) => exactMoney(value, "EUR")])
    for (const value of [null, undefined, Number.NaN, Infinity, -Infinity]) assert.equal(write(value), "not known");
  assert.equal(day("no day"), "not known");
});

test("at most three significant digits, counts exact", () => {
  assert.equal(count(1204), "1,204");
  assert.equal(rounded(14213.87), "14,200");
  assert.deepEqual([0.4, 79.1, 1180.9].map(about), ["0", "79", "1,180"]);
  assert.equal(money(14213.87, "EUR"), "€14,200");
  assert.equal(money(0.0326, "EUR"), "€0.03");
  assert.equal(money(8.5, "EUR"), "€8.50");
  assert.equal(shortMoney(213_700, "EUR"), "€214k");
  assert.equal(exactMoney(14213.87, "EUR"), "€14,213.87");
});

test("an amount is written as the report writes it, its sign first", () => {
  assert.deepEqual([40.2, 99.996, 755.4, -329, -0.1].map((value) => money(value, "EUR")), ["€40.20", "€100", "€755", "−€329", "−€0.10"]);
  assert.equal(money(14213.87, "SEK"), "14,200 SEK");
  assert.equal(exactMoney(-0.001, "EUR"), "€0.00");
  assert.deepEqual([2400, 7813.2, 0.0035, 0.1].map((value) => cost(value, "USD")), ["$2,400", "$7,813.20", "$0.0035", "$0.10"]);
});

test("a share that must be kept is counted as the plan counts it", () => {
  assert.deepEqual([0.0007446, 0.01, 0.0104, 0.0377, 0.15, 1.2, 0].map(ofHundred), ["1 of 1,343", "1 of 100", "1 of 96", "4 of 100", "15 of 100", "more than all", "none"]);
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
