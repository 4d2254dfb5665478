import type { Clock } from "../../clock";
import { AppError } from "../../errors";
import type { CatalogEntry } from "../catalog";
import { isGood, newestGood } from "../protect";

const RANDOM_BYTES = 4;

/** The newest good backup, and any older one: a fault that creeps in with age is found by chance, not never. */
export function chooseDrilled(entries: CatalogEntry[], clock: Pick<Clock, "randomHex">): string[] {
  const newest = newestGood(entries);
  if (!newest) return [];
  const older = entries.filter((entry) => entry.id !== newest.id && isGood(entry) && !entry.manifest?.deletesAt);
  const chosen = older[Number.parseInt(clock.randomHex(RANDOM_BYTES), 16) % Math.max(1, older.length)];
  return chosen ? [newest.id, chosen.id] : [newest.id];
}

export function nothingToDrill(): AppError {
  return new AppError("not_found", "There is no good backup yet, so no restore can be practised.", {
    hint: "Take a backup first.",
  });
}
