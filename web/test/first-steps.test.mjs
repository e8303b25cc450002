import assert from "node:assert/strict";
import { test } from "node:test";

const { answerWords, doing, evidenceWords, newFiles, paceOf, questionWords, timeLeft, titleOf } = await import("@/setup/words");

const MINUTE = 60_000;
const BEGAN = Date.parse("2026-07-01T08:00:00Z");
const job = (fraction, doing = "training: logistic fitted") => ({ job: "1", kind: "run", state: "running", doing, fraction, started_at: "2026-07-01T08:00:00Z" });
const setup = (changed = {}) => ({ state: "ready", uploads: [{ name: "orders.csv" }], tables: [{ table: "transactions", files: ["orders.csv"] }], choices: [], questions: [], left_out: {}, notes: [], read: [], exports: [], ...changed });

test("a question is asked about the file, not about a setting", () => {
  const { tables } = setup();
  const asked = (question, text = "") => questionWords({ question, text, about: question, candidates: [], examples: {}, evidence: "", is_closed: false }, tables);
  assert.equal(asked("tables.transactions.columns.amount.from"), "Which column of orders.csv is what the customer paid?");
  assert.equal(asked("tables.transactions.columns.tax_rate.from"), "Which column of orders.csv is “tax rate”?");
  assert.equal(asked("tables.transactions.statuses.0.unknown=on hold", "on hold"), "What does “on hold” mean in orders.csv?");
  assert.equal(asked("churn.rule"), "What does leaving mean in this business?");
  assert.equal(asked("currencies.keep"), "Which currency counts?");
  const several = { question: "currencies.keep", examples: {}, evidence: "amounts in 2 currencies; keep EUR, or convert with currencies.one_unit_buys or currencies.rates" };
  assert.equal(evidenceWords(several), "Amounts in 2 currencies; keep EUR");
  assert.equal(answerWords(several, "EUR"), "amounts in EUR count, rows in others are set aside");
  assert.equal(asked("something.new"), "What is something.new?");
  assert.equal(answerWords({ is_closed: true, examples: {} }, "sale"), "money received");
  assert.equal(answerWords({ is_closed: false, examples: { Total: "89.00" } }, "Total"), "89.00");
});

test("the time that is left follows the pace and counts down between two signs of life", () => {
  assert.equal(timeLeft(job(0.02), BEGAN + 3_000, paceOf(job(0.02), BEGAN + 3_000, null)), "");
  const half = paceOf(job(0.5), BEGAN + MINUTE, null);
  assert.equal(timeLeft(job(0.5), BEGAN + MINUTE, half), "about a minute left");
  const still = paceOf(job(0.5), BEGAN + 1.5 * MINUTE, half);
  assert.equal(timeLeft(job(0.5), BEGAN + 1.5 * MINUTE, still), "about 30 seconds left");
  assert.equal(timeLeft(job(0.5), BEGAN + 3 * MINUTE, still), "it takes longer than it looked");
  assert.equal(timeLeft(job(0.9), BEGAN + 3 * MINUTE, paceOf(job(0.9), BEGAN + 3 * MINUTE, still)), "about 20 seconds left");
});

test("a job is named by its stage, and says where it waits", () => {
  assert.equal(doing(job(0.4)), "Training");
  assert.equal(doing({ ...job(null), state: "queued" }), "Waits for its turn");
  assert.equal(doing({ ...job(null, "waiting: another run is active"), state: "running" }), "Waiting: another run is active");
});

test("the title says the next step", () => {
  const title = (changed, check = null, hasList = false) => titleOf({ setup: setup(changed), job: null, last_check: check }, hasList);
  const ready = { state: "done", result: { is_ready: true } };
  assert.equal(title({ state: "empty", uploads: [] }), "Drop a file with your customers or their orders");
  assert.equal(title({}, ready), "The records can be used: make the list");
  assert.equal(title({}, { state: "failed", result: null }), "The records cannot be used yet");
  assert.equal(title({}, ready, true), "The list is made");
  const later = { uploads: [{ name: "orders.csv" }, { name: "july.csv" }] };
  assert.deepEqual(newFiles(setup(later)), ["july.csv"]);
  assert.equal(title(later, ready, true), "1 new file: add it to the records");
});
