import { cleanUp } from "../backups/clean-up";
import { letGoExpired } from "../backups/kept";
import { newestCover } from "../backups/protect";
import { deleteDue } from "../backups/remove";
import { Renewals } from "../backups/renew-protected";
import { createRetention } from "../backups/retention";
import { takeMissingBackup } from "./open";
import type { Parts } from "./parts";

/** Deletions are due to the minute; looking costs nothing while none is. */
const LOOK_MS = 10_000;
/** The bucket may change behind our back (lifecycle rules, people): one listing, and what changed. */
const REFRESH_MS = 5 * 60_000;
const CLEAN_UP_RETRY_MS = 60_000;
/** Replaced databases are kept for days: an hour more or less does not matter. */
const KEPT_LOOK_MS = 60 * 60_000;

/** The start takes the missing backup once; a storage that was away then gets it later. */
const MISSING_RETRY_MS = 5 * 60_000;

/** What has to be done again and again while the server is ready. Ends when it stops. */
export async function doChores(parts: Parts): Promise<void> {
  const { clock, stopping, state, backups, log } = parts;
  const retention = createRetention(backups);
  const renewals = new Renewals(backups);
  let lastCleanUp = clock.now().getTime();
  let lastMissing = lastCleanUp;
  let lastKept = 0;
  while (!stopping.signal.aborted) {
    await clock.sleep(LOOK_MS, stopping.signal);
    if (stopping.signal.aborted) continue;
    // Also without a database: no run begins then, but one that is overdue is told.
    await parts.schedule.tick().catch((error: unknown) => log.warn({ err: error }, "the schedule is tried again"));
    parts.trouble.look();
    // Not waited for: a channel that hangs must not hold up a deletion.
    parts.alerts.tick().catch((error: unknown) => log.error({ err: error }, "the alerts failed"));
    await parts.costs.tick().catch((error: unknown) => log.warn({ err: error }, "the costs are written down later"));
    if (state.phase !== "ready") continue;
    try {
      const now = clock.now().getTime();
      if (state.cleanUpWanted && now - lastCleanUp > CLEAN_UP_RETRY_MS) {
        lastCleanUp = now;
        await cleanUp(backups);
        state.cleanUpWanted = false;
      }
      if (isUnprotected(parts) && now - lastMissing > MISSING_RETRY_MS) {
        lastMissing = now;
        await takeMissingBackup(parts);
      }
      const readAt = backups.catalog.readAt?.getTime() ?? 0;
      if (now - readAt > REFRESH_MS) {
        await backups.catalog.refresh();
        backups.operations.announce("backups");
      }
      await deleteDue(backups);
      await retention.tick();
      await renewals.tick();
      if (now - lastKept > KEPT_LOOK_MS) {
        lastKept = now;
        await letGoExpired(backups);
      }
      await parts.records.tick();
      await parts.drills.tick();
    } catch (error) {
      // The catalog keeps the problem for the page; the next round tries again.
      log.warn({ err: error }, "a chore failed and is tried again");
    }
  }
}

/** What was written before the last crash or unsafe stop is in no backup yet. */
export function isUnprotected({ state, backups }: Pick<Parts, "state" | "backups">): boolean {
  const since = state.unprotectedSinceCrash;
  if (!since) return false;
  const manifest = newestCover(backups.catalog.entries())?.manifest;
  const takenAt = manifest?.liveAgain?.at ?? manifest?.snapshot?.takenAt;
  return !takenAt || new Date(takenAt) < since;
}
