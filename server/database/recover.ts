import { constants, copyFile, rm, truncate } from "node:fs/promises";
import { basename } from "node:path";
import { isAppError } from "../errors";
import { sizeOf } from "./durable-files";
import { holderOf } from "./lock-probe";
import type { OpenInput, OpenNote, OpenResult } from "./open-database";
import { faultFrom, heldFault, hintFor, isForeignWal } from "./open-faults";
import type { RescueReport } from "./rescue";
import { endSwap, keptPathFor, startSwap, undoSwap } from "./swap";
import type { DatabaseFault, LiveDatabase } from "./types";
import { copyWalAside, dropAside, dropIfUnchanged, pruneAsides, type WalAside } from "./wal-aside";
import { examineWal, type WalReport } from "./wal-examine";

/**
 * Opens a file whose header is sound. A WAL beside it is copied aside and examined first; then the engine gets its try,
 * then a log cut at its last commit, then a rescue on copies. What fails is put back as it was.
 */
export async function openAfterCrash(input: OpenInput): Promise<OpenResult> {
  const { path } = input;
  const scratch = `${path}.rescue`;
  // Left by a start that was killed; a swap that still needed them has been ended before.
  for (const left of [scratch, `${path}.wal.cut`]) await rm(left, { recursive: true, force: true });
  if ((await sizeOf(`${path}.wal`)) + (await sizeOf(`${path}.wal.checkpoint`)) === 0) {
    const plain = await tryOpen(input);
    return plain instanceof Failure ? { ok: false, fault: faultFrom(plain.cause, path) } : opened(plain, [], false);
  }
  if (input.cleanStop) input.log.warn("a write-ahead log stands beside the file although the last stop was clean");
  const wal = await examineWal(`${path}.wal`);
  const damage = walFault(path, wal) ?? walFault(path, await examineWal(`${path}.wal.checkpoint`), ".wal.checkpoint");
  if (damage !== null) {
    const holder = await holderOf(path);
    return { ok: false, fault: holder === null ? damage : heldFault(path, holder) };
  }
  const notes: OpenNote[] = [];
  const aside = await tryCopyAside(input, notes);
  const result = await openWithWal(input, wal, scratch);
  if (!result.ok) {
    if (aside !== null) await (result.fault.reason === "held" ? dropAside(aside) : dropIfUnchanged(aside));
    return result;
  }
  await pruneAsides(path);
  return { ...result, notes: [...notes, ...result.notes] };
}

async function openWithWal(input: OpenInput, wal: WalReport, scratch: string): Promise<OpenResult> {
  const { path } = input;
  const first = await tryOpen(input);
  if (!(first instanceof Failure)) return opened(first, [], false);
  const fault = faultFrom(first.cause, path);
  // A damaged main file fails on copies too; copying it would only take time and room.
  const hopeless = ["held", "no-permission", "newer-engine", "damaged"].includes(fault.reason);
  if (hopeless || isForeignWal(first.cause)) {
    return { ok: false, fault };
  }
  input.log.warn({ err: first.cause, wal: summary(wal) }, "DuckDB could not open the file with its write-ahead log");
  const unfinished = wal.tail === "torn" || wal.tail === "zeros";
  if (unfinished) {
    const cut = await openWithCutWal(input, wal);
    if (cut !== null) return cut;
  }
  return rescue(input, { wal, walEnd: unfinished ? wal.goodEnd : null, scratch });
}

/** DuckDB refuses some ends that a power loss leaves. Only the log is exchanged; the original is kept. */
async function openWithCutWal(input: OpenInput, wal: WalReport): Promise<OpenResult | null> {
  const { path, clock } = input;
  const cutWal = `${path}.wal.cut`;
  await copyFile(`${path}.wal`, cutWal, constants.COPYFILE_FICLONE);
  await truncate(cutWal, wal.goodEnd);
  const keptPath = keptPathFor(path, "rescue", clock);
  await startSwap({ databasePath: path, reason: "wal-cut", newDatabase: null, newWal: cutWal, keptPath }, clock);
  const second = await tryOpen(input);
  if (second instanceof Failure) {
    await undoSwap(path);
    await rm(cutWal, { force: true });
    await endSwap(path);
    return null;
  }
  await endSwap(path);
  const note: OpenNote = {
    kind: "wal-cut",
    level: "warning",
    title: "The end of the write-ahead log was cut off",
    message: `The last process or the machine stopped in the middle of a write. ${count(wal.commits, "transaction")} in the write-ahead log were whole and are in the database; the ${wal.bytes - wal.goodEnd} bytes after them were not a whole transaction and were left out. The original log is kept as ${basename(keptPath)}.wal.`,
  };
  return opened(second, [note], false);
}

interface RescuePlan {
  wal: WalReport;
  walEnd: number | null;
  scratch: string;
}

async function rescue(input: OpenInput, { wal, walEnd, scratch }: RescuePlan): Promise<OpenResult> {
  const { path, clock } = input;
  const report = await tryRescue(input, scratch, walEnd);
  if ("reason" in report) {
    await rm(scratch, { recursive: true, force: true });
    return { ok: false, fault: report };
  }
  const keptPath = keptPathFor(path, "rescue", clock);
  const swap = { databasePath: path, newDatabase: report.rescuedPath, newWal: null, keptPath };
  // Should this throw, the scratch folder stays: the journal may need it at the next start.
  await startSwap({ ...swap, reason: "rescue" }, clock);
  const live = await tryOpen(input);
  if (live instanceof Failure) await undoSwap(path);
  await endSwap(path);
  await rm(scratch, { recursive: true, force: true });
  return live instanceof Failure
    ? { ok: false, fault: faultFrom(live.cause, path) }
    : opened(live, [rescueNote(wal, report, keptPath)], true);
}

async function tryRescue(
  input: OpenInput,
  scratchFolder: string,
  walEnd: number | null,
): Promise<RescueReport | DatabaseFault> {
  try {
    return await input.runRescue({ databasePath: input.path, scratchFolder, walEnd });
  } catch (error) {
    input.log.error({ err: error }, "the rescue on copies failed");
    if (isAppError(error) && error.code === "disk_full") {
      return { reason: "unknown", message: error.message, hint: error.hint ?? hintFor("unknown") };
    }
    const fault = faultFrom(error, input.path);
    const reason = fault.reason === "damaged" ? "damaged" : "wal-damaged";
    return {
      reason,
      message: `DuckDB cannot replay the write-ahead log of ${input.path}, and a try on copies failed too. Every file was left where it was.`,
      hint: hintFor(reason),
    };
  }
}

function rescueNote(wal: WalReport, report: RescueReport, keptPath: string): OpenNote {
  const altered = new Set(
    wal.catalogChanges.filter(({ kind }) => kind === "alter").map(({ schema, name }) => `${schema}.${name}`),
  );
  const rows = report.inspection.tables.reduce((sum, table) => sum + table.rows, 0);
  const found = `DuckDB could not replay the write-ahead log by itself. It was replayed on copies: ${count(wal.commits, "transaction")}, then all ${count(report.inspection.tables.length, "table")} with ${count(rows, "row")} were read. The rescued database is open; the originals are kept as ${basename(keptPath)} and ${basename(keptPath)}.wal.`;
  const warning = ` The log changed the shape of ${[...altered].join(", ")}: a change that computed its values (such as random() or now()) computed them again, so look at ${altered.size === 1 ? "that table" : "those tables"}.`;
  return {
    kind: "rescued",
    level: altered.size > 0 ? "warning" : "info",
    title: "The database was rescued after a crash",
    message: altered.size > 0 ? found + warning : found,
  };
}

/** Whole transactions behind a broken place, or something that is no log at all: opening would drop them for good. */
function walFault(path: string, wal: WalReport, suffix = ".wal"): DatabaseFault | null {
  if (wal.tail !== "damaged") return null;
  return {
    reason: "wal-damaged",
    message: `The write-ahead log ${basename(path)}${suffix} is damaged after ${count(wal.commits, "whole transaction")}, and more follows behind the damage. DuckDB would drop all of that, so the database was not opened. Every file was left where it was.`,
    hint: hintFor("wal-damaged"),
  };
}

/** The copy is a second net: without room for it the start goes on. */
async function tryCopyAside(input: OpenInput, notes: OpenNote[]): Promise<WalAside | null> {
  try {
    return await copyWalAside(input.path, input.clock);
  } catch (error) {
    input.log.warn({ err: error }, "the write-ahead log could not be copied aside");
    notes.push({
      kind: "aside-failed",
      level: "warning",
      title: "The write-ahead log was not copied aside",
      message: "Before opening the database after a crash its write-ahead log is copied; this time the copy failed.",
    });
    return null;
  }
}

class Failure {
  constructor(readonly cause: unknown) {}
}

async function tryOpen(input: OpenInput): Promise<LiveDatabase | Failure> {
  const { path, name, storageVersion, walLimitBytes, clock, log } = input;
  try {
    return await input.open({ path, name, storageVersion, walLimitBytes, clock, log });
  } catch (error) {
    return new Failure(error);
  }
}

function opened(database: LiveDatabase, notes: OpenNote[], fileReplaced: boolean): OpenResult {
  return { ok: true, database, notes, fileReplaced };
}

function summary({ bytes, commits, goodEnd, tail, checkpointBegun }: WalReport): object {
  return { bytes, commits, goodEnd, tail, checkpointBegun };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
