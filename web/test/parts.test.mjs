import assert from "node:assert/strict";
import { test } from "node:test";

import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";

const { RiskBadge, RiskShare } = await import("@/parts/controls");
const { RangeBar } = await import("@/parts/RangeBar");
const { Rows } = await import("@/parts/Section");
const { Sparkline } = await import("@/parts/Sparkline");
const { Problem } = await import("@/parts/states");
const { ApiProblem } = await import("@/api/client");
const { CountOf } = await import("@/parts/CountOf");

const drawn = (component, props) => renderToStaticMarkup(createElement(component, props));

test("a risk is a word beside its colour, and nothing where it is not known", () => {
  assert.match(drawn(RiskBadge, { band: "high" }), /bg-risk-high.*high/);
  assert.match(drawn(RiskShare, { share: 0.48, band: "high" }), /title="high risk".*48 %/);
  assert.equal(drawn(RiskShare, { share: null, band: null }), "");
});

test("a range stays within its bar", () => {
  const places = (markup) => [...markup.matchAll(/ (?:cx|x)="([^"]+)"/g)].map((found) => Number(found[1]));
  for (const props of [{ value: 900, low: -50, high: 900, most: 100 }, { value: 0, low: 0, high: 0, most: 0 }]) {
    const markup = drawn(RangeBar, { ...props, label: "a range" });
    assert.ok(!markup.includes("NaN"), markup);
    assert.ok(places(markup).every((at) => at >= 0 && at <= 120), markup);
  }
});

test("a line of one value is none; of equal values it is level", () => {
  assert.equal(drawn(Sparkline, { values: [3], label: "a" }), "");
  assert.ok(!drawn(Sparkline, { values: [3, 3], label: "a" }).includes("NaN"));
});

test("a column in which no row says anything is not drawn", () => {
  const columns = [{ head: "Name", cell: (row) => row.name }, { head: "Notes", cell: () => "" }, { head: "Rows", cell: (row) => row.rows }];
  const markup = drawn(Rows, { caption: "c", rows: [{ name: "<b>a</b>", rows: 0 }], columns, keyOf: (row) => row.name });
  assert.ok(!markup.includes("Notes"));
  assert.ok(markup.includes("Rows") && markup.includes("&lt;b&gt;a"));
});

test("a problem says what to do, also one that nobody foresaw", () => {
  assert.match(drawn(Problem, { error: new ApiProblem(404, "Nothing is there.", "Run it.") }), /data-state="missing".*Nothing is there\..*Run it\./);
  assert.match(drawn(Problem, { error: new TypeError("x is undefined") }), /could not be drawn.*Reload/);
});

test("a count leads to the customers that it counts", () => {
  const markup = drawn(CountOf, { name: "n", value: 1204, query: { risk_band: "high", segment: ["A & B"] } });
  assert.match(markup, /href="\/customers\/\?risk_band=high&amp;segment=A\+%26\+B"/);
  assert.match(markup, /data-value="1204".*1,204/);
});
