import { mkdir, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Operations, RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { DownloadResult } from "../worker/protocol";
import type { BackupContext } from "./context";
import { formatSize } from "./format-size";
import type { Manifest } from "./manifest";
import { unknownBackup } from "./manifest-editor";
import { runCheckedJob } from "./run-checked-job";
import { verificationOf } from "./verification";

/** Room that stays free, for the live database to grow meanwhile. */
export const RESTORE_RESERVE_BYTES = 64 * 1024 * 1024;
/** A storage that is away for longer than these tries is a person's matter; what was fetched stays for the next run. */
const RETRY_AFTER_MS = [5_000, 15_000, 30_000, 60_000];

/** What bringing a backup needs; the command line has no more than this. */
export type BringContext = Pick<BackupContext, "catalog" | "store" | "storeSettings" | "runJob" | "clock" | "log"> & {
  kept: Pick<BackupContext["kept"], "incomingPath">;
  manifests: Pick<BackupContext["manifests"], "update">;
  operations: Pick<Operations, "announce">;
};
type BringRun = Pick<RunningOperation, "signal" | "step" | "stepDone" | "progress" | "log" | "waiting">;

export interface BringInput {
  id: string;
  operation: BringRun;
  basePath: string | null;
  /** Instead of beside the live file: a place of the caller's own, where a given-up try stays for the next one. */
  into?: string;
  /** How this is told, where it is not a restore. */
  as?: { fetchStep: string; checkStep: string; lowPriority: boolean; method: string };
}

const RESTORE = {
  fetchStep: "Download",
  checkStep: "Check the copy",
  lowPriority: false,
  method: "read for a restore",
};

export interface Brought extends Pick<DownloadResult, "fetchedBytes" | "reusedBytes" | "inspection"> {
  /** Whole, inspected and synced, beside the live file. */
  path: string;
  manifest: Manifest;
  takenAt: string;
}

/**
 * Steps "Download" and "Check the copy" of a restore: the backup lies beside the live file afterwards, proven. Only parts that
 * neither the base nor an earlier try holds are fetched. Throws `backup_damaged` (and marks it failed), `backup_missing`,
 * `disk_full`; the live file is only read.
 */
export async function bringBackup(ctx: BringContext, input: BringInput): Promise<Brought> {
  const { id, operation } = input;
  const startedAt = ctx.clock.now();
  await operation.step((input.as ?? RESTORE).fetchStep);
  const read = await ctx.catalog.readManifest(id);
  if (!read) throw unknownBackup(id);
  const { manifest } = read;
  const path = input.into ?? ctx.kept.incomingPath(id);
  try {
    const stored = await findObject(ctx, manifest, operation.signal);
    await requireRoom({ path, bytes: manifest.file.bytes });
    const result = await fetchPatiently(ctx, { ...input, manifest, etag: stored.etag, path });
    const { fetchedBytes, reusedBytes, inspection } = result;
    await operation.stepDone("ok", `${inspection.tables.length} tables, every row read`);
    const takenAt = manifest.snapshot?.takenAt ?? manifest.createdAt;
    return { path, manifest, takenAt, fetchedBytes, reusedBytes, inspection };
  } catch (error) {
    // Parts that are right serve the next try; those of a damaged or given-up one serve nobody, and a full disk needs the room.
    const inTheWay = !input.into && (operation.signal.aborted || hasCode(error, "disk_full"));
    if (hasCode(error, "backup_damaged") || inTheWay) await rm(path, { force: true });
    if (hasCode(error, "backup_damaged"))
      await markFailed(ctx, { id, startedAt, error, method: (input.as ?? RESTORE).method });
    throw error;
  }
}

async function findObject(ctx: BringContext, manifest: Manifest, signal: AbortSignal): Promise<{ etag: string }> {
  const stored = await ctx.store.head(ctx.catalog.keyOf(manifest.id), { signal });
  if (!stored) {
    throw new AppError(
      "backup_missing",
      "The file of this backup is gone from the bucket; only its manifest remains. Nothing was changed.",
      {
        hint: "Choose another backup.",
      },
    );
  }
  if (stored.bytes === manifest.file.bytes) return stored;
  throw new AppError(
    "backup_damaged",
    `The object has ${stored.bytes} bytes, its manifest says ${manifest.file.bytes}. The live database was not touched.`,
    { hint: "Choose another backup." },
  );
}

async function requireRoom({ path, bytes }: { path: string; bytes: number }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const there = await stat(path).catch(() => null);
  const { neededBytes, freeBytes } = await roomIn(dirname(path), bytes - (there?.size ?? 0));
  if (freeBytes >= neededBytes) return;
  throw new AppError(
    "disk_full",
    `The backup needs ${formatSize(neededBytes)} in ${dirname(path)}, and ${formatSize(freeBytes)} are free. Nothing was changed.`,
    { hint: "Free space on that disk, for instance by letting a kept database go, then try again." },
  );
}

/** What a restore of this many bytes needs beside the live file, and what is free there. */
export const roomFor = (ctx: Pick<BackupContext, "databasePath">, bytes: number) =>
  roomIn(dirname(ctx.databasePath), bytes);

async function roomIn(folder: string, bytes: number): Promise<{ neededBytes: number; freeBytes: number }> {
  const disk = await statfs(folder);
  return { neededBytes: Math.max(0, bytes) + RESTORE_RESERVE_BYTES, freeBytes: disk.bavail * disk.bsize };
}

interface Fetching {
  manifest: Manifest;
  etag: string;
  path: string;
  operation: BringRun;
  basePath: string | null;
  as?: BringInput["as"];
}

async function fetchPatiently(ctx: BringContext, fetching: Fetching): Promise<DownloadResult> {
  const { operation } = fetching;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fetchOnce(ctx, fetching);
    } catch (error) {
      const passing = hasCode(error, "storage_unreachable", "storage_throttled", "storage_failed", "worker_died");
      const waitMs = RETRY_AFTER_MS[attempt];
      if (!passing || waitMs === undefined || operation.signal.aborted) throw error;
      await operation.log("warn", `${error.message} What was fetched is kept.`);
      await operation.waiting(
        `The download goes on in ${waitMs / 1000} s, from the parts that are there: ${error.message}`,
      );
      await ctx.clock.sleep(waitMs, operation.signal);
      operation.signal.throwIfAborted();
      await operation.waiting(null);
    }
  }
}

function fetchOnce(ctx: BringContext, fetching: Fetching): Promise<DownloadResult> {
  const { manifest, etag, path, operation, basePath, as: how = RESTORE } = fetching;
  const { bytes, partBytes, parts } = manifest.file;
  const key = ctx.catalog.keyOf(manifest.id);
  const object = { store: ctx.storeSettings, key, etag, bytes, partBytes, parts };
  return runCheckedJob(
    ctx,
    { kind: "download", ...object, targetPath: path, basePath },
    { operation, lowPriority: how.lowPriority, openingStep: how.checkStep },
  );
}

/** It would fail its next verification as well; from now on it does not count as a way back. */
async function markFailed(
  ctx: BringContext,
  { id, startedAt, error, method }: { id: string; startedAt: Date; error: AppError; method: string },
): Promise<void> {
  try {
    const reading = { result: "failed" as const, method, inspection: null, error: error.message };
    const verification = verificationOf(ctx.clock, { ...reading, startedAt });
    await ctx.manifests.update(id, (manifest) => ({
      ...manifest,
      verification: { ...verification, tables: manifest.verification?.tables ?? [] },
    }));
    ctx.operations.announce("backups");
  } catch (failure) {
    ctx.log.warn({ err: failure, id }, "a damaged backup could not be marked");
  }
}
