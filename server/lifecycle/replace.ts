import { chmod, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Replaced, ReplaceInput } from "../backups/replace-database";
import { exists } from "../database/durable-files";
import { forgetUnused, requireNoSwap, requireNotHeld, swapFiles } from "../database/exchange";
import { describeKept, freeKeptPath, type KeptAbout } from "../database/kept-files";
import type { OpenNote } from "../database/open-database";
import { decideSwap, journalPath, type SwapPlan } from "../database/swap";
import type { LiveDatabase } from "../database/types";
import { AppError, isAppError } from "../errors";
import type { TableRows } from "../nestegg";
import { recordNotes } from "./note-opening";
import { openOrExplain } from "./open-or-explain";
import { degrade, enter, type Parts, RUN_STATE, type RunState } from "./parts";

/** Ordinary statements end within this; then they are interrupted. */
const DRAIN_MS = 2_000;
const PERMISSION_BITS = 0o777;
const COMPARE_TIMEOUT_MS = 60_000;

/**
 * Steps 5 to 7 of a restore (architecture.md, section 7): writes pause, the files are exchanged under a journal, the new database
 * is opened and compared, writes go on. On any failure the old database is back and the error says so; it never leaves both away.
 */
export async function replaceDatabase(parts: Parts, input: ReplaceInput): Promise<Replaced> {
  const { clock, state, settings } = parts;
  const { operation } = input;
  const old = state.database;
  await operation.step("Pause writes");
  await requireNoSwap(settings.databasePath);
  // A preview that reads the kept file would keep the engine from opening it once it is in place.
  await parts.backups.restoring.unwatched();
  const pausedAt = clock.now().getTime();
  if (old) await pauseWrites(old);
  else await requireNotHeld(settings.databasePath);
  const { plan, hadFile } = await prepare(parts, input, old).catch((error: unknown) => {
    old?.openGate();
    throw operation.signal.aborted ? error : unchanged(error);
  });
  const { keptPath } = plan;
  await closeOrRestart(parts, old, plan);
  await operation.stepDone(old ? "ok" : "skipped", old ? undefined : "the database was not open");
  await operation.step("Swap files");
  try {
    await swapFiles(plan, parts);
  } catch (error) {
    await endFailedSwap(parts, old, plan, error);
    throw unchanged(error);
  }
  await operation.stepDone();
  await operation.step("Reopen and compare");
  const { tables, notes } = await reopenNew(parts, old, input);
  // A kept file's own log may have needed a rescue: that is a row of its own, as at a start.
  await recordNotes(
    parts,
    notes.filter((note) => note.swap === undefined),
  ).catch((error: unknown) => parts.log.warn({ err: error }, "what happened on opening could not be noted"));
  const gateClosedMs = clock.now().getTime() - pausedAt;
  const undone = notes.find((note) => note.kind === "swap-undone");
  if (undone) {
    await forgetUnused(parts, keptPath);
    throw new AppError(
      "restore_rolled_back",
      `The new database did not pass its last look, so the old one was put back. Your data is as it was. ${undone.cause ?? ""}`.trim(),
      { hint: "Verify the backup, then try again or choose another one; the log has the details." },
    );
  }
  return { keptName: hadFile ? basename(keptPath) : null, gateClosedMs, tables };
}

/** While writes wait: where everything goes, the point of no return, and a description of what is to be replaced. */
async function prepare(
  { settings, clock }: Parts,
  input: ReplaceInput,
  old: LiveDatabase | null,
): Promise<{ plan: SwapPlan; hadFile: boolean }> {
  const { databasePath } = settings;
  const { operation, reason, newDatabase, newWal } = input;
  const uncovered = !old || input.changesAtSafety === null || old.pulse().changes !== input.changesAtSafety;
  const keptPath = await freeKeptPath(databasePath, clock);
  const hadFile = await exists(databasePath);
  const context = { ...input.context, operationId: operation.id };
  const about: KeptAbout = { version: 1, replacedAt: clock.now().toISOString(), uncovered, ...input.about };
  await operation.pastReturn();
  if (hadFile) {
    // Whoever may read the live file today, a group of the app's for instance, may do so tomorrow.
    await chmod(newDatabase, (await stat(databasePath)).mode & PERMISSION_BITS);
    await describeKept(keptPath, about);
  }
  return { plan: { databasePath, reason, newDatabase, newWal, keptPath, context }, hadFile };
}

async function pauseWrites(database: LiveDatabase): Promise<void> {
  const { stuck } = await database.closeGate({ drainMs: DRAIN_MS, reason: "restore" });
  if (stuck === 0) return;
  database.openGate();
  throw new AppError(
    "database_busy",
    `${stuck} running ${stuck === 1 ? "statement does" : "statements do"} not hear an interrupt, so the database could not be closed. Nothing was changed, and the app goes on with its data.`,
    { hint: "Try again when that statement has ended; or restart Nestegg, then restore." },
  );
}

/**
 * A second instance on the path would open without an error and corrupt the file (measured): when this process cannot let go of
 * it, the journal is written, the process ends, and the next start makes the swap.
 */
async function closeOrRestart(parts: Parts, old: LiveDatabase | null, plan: SwapPlan): Promise<void> {
  if (!old) return;
  try {
    await old.close();
  } catch (error) {
    parts.log.fatal(
      { err: error },
      "the database cannot be let go in this process: the restore ends with the next start",
    );
    await decideSwap(plan, parts.clock).catch((failure: unknown) =>
      parts.log.fatal({ err: failure }, "the journal could not be written: the next start opens the old database"),
    );
    await parts.mustRestart("A restore needs a restart to end: the database's file could not be let go.");
  }
}

async function reopenNew(
  parts: Parts,
  old: LiveDatabase | null,
  input: ReplaceInput,
): Promise<{ tables: number; notes: OpenNote[] }> {
  let tables = 0;
  const opening = await openOrExplain(parts, {
    cleanStop: true,
    createAnyway: true,
    accept: async (database) => {
      tables = await compare(database, input.expected);
    },
  });
  await settle(parts, old, opening.fault);
  if (opening.fault) {
    throw new AppError(
      "database_unusable",
      `After the exchange of files the database did not open: ${opening.fault.message} Both databases are still on disk.`,
      { hint: opening.fault.hint },
    );
  }
  return { tables, notes: opening.notes };
}

/** The rows that were counted before the live file was touched must be the rows that the engine finds now. */
async function compare(database: LiveDatabase, expected: TableRows[] | null): Promise<number> {
  const found = await database.contents({ values: false, timeoutMs: COMPARE_TIMEOUT_MS });
  const counts = new Map(found.map(({ schema, name, rows }) => [JSON.stringify([schema, name]), rows]));
  for (const { schema, name, rows } of expected ?? []) {
    const now = counts.get(JSON.stringify([schema, name]));
    if (now === rows) continue;
    throw new AppError(
      "database_unusable",
      `${schema}.${name} has ${now ?? "no"} rows after reopening, expected ${rows}.`,
    );
  }
  return found.length;
}

/** The old database is opened again; one that was not open stays as it is. */
async function endFailedSwap(parts: Parts, old: LiveDatabase | null, plan: SwapPlan, why: unknown): Promise<void> {
  parts.log.warn({ err: why }, "the restore was given up; the old database is opened again");
  if (await exists(journalPath(plan.databasePath)))
    await parts.mustRestart(
      "The files of the database are half exchanged and could not be put back: the next start ends it.",
    );
  await forgetUnused(parts, plan.keptPath);
  if (!old) return;
  const { fault } = await openOrExplain(parts, { cleanStop: true, createAnyway: true });
  await settle(parts, old, fault);
  if (!fault) return;
  throw new AppError(
    "database_unusable",
    `The files were not exchanged, and the old database, which is in its place, did not open again: ${fault.message}`,
    { hint: fault.hint, cause: why },
  );
}

/** Whoever waits at the old gate goes on with what is open now, or hears why nothing is. */
async function settle(parts: Parts, old: LiveDatabase | null, fault: Parts["state"]["fault"]): Promise<void> {
  if (fault) {
    parts.state.database = null;
    degrade(parts, fault);
  } else if (parts.state.phase === "degraded") {
    enter(parts.state, "ready", null);
    parts.state.cleanUpWanted = true;
    await parts.control.memory
      .set(RUN_STATE, "running" satisfies RunState)
      .catch((error: unknown) => parts.log.warn({ err: error }, "that the database is open could not be noted"));
  }
  old?.retire();
  parts.control.operations.announce("status");
}

function unchanged(error: unknown): AppError {
  const known = isAppError(error) ? error : null;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AppError("disk_full", "The disk is full, so the files were not exchanged. Your data is unchanged.", {
      hint: "Free space beside the database, then restore again.",
      cause: error,
    });
  }
  return new AppError(
    known?.code ?? "internal",
    `The files were not exchanged: ${known?.message ?? String((error as Error).message)} Your data is unchanged.`,
    { hint: known?.hint ?? "Check that the database's folder is writable, then restore again.", cause: error },
  );
}
