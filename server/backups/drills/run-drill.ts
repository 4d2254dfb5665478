import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Caller, OperationOutcome, RunningOperation } from "../../control/types";
import { AppError, isAppError } from "../../errors";
import type { DrillResult } from "../../nestegg-operate";
import { type Brought, bringBackup } from "../bring-backup";
import { type BackupContext, inBackground, systemCaller } from "../context";
import { formatSize } from "../format-size";
import { runInLane } from "../run-in-lane";
import { verificationOf } from "../verification";
import { addDrill, writeAttempt } from "./drill-records";

/** A drill is practice: it must not take the disk that the live database needs to grow. */
const RESERVE_BYTES = 256 * 1024 * 1024;
const METHOD = "read for a restore drill";
const STEPS = [
  { fetchStep: "Fetch the first backup", checkStep: "Open and read the first" },
  { fetchStep: "Fetch an older backup", checkStep: "Open and read the older" },
];

/** Records the drill and runs it in the line of those who read; `ids` has one or two backups. */
export async function startDrill(ctx: BackupContext, caller: Caller, ids: string[]): Promise<{ operationId: string }> {
  await ctx.audit({ caller, action: "drill.run", target: ids[0] ?? null });
  const operation = await ctx.operations.open({
    kind: "drill",
    title: "Restore drill",
    caller,
    backupId: ids[0] ?? null,
    steps: STEPS.slice(0, ids.length).flatMap(({ fetchStep, checkStep }) => [fetchStep, checkStep]),
  });
  const drilled = runInLane(ctx, ctx.reading, operation.id, (running) => besideNoRestore(ctx, running, ids));
  inBackground(ctx, drilled);
  return { operationId: operation.id };
}

/** A restore needs the disk and the line to the storage more: it ends a drill, also one that has not begun. */
async function besideNoRestore(
  ctx: BackupContext,
  operation: RunningOperation,
  ids: string[],
): Promise<OperationOutcome> {
  const giveUp = () => ctx.operations.cancel(systemCaller("the restore that began"), operation.id);
  const outcome = await ctx.restoring.look(async (begun) => {
    const leave = () => inBackground(ctx, giveUp());
    begun.addEventListener("abort", leave, { once: true });
    try {
      return await drillAll(ctx, operation, ids);
    } finally {
      begun.removeEventListener("abort", leave);
    }
  });
  if (outcome) return outcome;
  await giveUp();
  throw operation.signal.reason;
}

/** An older backup is drilled also when the newest one fails: then it is the question how far back one has to go. */
async function drillAll(ctx: BackupContext, operation: RunningOperation, ids: string[]): Promise<OperationOutcome> {
  const { clock, memory } = ctx;
  const at = clock.now().toISOString();
  // Left like this by a cancel or a killed process, it is tried again after a day.
  await writeAttempt(memory, { at, ended: "begun" });
  const results: DrillResult[] = [];
  let failure: unknown = await requireRoom(ctx, ids).then(
    () => null,
    (error: unknown) => error,
  );
  if (failure) results.push(failedResult(ctx, operation, ids[0] ?? "", failure));
  for (const [index, id] of failure ? [] : ids.entries()) {
    try {
      results.push(await drillOne(ctx, { id, operation, steps: STEPS[index] ?? STEPS[0] }));
    } catch (error) {
      if (operation.signal.aborted) throw error;
      failure ??= error;
      const result = failedResult(ctx, operation, id, error);
      results.push(result);
      if (index + 1 < ids.length) {
        await operation.log("error", `${id}: ${result.error}`);
        await operation.stepDone("skipped", "failed");
      }
    }
  }
  for (const result of results.toReversed()) await addDrill(memory, result);
  await writeAttempt(memory, { at, ended: failure ? "failed" : "ok" });
  ctx.operations.announce("status");
  if (failure) throw told(failure, results);
  const [first] = results;
  await operation.detail({ bytes: first?.bytes ?? 0, rows: first?.rows ?? 0, durationMs: first?.durationMs ?? 0 });
  return { summary: results.map(summarise).join(" ") };
}

interface Drilling {
  id: string;
  operation: RunningOperation;
  steps: (typeof STEPS)[number] | undefined;
}

async function drillOne(ctx: BackupContext, { id, operation, steps = STEPS[0] }: Drilling): Promise<DrillResult> {
  const path = join(ctx.scratchFolder, `${operation.id}.duckdb`);
  const startedAt = ctx.clock.now();
  try {
    const brought = await bringBackup(ctx, {
      id,
      operation,
      // Nothing is taken from the live file: after the loss of this machine it would not be there either.
      basePath: null,
      into: path,
      as: { fetchStep: "", checkStep: "", ...steps, lowPriority: true, method: METHOD },
    });
    const result = { ...emptyResult(ctx, operation, id), ...factsOf(ctx, brought, startedAt) };
    await recordProof(ctx, brought, startedAt);
    return result;
  } finally {
    for (const suffix of ["", ".wal"]) await rm(path + suffix, { force: true });
  }
}

function factsOf(ctx: BackupContext, { inspection, manifest }: Brought, startedAt: Date) {
  return {
    durationMs: ctx.clock.now().getTime() - startedAt.getTime(),
    bytes: manifest.file.bytes,
    rows: inspection.tables.reduce((sum, table) => sum + table.rows, 0),
  };
}

/** Every row was read: for a backup that nobody had read whole before, that is its verification. */
async function recordProof(ctx: BackupContext, { inspection, manifest }: Brought, startedAt: Date): Promise<void> {
  if (manifest.verification?.result === "verified") return;
  const verification = verificationOf(ctx.clock, { result: "verified", method: METHOD, inspection, startedAt });
  await ctx.manifests
    .update(manifest.id, (now) => ({ ...now, verification }))
    .catch((error: unknown) =>
      ctx.log.warn({ err: error, id: manifest.id }, "what a drill proved could not be recorded"),
    );
}

/** One lies there at a time. */
async function requireRoom(ctx: BackupContext, ids: string[]): Promise<void> {
  const largest = Math.max(...ids.map((id) => ctx.catalog.get(id)?.manifest?.file.bytes ?? 0));
  const neededBytes = largest + RESERVE_BYTES;
  await mkdir(ctx.scratchFolder, { recursive: true, mode: 0o700 });
  const disk = await statfs(ctx.scratchFolder);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes >= neededBytes) return;
  throw new AppError(
    "disk_full",
    `It needs ${formatSize(neededBytes)} on the disk of the data folder, and ${formatSize(freeBytes)} are free. Nothing was fetched.`,
    { hint: "Free space there, for instance by letting a kept database go; a real restore would need it too." },
  );
}

function emptyResult(ctx: BackupContext, operation: RunningOperation, backupId: string): DrillResult {
  const at = ctx.clock.now().toISOString();
  return { operationId: operation.id, at, backupId, state: "ok", durationMs: 0, bytes: 0, rows: 0, error: null };
}

function failedResult(ctx: BackupContext, operation: RunningOperation, id: string, error: unknown): DrillResult {
  const text = error instanceof Error ? error.message : String(error);
  return { ...emptyResult(ctx, operation, id), state: "failed", error: text };
}

function summarise({ backupId, bytes, rows, durationMs }: DrillResult): string {
  return `${backupId}: ${formatSize(bytes)} fetched, ${rows.toLocaleString("en-US")} rows read in ${(durationMs / 1000).toFixed(1)} s.`;
}

function told(failure: unknown, results: DrillResult[]): unknown {
  if (!isAppError(failure)) return failure;
  const failed = results.find(({ state }) => state === "failed");
  const good = results.find(({ state }) => state === "ok");
  const rest = good ? ` ${good.backupId} passed.` : "";
  return new AppError(failure.code, `The restore drill of ${failed?.backupId} failed: ${failure.message}${rest}`, {
    hint: failure.hint,
    cause: failure,
  });
}
