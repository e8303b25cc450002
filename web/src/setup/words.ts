// The words of the first steps: what a question asks, what a job does, how long it still takes.
import { capital, many } from "@/words/format";

import type { Progress } from "./Wizard";

type Open = Progress["setup"]["questions"][number];
type Job = NonNullable<Progress["job"]>;

const COLUMNS: Record<string, string> = {
  customer_id: "names the customer",
  happened_at: "says when it happened",
  amount: "is what the customer paid",
  order_id: "names the order",
  quantity: "counts the pieces",
  unit_price: "is the price of one piece",
  product: "names what was bought",
  currency: "names the currency",
  label: "says whether the customer left",
  started_at: "says when the subscription began",
  ended_at: "says when it ended",
};
const SETTINGS: Record<string, string> = {
  currency: "Which currency are the amounts in?",
  shape: "What kind of records are these?",
  "churn.rule": "What does leaving mean in this business?",
  "churn.horizon_days": "How many days ahead is the question about?",
  time_zone: "Which time zone are the times in?",
  "currencies.keep": "Which currency counts?",
};
/** What a setting or a meaning of a text is, in words that need no manual. */
const ANSWERS: Record<string, string> = {
  sale: "money received",
  pending: "not paid yet",
  refund: "money given back",
  reversed: "undone in full",
  failed: "the payment failed",
  void: "cancelled before it was paid",
  test: "a test",
  draft: "a draft, no sale",
  lost: "it never became a sale",
  open: "not decided yet",
  transfer: "the business's own money",
  settlement: "counts already in another row",
  start: "a subscription begins",
  trial: "a trial begins",
  renewal: "a subscription goes on",
  notice: "the customer gave notice",
  end: "a subscription ends",
  running: "a customer now",
  ended: "a customer no more",
  passive: "nothing that the customer did",
  neutral: "says nothing about the customer",
  inactivity: "who buys nothing for a while has left",
  subscription_end: "who has no subscription that runs any more has left",
  end_date: "a date says when each one left",
  label: "a column says who left",
};

export const answerWords = (question: Open, candidate: string): string | undefined =>
  question.examples[candidate] ??
  (question.question === "currencies.keep" ? `amounts in ${candidate} count, rows in others are set aside` : undefined) ??
  (question.is_closed ? ANSWERS[candidate] : undefined);

/** What was seen that made it a question, without the lines that only whoever writes the settings by hand can use. */
export const evidenceWords = (question: Open): string => capital(question.evidence.replace(/, or convert with [\w.]+( or [\w.]+)*$/, ""));

/** The value of a setting of the whole business. */
export function valueWords(setting: string, value: string): string {
  if (setting === "churn.rule") return ANSWERS[value] ?? value;
  return setting === "churn.horizon_days" ? `${value} days` : value;
}

/** The question as a person would ask it, about the file that was dropped. */
export function questionWords(question: Open, tables: Progress["setup"]["tables"]): string {
  const [, table = "", , column = ""] = question.question.split(".");
  const isOfTable = question.question.startsWith("tables.");
  const files = tables.find((one) => one.table === table)?.files ?? [];
  const file = isOfTable ? (files.length === 1 ? files[0] : table) : "";
  if (question.text) return `What does “${question.text}” mean in ${file || question.about}?`;
  if (question.question.endsWith(".from")) return `Which column of ${file} ${COLUMNS[column] ?? `is “${column.replaceAll("_", " ")}”`}?`;
  if (isOfTable && question.question.endsWith(".holds")) return `What does ${file} hold?`;
  return SETTINGS[question.question] ?? `What is ${question.about}?`;
}

const TITLES: Record<string, string> = {
  run: "Your list is being made",
  retrain: "Your list is being made",
  import: "The new files are being taken in",
  check: "The records are being read and checked",
  setup: "The files are being looked at",
  sample: "A simulated business is being made",
};

/** Files that came after the others were looked at. */
export function newFiles(setup: Progress["setup"]): string[] {
  const known = [...setup.tables.flatMap((table) => table.files), ...setup.read, ...Object.keys(setup.left_out)];
  return setup.uploads.map((file) => file.name).filter((name) => !known.some((text) => text.includes(name)));
}

/** Where one stands, as the page's title. */
export function titleOf({ setup, job, last_check: check }: Progress, hasList: boolean): string {
  if (job) return TITLES[job.kind] ?? "At work";
  if (setup.state === "empty") return "Drop a file with your customers or their orders";
  if (setup.state === "uploaded") return `${many(setup.uploads.length, "file")} came; next, a look at what they hold`;
  if (setup.state === "questions") return `${many(setup.questions.length, "question")} before the list can be made`;
  const waiting = newFiles(setup).length;
  if (waiting) return `${many(waiting, "new file")}: add ${waiting === 1 ? "it" : "them"} to the records`;
  if (hasList) return "The list is made";
  if (check?.state === "done" && check.result?.["is_ready"] === true) return "The records can be used: make the list";
  if (check) return "The records cannot be used yet";
  return "Nothing is open: check the records, then make the list";
}

/** What a job is busy with: its stage alone; the pieces of a stage are for those who wrote it. */
export function doing(job: Job): string {
  if (job.state === "queued") return "Waits for its turn";
  const text = job.doing || "Begins";
  const stage = job.fraction !== null && text.includes(": ") ? text.slice(0, text.indexOf(": ")) : text;
  return capital(stage);
}

const LEAST_SECONDS = 4; // of work, before its pace says something
const LEAST_FRACTION = 0.04;

/** The pace of a job: when it was last seen to get on, how far it was then, and how long it takes in all by that. */
export interface Pace {
  fraction: number;
  total: number; // seconds; 0: not known yet
}

export function paceOf(job: Job, now: number, before: Pace | null): Pace {
  const fraction = job.fraction ?? 0;
  if (before && before.total && before.fraction === fraction) return before;
  const spent = spentOn(job, now);
  return { fraction, total: fraction < LEAST_FRACTION || spent < LEAST_SECONDS ? 0 : spent / fraction };
}

/** How long it still takes; empty while nobody knows. Between two signs of life the seconds count down. */
export function timeLeft(job: Job, now: number, pace: Pace): string {
  if (job.state !== "running" || !pace.total) return "";
  const left = pace.total - spentOn(job, now);
  if (left < 0) return "it takes longer than it looked";
  if (left < 10) return "a few seconds left";
  if (left < 50) return `about ${Math.ceil(left / 10) * 10} seconds left`;
  if (left < 90) return "about a minute left";
  return left < 3_600 ? `about ${Math.round(left / 60)} minutes left` : `about ${Math.round(left / 3_600)} hours left`;
}

const spentOn = (job: Job, now: number) => (job.started_at ? Math.max(0, now - Date.parse(job.started_at)) / 1_000 : 0);
