import { randomInt } from "node:crypto";
import { seededRandom } from "../storage/testing/seeded-random";

/** A sign of life, rare enough that a run of hours stays readable. */
const ROUNDS_PER_LINE = 20;

/**
 * Random numbers for a soak: another seed in each run, so that counts add up to new moments; the seed is printed,
 * and `NESTEGG_SOAK_SEED` repeats a run that failed.
 */
export function soakRandom(): () => number {
  const seed = Number(process.env.NESTEGG_SOAK_SEED ?? randomInt(2 ** 31));
  console.log(`seed ${seed} (NESTEGG_SOAK_SEED=${seed} repeats it)`);
  return seededRandom(seed);
}

/** Prints how far a soak has come, every {@link ROUNDS_PER_LINE} rounds. */
export function tellProgress(what: string, done: number, all: number): void {
  if (done % ROUNDS_PER_LINE === 0) console.log(`${what}: ${done} of ${all} done, 0 bad`);
}
