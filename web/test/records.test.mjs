// From what is written to what was received: the rows of the steps add up, also where their money is not counted.
import assert from "node:assert/strict";
import { test } from "node:test";

import { allSteps } from "../src/records/steps.ts";

test("rows that were set aside without their money stand before what was received", () => {
  const ledger = {
    table: "orders",
    steps: [
      { step: "gross", rows: 10, amount: 100 },
      { step: "void", rows: 2, amount: 20 },
      { step: "net", rows: 5, amount: 80 },
    ],
  };
  const tables = [{ table: "orders", set_aside: [{ step: "void", rows: 2 }, { step: "other_currency", rows: 1 }, { step: "other_currency", rows: 2 }] }];
  const steps = allSteps(ledger, tables);
  assert.deepEqual(steps.map((one) => [one.step, one.rows, one.amount]), [["gross", 10, 100], ["void", 2, 20], ["other_currency", 3, null], ["net", 5, 80]]);
  assert.equal(steps[0].rows - steps[1].rows - steps[2].rows, steps[3].rows);
  assert.deepEqual(allSteps(ledger, []), ledger.steps);
});
