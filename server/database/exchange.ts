import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Log } from "../log";
import { exists } from "./durable-files";
import { forgetKept } from "./kept-files";
import { holderOf } from "./lock-probe";
import { endSwap, journalPath, type SwapPlan, startSwap, undoSwap } from "./swap";

/** Files must not be exchanged under another process that has them open. */
export async function requireNotHeld(path: string): Promise<void> {
  const holder = (await exists(path)) ? await holderOf(path) : null;
  if (holder === null) return;
  throw new AppError("database_busy", `${path} is open in ${holder}; nothing was changed.`, {
    hint: "Stop that process, then start the restore again.",
  });
}

/** An earlier exchange that this process could not end is the next start's to decide, and nobody else's. */
export async function requireNoSwap(databasePath: string): Promise<void> {
  if (!(await exists(journalPath(databasePath)))) return;
  throw new AppError("conflict", "An earlier exchange of the database's files is not over yet; nothing was changed.", {
    hint: "Restart Nestegg: its start ends that one and says how. Then look at the data before you restore again.",
  });
}

/**
 * When it throws, nothing has moved or all of it is back; only if putting it back failed as well the journal still stands, for the
 * next start. A journal that is not ours is left alone.
 */
export async function swapFiles(plan: SwapPlan, { clock, log }: { clock: Clock; log: Log }): Promise<void> {
  await requireNoSwap(plan.databasePath);
  try {
    await startSwap(plan, clock);
  } catch (error) {
    if (await exists(journalPath(plan.databasePath))) {
      log.error({ err: error }, "the exchange of files failed and is undone");
      await undoSwap(plan.databasePath);
      await endSwap(plan.databasePath);
    }
    throw error;
  }
}

/** A description whose file is there stays: without it nobody would find the file. */
export async function forgetUnused({ log }: { log: Log }, keptPath: string): Promise<void> {
  try {
    if (!(await exists(keptPath))) await forgetKept(keptPath);
  } catch (error) {
    log.warn({ err: error }, "a description is left behind; the next start removes it");
  }
}
