// What the triangle says at one age: by cohort, and the newer half against the older one.
import type { Answer } from "@/api/client";
import { percent } from "@/words/format";

type Triangle = Pick<Answer<"/api/v1/cohorts">, "by" | "cohorts">;

export interface AtAge {
  cohort: string;
  share: number;
  customers: number;
}

/** The share that stayed at an age, of each cohort whose period at that age had ended; oldest first. */
export function byAge(triangle: Triangle, age: number): AtAge[] {
  return triangle.cohorts
    .flatMap((cohort) => {
      const cell = cohort.cells.find((one) => one.age === age);
      return cell?.is_complete ? [{ cohort: cohort.cohort, share: cell.retention, customers: cohort.customers }] : [];
    })
    .sort((one, other) => one.cohort.localeCompare(other.cohort));
}

const AGE = 3; // old enough to tell who came again, young enough that newer cohorts have reached it
const COHORTS = 3;

/** Whether newer customers stay better, in one sentence, and who they are; null where too few cohorts are old enough. */
export function newerAgainstOlder(triangle: Triangle, stayed: string): { title: string; said: string } | null {
  const points = byAge(triangle, AGE);
  if (points.length < 2 * COHORTS) return null;
  const newer = together(points.slice(-COHORTS));
  const older = together(points.slice(-2 * COHORTS, -COHORTS));
  // Two shares differ beyond chance where they are more than two standard errors apart.
  const mean = (newer.active + older.active) / (newer.customers + older.customers);
  const error = Math.sqrt(mean * (1 - mean) * (1 / newer.customers + 1 / older.customers));
  const apart = newer.share - older.share;
  const verdict = Math.abs(apart) <= 2 * error ? "about as well as" : apart > 0 ? "better than" : "less well than";
  const chance = Math.abs(apart) <= 2 * error && apart !== 0 ? ", a difference that chance explains" : "";
  return {
    title: `Newer customers stay ${verdict} those before: ${percent(newer.share)} ${stayed} ${AGE} ${triangle.by}s later, before them ${percent(older.share)}${chance}`,
    said: `The newest ${COHORTS} ${triangle.by}s whose customers can be looked at ${AGE} ${triangle.by}s later, against the ${COHORTS} before.`,
  };
}

function together(points: AtAge[]): { share: number; active: number; customers: number } {
  const customers = points.reduce((sum, point) => sum + point.customers, 0);
  const active = points.reduce((sum, point) => sum + point.share * point.customers, 0);
  return { share: customers ? active / customers : 0, active, customers };
}
