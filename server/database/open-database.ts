import { constants } from "node:fs";
import { access, open as openFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Clock } from "../clock";
import { isAppError } from "../errors";
import type { Log } from "../log";
import { createDatabaseFile } from "./create-file";
import { exists, isCode, sizeOf } from "./durable-files";
import { HEADER_BYTES, readHeader } from "./file-format";
import type { LiveDatabaseOptions } from "./live-database";
import { holderOf } from "./lock-probe";
import { faultFrom, heldFault, hintFor, isPermission, permissionFault } from "./open-faults";
import { realDatabasePath } from "./real-path";
import { openAfterCrash } from "./recover";
import type { RescueInput, RescueReport } from "./rescue";
import { endSwap, finishSwap, journalPath, type SwapJournal, undoSwap, WAL_SUFFIXES } from "./swap";
import type { DatabaseFault, LiveDatabase } from "./types";

export interface OpenInput {
  path: string;
  /** Base name without `.duckdb`. */
  name: string;
  /** For a new file only; an existing one keeps its own. */
  storageVersion: string;
  walLimitBytes: number;
  clock: Clock;
  log: Log;
  /** Whether the last process said goodbye. A WAL that is there all the same is examined either way. */
  cleanStop: boolean;
  createWhenMissing: boolean;
  /** Runs `rescueFile` in a process of its own. */
  runRescue(job: RescueInput): Promise<RescueReport>;
  /** A last look at what a swap brought in, before the swap is final. Throws to have it undone. */
  accept?(database: LiveDatabase): Promise<void>;
  /** `openLiveDatabase`. Must leave nothing open when it throws. */
  open(options: LiveDatabaseOptions): Promise<LiveDatabase>;
}

/** What happened on the way that a person should know. */
export interface OpenNote {
  kind: "rescued" | "wal-cut" | "swap-finished" | "swap-undone" | "aside-failed";
  level: "info" | "warning";
  title: string;
  message: string;
  /** Of a swap: who began it, and what its author wrote into the journal. */
  swap?: { reason: SwapJournal["reason"]; context: Record<string, string> };
  /** Of a swap that was undone here: what was wrong with the new file. */
  cause?: string;
}

export type OpenResult =
  /** `fileReplaced`: the main file is another one than before, so it needs a new lineage. */
  { ok: true; database: LiveDatabase; notes: OpenNote[]; fileReplaced: boolean } | { ok: false; fault: DatabaseFault };

/**
 * The only way to the live file at start: a half-done swap is ended, the file and its WAL are judged before the engine
 * touches them, and a WAL that the engine cannot replay is rescued on copies. Never throws for what is wrong with the
 * files: the answer is a fault, and then every byte is where it was.
 */
export async function openDatabase(given: OpenInput): Promise<OpenResult> {
  try {
    const input = { ...given, path: await realDatabasePath(given.path) };
    const held = await heldDuringSwap(input.path);
    if (held !== null) return { ok: false, fault: held };
    const swap = await finishSwap(input.path);
    return swap === null ? await openOnce(input) : await openAfterSwap(input, swap);
  } catch (error) {
    given.log.error({ err: error }, "the database could not be opened");
    return { ok: false, fault: unexpectedFault(error, given.path) };
  }
}

async function openOnce(input: OpenInput): Promise<OpenResult> {
  const fault = (await judgePlace(input)) ?? (await judgeHeader(input.path));
  if (fault !== null) return { ok: false, fault };
  return openAfterCrash(input);
}

/** Files must not be renamed under another process that opened one of them meanwhile. */
async function heldDuringSwap(path: string): Promise<DatabaseFault | null> {
  if (!(await exists(journalPath(path))) || !(await exists(path))) return null;
  const holder = await holderOf(path);
  return holder === null ? null : heldFault(path, holder);
}

/** The file that a swap brought in has to open; otherwise what stood there before comes back. */
async function openAfterSwap(input: OpenInput, swap: SwapJournal): Promise<OpenResult> {
  let cause: string | undefined;
  if (swap.direction === "forward") {
    const first = await openAccepted(input);
    if (first.ok) return withSwapNote(input.path, first, swapNote(swap, true));
    // What stands in the way is not the file: the journal stays, and the next start asks again.
    // Only a reader in the way of a running server is harmless: it keeps its file under whatever name.
    const held = first.fault.reason === "held" && (!input.accept || (await holderOf(input.path)) !== null);
    if (held || first.fault.reason === "no-permission") return first;
    input.log.warn(
      { fault: first.fault },
      "the file that a swap brought in did not open; what was there before comes back",
    );
    cause = first.fault.message;
    await undoSwap(input.path);
  }
  await endSwap(input.path);
  const second = await openOnce(input);
  return second.ok ? withSwapNote(input.path, second, { ...swapNote(swap, false), cause }) : second;
}

async function openAccepted(input: OpenInput): Promise<OpenResult> {
  const result = await openOnce(input);
  if (!result.ok || !input.accept) return result;
  try {
    await input.accept(result.database);
    return result;
  } catch (error) {
    await result.database.close();
    return { ok: false, fault: unexpectedFault(error, input.path) };
  }
}

async function withSwapNote(path: string, result: OpenResult & { ok: true }, note: OpenNote): Promise<OpenResult> {
  try {
    await endSwap(path);
  } catch (error) {
    // Reported as not open: then it must not be, or the next try would open the file a second time.
    await result.database.close();
    throw error;
  }
  return { ...result, notes: [note, ...result.notes], fileReplaced: true };
}

function swapNote(swap: SwapJournal, finished: boolean): OpenNote {
  const what = swap.reason === "rescue" || swap.reason === "wal-cut" ? "A repair of the database" : "A restore";
  return finished
    ? {
        kind: "swap-finished",
        level: "info",
        title: "An interrupted swap was finished",
        message: `${what} was interrupted while files were being exchanged. It was finished now: the new database is open, and the old file was kept.`,
        swap: { reason: swap.reason, context: swap.context },
      }
    : {
        kind: "swap-undone",
        level: "warning",
        title: "An interrupted swap was undone",
        message: `${what} was interrupted while files were being exchanged. The database that was there before is open again; nothing of it was lost.`,
        swap: { reason: swap.reason, context: swap.context },
      };
}

/** Missing, not a file, not ours to write. Creates the file when that is wanted and nothing speaks against it. */
async function judgePlace({ path, createWhenMissing, storageVersion }: OpenInput): Promise<DatabaseFault | null> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) {
      return {
        reason: "not-duckdb",
        message: `${path} is not a file; nothing was changed.`,
        hint: hintFor("not-duckdb"),
      };
    }
    await access(path, constants.R_OK | constants.W_OK);
    await access(dirname(path), constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    if (isPermission(error)) return permissionFault(path);
    if (!isCode(error, "ENOENT")) throw error;
  }
  const orphans = [];
  for (const suffix of WAL_SUFFIXES) if ((await sizeOf(path + suffix)) > 0) orphans.push(basename(path) + suffix);
  if (orphans.length > 0) {
    // The engine would delete this log when it creates the file.
    return {
      reason: "missing",
      message: `${path} is missing, but ${orphans.join(", ")} is there: it holds transactions of the missing file. Nothing was created or changed.`,
      hint: "Put the file back beside its log, or restore a backup; to start empty, move the log away first.",
    };
  }
  if (!createWhenMissing) {
    return { reason: "missing", message: `${path} is missing; nothing was created.`, hint: hintFor("missing") };
  }
  await createDatabaseFile(path, storageVersion);
  return null;
}

/** Opened and closed before the engine opens the file: later that would drop the engine's lock. */
async function judgeHeader(path: string): Promise<DatabaseFault | null> {
  const file = await openFile(path, "r");
  let bytes: Uint8Array;
  try {
    const buffer = Buffer.alloc(HEADER_BYTES);
    bytes = buffer.subarray(0, (await file.read(buffer, 0, HEADER_BYTES, 0)).bytesRead);
  } finally {
    await file.close();
  }
  const result = readHeader(bytes);
  if (!("reason" in result)) return null;
  // A header that is being written by its owner can look damaged.
  const holder = await holderOf(path);
  if (holder !== null) return heldFault(path, holder);
  return { reason: result.reason, message: `${path}: ${result.message}`, hint: result.hint };
}

function unexpectedFault(error: unknown, path: string): DatabaseFault {
  if (isAppError(error)) return { reason: "unknown", message: error.message, hint: error.hint ?? hintFor("unknown") };
  return faultFrom(error, path);
}
