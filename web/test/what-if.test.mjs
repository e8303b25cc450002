import assert from "node:assert/strict";
import { test } from "node:test";

const { factWords, sliderOf } = await import("@/customer/facts");

const fact = (changed) => ({ least: 0, is_whole: false, value: 57.4, usual: { low: 2, lower_quarter: 12, median: 27, upper_quarter: 64, high: 166 }, ...changed });

test("a fact is written with its unit, and never as null", () => {
  assert.equal(factWords(57.4, "days", "EUR"), "57.4 days");
  assert.equal(factWords(4049.07, "currency", "EUR"), "€4,050");
  assert.equal(factWords(0.25, "share", "EUR"), "25 %");
  assert.equal(factWords(4, "score 1-5", "EUR"), "4");
  assert.deepEqual([null, true, "b"].map((value) => factWords(value, "", "EUR")), ["not known", "yes", "b"]);
});

test("a slider reaches what is usual and this customer, in steps that fit", () => {
  assert.deepEqual(sliderOf(fact({})), { min: 0, max: 166, step: 1 });
  assert.equal(sliderOf(fact({ value: 900 })).max, 900);
  assert.deepEqual(sliderOf(fact({ is_whole: true, value: 3, usual: { low: 0, high: 6 } })), { min: 0, max: 6, step: 1 });
  const small = sliderOf(fact({ least: null, value: 0.2, usual: { low: 0.1, high: 0.6, median: 0.3 } }));
  assert.ok(small.step < 0.02 && small.min <= 0.1 && small.max >= 0.6);
  const one = sliderOf(fact({ value: null, usual: null, least: null }));
  assert.ok(one.max > one.min);
});
