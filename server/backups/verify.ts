import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Caller, RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { VerifyResult } from "../worker/protocol";
import { type BackupContext, inBackground, systemCaller } from "./context";
import { formatSize } from "./format-size";
import type { Manifest } from "./manifest";
import { unknownBackup } from "./manifest-editor";
import { requireEntry } from "./require-entry";
import { runCheckedJob } from "./run-checked-job";
import { runInLane } from "./run-in-lane";
import { verificationOf } from "./verification";

export const VERIFY_STEPS = ["Read back", "Open and read every row", "Record"] as const;

/** Below this a verification after every backup costs seconds; above it, one a day (VERIFY_AFTER_BACKUP=auto). */
const ALWAYS_VERIFY_BELOW_BYTES = 2_000_000_000;
const LARGE_VERIFY_INTERVAL_MS = 24 * 3_600_000;
/** A verification must not take the disk that the live database needs to grow. */
const SCRATCH_RESERVE_BYTES = 256 * 1024 * 1024;

/** What reading a backup back needs; the command line has no more than this. */
export type VerifyContext = Pick<BackupContext, "catalog" | "storeSettings" | "scratchFolder" | "runJob" | "clock"> & {
  manifests: Pick<BackupContext["manifests"], "update">;
};
type VerifyRun = Pick<RunningOperation, "id" | "signal" | "step" | "stepDone" | "progress" | "log">;

/** One verification of a backup at a time: who asks while one runs gets that one. */
export async function verifyBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string },
): Promise<{ operationId: string }> {
  if (!(await requireEntry(ctx, input.id)).manifest) throw unknownBackup(input.id);
  const running = ctx.operations
    .active()
    .find((operation) => operation.kind === "verify" && operation.backupId === input.id);
  if (running) return { operationId: running.id };
  await ctx.audit({ caller, action: "backup.verify", target: input.id });
  const operation = await ctx.operations.open({
    kind: "verify",
    title: "Verification",
    caller,
    backupId: input.id,
    steps: [...VERIFY_STEPS],
  });
  const verified = runInLane(ctx, ctx.reading, operation.id, async (running) => ({
    summary: summarise(await verifyWithin(ctx, input.id, running)),
  }));
  inBackground(ctx, verified);
  return { operationId: operation.id };
}

/** By VERIFY_AFTER_BACKUP: always below 2 GB, else once a day. */
export async function verifyAfterBackup(ctx: BackupContext, id: string): Promise<void> {
  const manifest = ctx.catalog.get(id)?.manifest;
  if (!manifest || manifest.verification || ctx.stopping.aborted) return;
  const since = ctx.clock.now().getTime() - LARGE_VERIFY_INTERVAL_MS;
  const recently = ctx.catalog.entries().some((entry) => Date.parse(entry.manifest?.verification?.at ?? "") > since);
  if (manifest.file.bytes >= ALWAYS_VERIFY_BELOW_BYTES && recently) return;
  await verifyBackup(ctx, systemCaller("after backup"), { id });
}

/** The same as steps of a run that is already under way (`?verify=true`). */
export async function verifyWithin(ctx: VerifyContext, id: string, operation: VerifyRun): Promise<VerifyResult> {
  const read = await ctx.catalog.readManifest(id);
  if (!read) throw unknownBackup(id);
  const startedAt = ctx.clock.now();
  await operation.step("Read back");
  const result = await check(ctx, read.manifest, operation);
  await operation.step("Record");
  await record(ctx, id, result, startedAt);
  await operation.stepDone();
  if (result.result !== "failed") return result;
  throw new AppError("backup_damaged", `${result.error ?? "The backup did not pass its check."}`, {
    hint: "Do not restore this backup. Take a new one now, and verify the one before it.",
  });
}

async function check(ctx: VerifyContext, manifest: Manifest, operation: VerifyRun): Promise<VerifyResult> {
  const scratchFile = await roomFor(ctx, manifest, operation);
  const { etag, bytes, partBytes, parts } = manifest.file;
  const key = ctx.catalog.keyOf(manifest.id);
  try {
    const result = await runCheckedJob(
      ctx,
      { kind: "verify", store: ctx.storeSettings, key, etag, bytes, partBytes, parts, scratchFile },
      { operation, lowPriority: true, openingStep: "Open and read every row" },
    );
    await operation.stepDone(scratchFile === null ? "skipped" : "ok");
    return result;
  } catch (error) {
    if (!hasCode(error, "backup_damaged")) throw error;
    await operation.stepDone("ok", "DuckDB crashed on it");
    return crashed(manifest, error.message);
  } finally {
    if (scratchFile !== null) await rm(scratchFile, { force: true });
  }
}

async function roomFor(ctx: VerifyContext, manifest: Manifest, operation: VerifyRun): Promise<string | null> {
  await mkdir(ctx.scratchFolder, { recursive: true, mode: 0o700 });
  const disk = await statfs(ctx.scratchFolder);
  const free = disk.bavail * disk.bsize;
  if (free >= manifest.file.bytes + SCRATCH_RESERVE_BYTES) return join(ctx.scratchFolder, `${operation.id}.duckdb`);
  await operation.log(
    "warn",
    `Opening it needs ${formatSize(manifest.file.bytes)} beside the database and ${formatSize(free)} are free: parts and blocks are checked, rows are not read.`,
  );
  return null;
}

async function record(ctx: VerifyContext, id: string, result: VerifyResult, startedAt: Date): Promise<void> {
  const { inspection, error } = result;
  const method = inspection
    ? `every part, block and row read with DuckDB ${inspection.engineVersion}`
    : "every part and block read back";
  const verification = verificationOf(ctx.clock, { result: result.result, method, inspection, error, startedAt });
  await ctx.manifests.update(id, (manifest) => ({
    ...manifest,
    // After a bucket was moved the same content has another one.
    file: result.result === "failed" ? manifest.file : { ...manifest.file, etag: result.etag },
    verification,
  }));
}

function crashed(manifest: Manifest, error: string): VerifyResult {
  return {
    kind: "verify",
    result: "failed",
    error,
    inspection: null,
    etag: manifest.file.etag,
    parts: manifest.file.parts,
    headerSha256: manifest.file.headerSha256,
    storageVersion: manifest.engine.storageVersion,
  };
}

export function summarise(result: VerifyResult): string {
  if (!result.inspection) return "All parts and blocks match; rows were not read for want of disk space.";
  const { tables } = result.inspection;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `All parts match, opened, ${rows.toLocaleString("en-US")} rows in ${tables.length} tables read.`;
}
