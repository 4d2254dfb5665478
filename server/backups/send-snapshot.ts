import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../errors";
import type { UploadResult } from "../worker/protocol";
import { type BackupContext, inBackground } from "./context";
import type { FileSource, MakeBackupInput } from "./make-backup";
import { lostHoldError, runUpload } from "./run-upload";
import { UploadPlan } from "./upload-plan";

/** Long enough for an ordinary batch job to commit; after that a person should know. */
const CHECKPOINT_WAIT_MS = 60_000;
/** At a stop the budget is short and the gate is closed: only a transaction that ignores its interrupt can be in the way. */
const CHECKPOINT_WAIT_AT_STOP_MS = 5_000;

export interface SentSnapshot {
  upload: UploadResult;
  snapshot: { takenAt: Date; checkpointMs: number };
  lineage: string;
  plan: UploadPlan;
  /** More than one try was needed. */
  retried: boolean;
}

type SendInput = MakeBackupInput & { id: string; plan: UploadPlan; firstTry: boolean };

/** The plan for the live file as it is now; a checkpoint changes its size by less than the plan leaves room for. */
export function planSnapshot(ctx: BackupContext): Promise<UploadPlan> {
  return UploadPlan.make(ctx, { bytes: ctx.database().pulse().fileBytes, lineage: ctx.lineage() });
}

/** Checkpoint, hold, and the worker's upload of what is held. The hold ends as soon as the worker needs the file no more. */
export async function sendSnapshot(ctx: BackupContext, input: SendInput): Promise<SentSnapshot> {
  const { operation, run, plan, firstTry } = input;
  if (firstTry) await operation.step("Checkpoint");
  // Who asks from now on must not be answered with this snapshot.
  run.closed = true;
  const lineage = ctx.lineage();
  const snapshot = await ctx.database().takeSnapshot({
    signal: operation.signal,
    waitMs: input.gateClosed ? CHECKPOINT_WAIT_AT_STOP_MS : CHECKPOINT_WAIT_MS,
    gateClosed: input.gateClosed,
    onWaiting: (since) =>
      inBackground(
        ctx,
        operation.waiting(`Waiting for a transaction that is open since ${since.toISOString().slice(11, 19)} UTC.`),
      ),
  });
  try {
    await operation.waiting(null);
    if (firstTry) {
      await operation.stepDone("ok", `writers waited ${Math.round(snapshot.checkpointMs)} ms at most`);
      await operation.step("Upload");
    }
    const upload = await runUpload(ctx, input, { path: ctx.databasePath, plan, snapshot });
    await snapshot.release();
    if (!snapshot.held()) throw lostHoldError();
    await operation.stepDone();
    const { takenAt, checkpointMs } = snapshot;
    return { upload, snapshot: { takenAt, checkpointMs }, lineage, plan, retried: !firstTry };
  } finally {
    await snapshot.release();
  }
}

export async function planFile(ctx: BackupContext, { path, lineage }: FileSource): Promise<UploadPlan> {
  return UploadPlan.make(ctx, { bytes: (await stat(path)).size, lineage });
}

/**
 * A plain file that nobody has open, as it lies there: no checkpoint, no hold, no gate. Throws `conflict` when committed
 * changes wait in a write-ahead log beside it: the object would lack them.
 */
export async function sendFile(ctx: BackupContext, input: SendInput, source: FileSource): Promise<SentSnapshot> {
  const { operation, run, plan, firstTry } = input;
  if (firstTry) await operation.step("Upload");
  run.closed = true;
  await refuseWal(source.path);
  await operation.waiting(null);
  const upload = await runUpload(ctx, input, { path: source.path, plan, snapshot: null });
  await operation.stepDone();
  const { takenAt, lineage } = source;
  return { upload, snapshot: { takenAt, checkpointMs: 0 }, lineage, plan, retried: !firstTry };
}

async function refuseWal(path: string): Promise<void> {
  const wal = await stat(`${path}.wal`).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (!wal?.size) return;
  throw new AppError(
    "conflict",
    `Beside ${basename(path)} lies a write-ahead log of ${wal.size} bytes: a backup of the file alone would lack what was committed last, so none was made.`,
    { hint: "Open the file with DuckDB and run CHECKPOINT, which moves those changes into it; then try again." },
  );
}
