import assert from "node:assert/strict";
import { test } from "node:test";

const { facetsOf, queryOf, selected, totalsOf } = await import("@/copy/select");

const all = {
  run: "r", currency: "EUR", rows: 4, csv_head: "",
  columns: {
    customer_id: ["A1", "a2", "B3", "C4"],
    is_predicted: [true, true, true, false],
    was_predicted: [true, false, true, false],
    risk_band: ["high", "low", "high", null],
    segment: ["Loyal", "Loyal", "Lost", null],
    offer: ["call", null, null, null],
    churn_probability: [0.5, 0.1, 0.9, null],
    revenue_at_risk: [10.005, 2, null, null],
    cohort_month: ["2026-01-01", "2026-01-01", "2026-02-01", null],
    active_months: ["4611686018427387905", "2", null, "1"], // the bits 0 and 62; 1; unknown; 0
  },
  orders: { "priority asc": [2, 0, 1, 3], "priority desc": [1, 0, 2, 3], "churn_probability desc": [2, 0, 1, 3] },
  descends: { priority: false, churn_probability: true },
};
const ids = (text) => selected(all, new URLSearchParams(text)).map((at) => all.columns.customer_id[at]);

test("conditions hold together, one of the values of each", () => {
  assert.deepEqual(ids(""), ["B3", "A1", "a2"]);
  assert.deepEqual(ids("who=everyone"), ["B3", "A1", "a2", "C4"]);
  assert.deepEqual(ids("who=without_prediction"), ["C4"]);
  assert.deepEqual(ids("risk_band=high&segment=Loyal&segment=Lost"), ["B3", "A1"]);
  assert.deepEqual(ids("in_plan=false&was_predicted=true"), ["B3"]);
  assert.deepEqual(ids("search=A"), ["A1", "a2"]);
  assert.deepEqual(ids("id_begins_with=A"), ["A1"]);
});

test("from is met by equals, to is not, and what is not known meets neither", () => {
  assert.deepEqual(ids("probability_from=0.5&probability_to=0.9"), ["A1"]);
  assert.deepEqual(ids("who=everyone&at_risk_from=-1000"), ["A1", "a2"]);
});

test("months of activity are bits, up to the sixty-second", () => {
  assert.deepEqual(ids("who=everyone&active_month=0"), ["A1", "C4"]);
  assert.deepEqual(ids("active_month=62"), ["A1"]);
  assert.deepEqual(ids("active_month=63"), []);
  assert.deepEqual(ids("cohort_month=2026-01-01&active_month=1"), ["a2"]);
});

test("an order that nobody chose is its usual one", () => {
  assert.deepEqual(ids("sort=churn_probability"), ["B3", "A1", "a2"]);
  assert.deepEqual(ids("sort=priority&order=desc"), ["a2", "A1", "B3"]);
});

test("totals count what is known; groups leave out their own condition", () => {
  const totals = totalsOf(all, [0, 1, 2]);
  assert.deepEqual([totals.customers, totals.in_plan, totals.expected_leavers], [3, 1, 1.5]);
  const groups = facetsOf(all, new URLSearchParams("risk_band=high&segment=Loyal"));
  assert.deepEqual(groups.segment.map((one) => [one.value, one.customers]), [["Lost", 1], ["Loyal", 1]]);
  assert.deepEqual(groups.risk_band.map((one) => [one.value, one.customers]), [["high", 1], ["low", 1]]);
  assert.deepEqual(queryOf(new URLSearchParams("risk_band=high&segment=a&segment=b&sort=priority&limit=9")), { risk_band: "high", segment: ["a", "b"] });
});
