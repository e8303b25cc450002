import assert from "node:assert/strict";
import { test } from "node:test";

const { overallWords, withFigure, withoutFigure, withoutTyping } = await import("@/known/words");

const known = (figure, when, value) => ({ figure, when, value, observed: value, agrees: true, sentence: "" });

test("a figure of the same days takes the place of the present one, and amounts keep their cents", () => {
  const present = [known("revenue", "2024-05", 45783.2), known("orders", "2024-05", 1204)];
  assert.deepEqual(withFigure(present, { figure: "revenue", when: "2024-05", value: "45.800,00" }), [
    { figure: "orders", when: "2024-05", value: "1204" },
    { figure: "revenue", when: "2024-05", value: "45.800,00" },
  ]);
  assert.equal(withFigure(present, { figure: "revenue", when: "2024-06", value: "1" }).length, 3);
  assert.deepEqual(withoutFigure(present, present[1]), [{ figure: "revenue", when: "2024-05", value: "45783.20" }]);
});

test("nobody is sent to a file where the page has a form", () => {
  const words = "Not yet compared with your own books. Here, the revenue of May 2026 is €181,389.08: look up what your own system shows, and put into holdfast.yaml: known_totals: [{in: 2026-05, revenue: YOUR_FIGURE}]";
  assert.equal(withoutTyping(words), "Not yet compared with your own books. Here, the revenue of May 2026 is €181,389.08.");
  assert.equal(withoutTyping("Compared with your own totals: 1 of 1 agree."), "Compared with your own totals: 1 of 1 agree.");
});

test("what another reading changes is said beside what stays", () => {
  const overall = [
    { figure: "revenue", now: 93007.95, then: 95685.5 },
    { figure: "customers", now: 106, then: 106 },
  ];
  assert.deepEqual(overallWords(overall, "EUR"), ["Revenue €93,007.95 → €95,685.50", "Customers who bought 106, as now"]);
});
