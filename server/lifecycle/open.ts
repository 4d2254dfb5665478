import { access, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { cleanUp } from "../backups/clean-up";
import { systemCaller } from "../backups/context";
import { startBackup } from "../backups/create";
import { establishLineage } from "../backups/lineage";
import { verifyBackup } from "../backups/verify";
import type { OperationKind } from "../control/types";
import { openLiveDatabase } from "../database/live-database";
import { openDatabase } from "../database/open-database";
import { journalPath } from "../database/swap";
import type { DatabaseFault } from "../database/types";
import { isAppError } from "../errors";
import { enter, type Parts, RUN_STATE, type RunState } from "./parts";

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
  const fault = await openOrExplain(parts, { cleanStop: before !== "running", createAnyway: false });
  if (fault) return degrade(parts, fault);
  const unsafe = before === "running" || before === "stopped-unprotected";
  if (unsafe) state.unprotectedSinceCrash = clock.now();
  await control.memory.set(RUN_STATE, "running" satisfies RunState);
  const tidy = tidyUp(parts);
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

/** Opens (or creates) the database; null when it is open. */
export async function openOrExplain(
  parts: Parts,
  how: { cleanStop: boolean; createAnyway: boolean },
): Promise<DatabaseFault | null> {
  const { settings, state, clock, log, control, backups } = parts;
  await mkdir(dirname(settings.databasePath), { recursive: true });
  const existed = await exists(settings.databasePath);
  // A journal means that a swap was cut off in between: it decides before anything else.
  const swapUnderWay = await exists(journalPath(settings.databasePath));
  if (!existed && !swapUnderWay && !how.createAnyway) {
    const refusal = await refuseToCreate(parts);
    if (refusal) return refusal;
  }
  const opened = await openDatabase({
    path: settings.databasePath,
    name: settings.databaseName,
    storageVersion: settings.databaseStorageVersion,
    walLimitBytes: settings.walLimitBytes,
    clock,
    log,
    cleanStop: how.cleanStop,
    createWhenMissing: true,
    runRescue: async (input) => {
      const job = { kind: "rescue" as const, input };
      return (await backups.runJob(job, { signal: parts.stopping.signal, lowPriority: false })).report;
    },
    open: (options) => openLiveDatabase({ ...options, concurrentStatements: settings.concurrentStatements }),
  });
  if (!opened.ok) return opened.fault;
  state.database = opened.database;
  state.fault = null;
  state.lineage = await establishLineage(control.memory, settings.databasePath, {
    clock,
    renew: !existed || opened.fileReplaced,
  });
  for (const note of opened.notes) {
    log.warn({ note }, note.message);
    const operation = await control.operations.open({
      kind: "rescue",
      title: note.title,
      caller: systemCaller("start"),
      steps: [],
    });
    await control.operations.run(operation.id, async () => ({ summary: note.message }));
  }
  return null;
}

function degrade(parts: Parts, fault: DatabaseFault): void {
  parts.state.fault = fault;
  enter(parts.state, "degraded", { text: fault.message, hint: fault.hint });
  parts.log.error({ reason: fault.reason, hint: fault.hint }, fault.message);
  // The page lists backups all the same; nothing is cleaned up and nothing runs by itself.
  inBackground(parts, parts.backups.catalog.refresh());
}

/** An unmounted volume looks like a first start: while backups of this database exist, a person decides. */
async function refuseToCreate(parts: Parts): Promise<DatabaseFault | null> {
  const { backups, settings } = parts;
  try {
    await backups.catalog.refresh();
  } catch (error) {
    const why = isAppError(error) ? error.message : "the bucket could not be read";
    return {
      reason: "missing",
      message: `${settings.databasePath} is missing, and the storage cannot say whether it holds backups of it: ${why} No empty database was created.`,
      hint: "Mount the right volume or mend the storage, then start again; or choose to start empty.",
    };
  }
  const count = backups.catalog.entries().length;
  if (count === 0) return null;
  return {
    reason: "missing",
    message: `${settings.databasePath} is missing, but ${backups.store.label} holds ${count} ${count === 1 ? "backup" : "backups"} of it. No empty database was created.`,
    hint: "Mount the right volume and start again, or put a downloaded backup in its place; or choose to start empty.",
  };
}

async function tidyUp(parts: Parts): Promise<void> {
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
  const { done } = await startBackup(parts.backups, systemCaller("start after an unsafe stop"), request);
  inBackground(
    parts,
    done.then((view) => {
      if (view.state === "ok" || view.state === "ok-retried") parts.state.unprotectedSinceCrash = null;
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

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
