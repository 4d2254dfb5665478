import { cleanUp } from "../backups/clean-up";
import { systemCaller } from "../backups/context";
import { startBackup } from "../backups/create";
import { verifyBackup } from "../backups/verify";
import type { OperationKind } from "../control/types";
import { removeLeftovers } from "../database/kept-files";
import type { OpenNote } from "../database/open-database";
import { endedWell } from "../ended-well";
import { recordNotes } from "./note-opening";
import { openOrExplain } from "./open-or-explain";
import { degrade, enter, type Parts, RUN_STATE, type RunState } from "./parts";

const INTERRUPTED_SWAP =
  "The process ended in the middle of it. The database is either the old one or the new one, whole; when files were being exchanged, the next row says which.";
/** What the end of its process means for a run that was not over. */
const INTERRUPTED_OTHERS =
  "The process ended before this run was over. Nothing of it is listed; what it left is removed.";
const INTERRUPTED: Partial<Record<OperationKind, string>> = {
  restore: INTERRUPTED_SWAP,
  "undo-restore": INTERRUPTED_SWAP,
};

/** A storage that does not answer must not keep the app from its database. */
const CLEAN_UP_PATIENCE_MS = 10_000;

/**
 * From "starting" to "ready" or "degraded" (product rule 4): what the last process left is noted, the database is opened (or
 * its fault shown, every byte where it was), leftovers are removed, and a missing backup is taken at once.
 */
export async function openServer(parts: Parts): Promise<void> {
  const { control, state, clock } = parts;
  const before = (await control.memory.get(RUN_STATE)) as RunState | null;
  await control.operations.interruptUnfinished(({ kind }) => INTERRUPTED[kind] ?? INTERRUPTED_OTHERS);
  const opened = await openOrExplain(parts, { cleanStop: before !== "running", createAnyway: false });
  if (opened.fault) return degrade(parts, opened.fault);
  const unsafe = before === "running" || before === "stopped-unprotected";
  if (unsafe) {
    state.unprotectedSinceCrash = clock.now();
    parts.trouble.unsafeStart(before);
  }
  await control.memory.set(RUN_STATE, "running" satisfies RunState);
  // Before anybody can ask for a restore: its download would look like one that was left behind.
  await removeLeftovers(parts.settings.databasePath).catch((error: unknown) =>
    parts.log.warn({ err: error }, "what earlier restores left beside the database is still there"),
  );
  const tidy = tidyUp(parts, opened.notes);
  await Promise.race([tidy, clock.sleep(CLEAN_UP_PATIENCE_MS, parts.stopping.signal)]);
  if (parts.stopping.signal.aborted) return;
  enter(state, "ready", null);
  if (before === "running") await noteCrash(parts);
  if (unsafe) await takeMissingBackup(parts);
  // With a slow storage the list comes later; the shutdown backup is verified all the same.
  inBackground(
    parts,
    tidy.then(() => verifyLastShutdown(parts)),
  );
}

async function tidyUp(parts: Parts, notes: OpenNote[]): Promise<void> {
  await recordNotes(parts, notes);
  try {
    await cleanUp(parts.backups);
    parts.state.cleanUpWanted = false;
  } catch (error) {
    parts.state.cleanUpWanted = true;
    parts.log.warn({ err: error }, "clean-up waits for the storage");
  }
}

async function noteCrash(parts: Parts): Promise<void> {
  const operation = await parts.control.operations.open({
    kind: "clean-up",
    title: "Not stopped cleanly",
    caller: systemCaller("start"),
    steps: [],
  });
  await parts.control.operations.run(operation.id, async () => ({
    summary: `The process before this one was killed or crashed. No committed transaction was lost; ${
      parts.settings.backupEnabled ? "a backup is taken now" : "backups are switched off, so none is taken"
    }.`,
  }));
}

/** What a stop without a backup, or a kill, left unprotected. */
export async function takeMissingBackup(parts: Parts): Promise<void> {
  if (!parts.settings.backupEnabled) return;
  const request = { type: "scheduled" as const, tags: {}, note: "", verify: false };
  const { operationId, done } = await startBackup(parts.backups, systemCaller("start after an unsafe stop"), request);
  inBackground(parts, parts.schedule.noteRun(operationId, done));
  inBackground(
    parts,
    done.then((view) => {
      if (endedWell(view.state)) parts.state.unprotectedSinceCrash = null;
    }),
  );
}

/** At a stop there is no time to read it back (product rule 3). */
async function verifyLastShutdown(parts: Parts): Promise<void> {
  const last = parts.backups.catalog.entries().find((entry) => entry.manifest?.type === "shutdown");
  if (!last?.manifest || last.manifest.verification || parts.stopping.signal.aborted) return;
  await verifyBackup(parts.backups, systemCaller("start"), { id: last.id });
}

function inBackground(parts: Parts, work: Promise<unknown>): void {
  work.catch((error: unknown) => parts.log.warn({ err: error }, "background work at start failed"));
}
