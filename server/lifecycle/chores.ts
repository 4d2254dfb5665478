import { cleanUp } from "../backups/clean-up";
import { ExpiredKept } from "../backups/let-go-expired";
import { newestCover } from "../backups/protect";
import { deleteDue } from "../backups/remove";
import { Renewals } from "../backups/renew-protected";
import { createRetention } from "../backups/retention";
import { VanishedWatch } from "../backups/vanished";
import { createAttempt } from "./attempt";
import { takeMissingBackup } from "./open";
import type { Parts } from "./parts";

/** Deletions are due to the minute; looking costs nothing while none is. */
const LOOK_MS = 10_000;
/** The bucket may change behind our back (lifecycle rules, people): one listing, and what changed. */
const REFRESH_MS = 5 * 60_000;
const CLEAN_UP_RETRY_MS = 60_000;
/** The start takes the missing backup once; a storage that was away then gets it later. */
const MISSING_RETRY_MS = 5 * 60_000;

/** What has to be done again and again while the server is ready. Ends when it stops. */
export async function doChores(parts: Parts): Promise<void> {
  const { clock, stopping, state, backups } = parts;
  const attempt = createAttempt(parts, stopping.signal);
  const retention = createRetention(backups);
  const renewals = new Renewals(backups);
  const expired = new ExpiredKept(backups);
  const vanished = new VanishedWatch(backups);
  let lastCleanUp = clock.now().getTime();
  let lastMissing = lastCleanUp;
  while (!stopping.signal.aborted) {
    await clock.sleep(LOOK_MS, stopping.signal);
    // Also without a database: no run begins then, but one that is overdue is told.
    await attempt("schedule", () => parts.schedule.tick());
    await attempt("trouble", () => parts.trouble.look());
    // Not waited for: a channel that hangs must not hold up a deletion.
    void attempt("alerts", () => parts.alerts.tick());
    await attempt("costs", () => parts.costs.tick());
    await attempt("overdue renewals", () => renewals.watch());
    if (state.phase !== "ready") continue;
    const now = clock.now().getTime();
    if (state.cleanUpWanted && now - lastCleanUp > CLEAN_UP_RETRY_MS) {
      lastCleanUp = now;
      await attempt("clean-up", async () => {
        await cleanUp(backups);
        state.cleanUpWanted = false;
      });
    }
    await attempt("missing backup", async () => {
      if (!isUnprotected(parts) || now - lastMissing <= MISSING_RETRY_MS) return;
      lastMissing = now;
      await takeMissingBackup(parts);
    });
    const readAt = backups.catalog.readAt?.getTime() ?? 0;
    // The catalog keeps the problem for the page; while there is one the storage is asked at each look.
    if (state.storageDoubted || backups.catalog.problem || now < readAt || now - readAt > REFRESH_MS) {
      state.storageDoubted = false;
      await attempt("refresh", async () => {
        await backups.catalog.refresh();
        backups.operations.announce("backups");
      });
    }
    await attempt("vanished backups", () => vanished.look());
    await attempt("deletions", () => deleteDue(backups));
    await attempt("retention", () => retention.tick());
    await attempt("renewals", () => renewals.tick());
    await attempt("replaced databases", () => expired.tick());
    await attempt("records", () => parts.records.tick());
    await attempt("drills", () => parts.drills.tick());
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
