import { noteClosed } from "../backups/lineage";
import { backupAtStop, backupShareMs, stopFailure } from "../backups/shutdown";
import { endedWell } from "../ended-well";
import { type Parts, RUN_STATE, type RunState } from "./parts";

/** Requests that run when the stop begins may finish within this time; then they are interrupted. */
const DRAIN_MS = 5_000;

/** The records are small; on a line that is slower than this the next start writes them. */
const RECORDS_MS = 4_000;
/** For the end of the process itself. */
const RESERVE_MS = 1_500;

export interface StopResult {
  /** Everything is safe: backed up, unchanged, or backups are switched off. */
  safe: boolean;
  message: string;
  /** A statement ignores its interrupt: an ordinary exit would wait for its thread. */
  stuck: boolean;
}

/**
 * The shutdown (product rule 5), after the doors are shut: what runs is cancelled, work in flight ends, the database is
 * checkpointed, uploaded, and only then closed. `giveUp` (a second signal) ends it without the backup.
 */
export async function stopServer(
  parts: Parts,
  options: { giveUp: AbortSignal; budgetLeftMs: number },
): Promise<StopResult> {
  const { state, backups } = parts;
  backups.writing.close();
  backups.reading.close();
  const startedAt = parts.clock.now().getTime();
  const budgetMs = backupShareMs(options.budgetLeftMs);
  const budget = AbortSignal.timeout(budgetMs);
  const budgetEndsAt = new Date(parts.clock.now().getTime() + budgetMs);
  const giveUp = AbortSignal.any([options.giveUp, budget]);
  // Cancelled before its journal stands; after it, it finishes within seconds, and the backup is of what came out of it.
  await Promise.race([backups.restoring.ended(), aborted(giveUp)]);
  const stuck = (await state.database?.closeGate({ drainMs: DRAIN_MS, reason: "stopping" }))?.stuck ?? 0;
  const result = { ...(await secure(parts, { giveUp, byHand: options.giveUp, budgetEndsAt })), stuck: stuck > 0 };
  // Closing would wait for it; after the checkpoint the log is empty, so the end of the process is as good as a close.
  if (stuck === 0) await state.database?.close();
  const left: RunState = result.safe ? "stopped" : "stopped-unprotected";
  // A database that was never open keeps what was known of the run before.
  if (state.database) {
    // Before the records: a kill while they go up must not look like a crash to the next start.
    await remember(parts, left, stuck === 0);
    const leftMs = options.budgetLeftMs - (parts.clock.now().getTime() - startedAt) - RESERVE_MS;
    if (result.safe) await writeRecords(parts, options.giveUp, leftMs);
  }
  state.database = null;
  return result;
}

/** After the data is safe and closed, in what time is left: nothing waits for it. */
async function writeRecords({ records }: Parts, giveUp: AbortSignal, leftMs: number): Promise<void> {
  if (leftMs <= 0) return;
  const signal = AbortSignal.any([giveUp, AbortSignal.timeout(Math.min(leftMs, RECORDS_MS))]);
  await Promise.race([records.atStop(signal), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** With the control database's disk full the next start takes a backup that it may not need: no reason to fail a stop. */
async function remember({ control, backups, log }: Parts, left: RunState, closed: boolean): Promise<void> {
  try {
    await control.memory.set(RUN_STATE, left);
    if (closed) await noteClosed(control.memory, backups.databasePath);
  } catch (error) {
    log.warn({ err: error }, "how this stop went could not be noted");
  }
}

async function secure(
  parts: Parts,
  { giveUp, byHand, budgetEndsAt }: { giveUp: AbortSignal; byHand: AbortSignal; budgetEndsAt: Date },
): Promise<Omit<StopResult, "stuck">> {
  if (!parts.settings.backupEnabled)
    return { safe: true, message: "Backups are switched off; the database is closed." };
  if (!parts.state.database) {
    return { safe: false, message: "There was no open database to back up; its files are as they were." };
  }
  const view = await backupAtStop(parts.backups, { signal: giveUp, budgetEndsAt });
  if (endedWell(view.state)) return { safe: true, message: view.summary ?? "The shutdown backup is stored." };
  const why = byHand.aborted
    ? "A second signal ended it. "
    : giveUp.aborted || view.error?.code === "out_of_time"
      ? `It did not fit into SHUTDOWN_BUDGET_SECONDS=${parts.settings.shutdownBudgetMs / 1000}. `
      : "";
  return { safe: false, message: `${why}${stopFailure(view).message}` };
}
