import assert from "node:assert/strict";
import { test } from "node:test";

const { inside, last, LEAST, moved, placeOf, whole, zoomed } = await import("@/customer/span");
const { byAge, newerAgainstOlder } = await import("@/cohorts/ages");

const DAY = 86_400_000;
const all = whole(["2026-01-01", "2026-06-30T12:00:00Z"], "2026-07-01T00:00:00Z");

test("the whole holds all events and the cutoff", () => {
  assert.ok(inside(all, "2026-01-01") && inside(all, "2026-07-01T00:00:00Z"));
  assert.ok(placeOf(all, "2026-01-01") > 0 && placeOf(all, "2026-07-01T00:00:00Z") < 1);
  assert.ok(Number.isFinite(placeOf(whole([], null), "2026-01-01")));
  const one = whole(["2026-01-01"], null);
  assert.equal(one.to - one.from, LEAST);
});

test("closer and farther end at a week and at the whole", () => {
  let span = all;
  for (let step = 0; step < 20; step += 1) span = zoomed(span, 0.5, all);
  assert.equal(span.to - span.from, LEAST);
  assert.deepEqual(zoomed(span, 1_000, all), all);
});

test("moving never leaves the whole", () => {
  const month = last(30, all);
  assert.deepEqual(moved(month, 3, all), month);
  const first = moved(month, -100, all);
  assert.deepEqual([first.from, first.to - first.from], [all.from, 30 * DAY]);
  assert.deepEqual(last(10_000, all), all);
});

const cohort = (month, share, isComplete = true) => ({ cohort: month, customers: 400, cells: [{ age: 3, retention: share, is_complete: isComplete }] });

test("cohorts whose month has not ended say nothing", () => {
  const triangle = { by: "month", cohorts: [cohort("2026-02-01", 0.5, false), cohort("2026-01-01", 0.6)] };
  assert.deepEqual(byAge(triangle, 3), [{ cohort: "2026-01-01", share: 0.6, customers: 400 }]);
  assert.equal(newerAgainstOlder(triangle, "subscribed"), null);
});

test("a difference that chance explains is called that", () => {
  const triangle = (newer, older) => ({ by: "month", cohorts: [1, 2, 3, 4, 5, 6].map((month) => cohort(`2026-0${month}-01`, month > 3 ? newer : older)) });
  assert.match(newerAgainstOlder(triangle(0.7, 0.5), "subscribed").title, /stay better than/);
  assert.match(newerAgainstOlder(triangle(0.5, 0.7), "subscribed").title, /stay less well than/);
  assert.match(newerAgainstOlder(triangle(0.51, 0.5), "subscribed").title, /about as well as.*chance explains/);
});
