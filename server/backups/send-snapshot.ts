import { mkdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Snapshot } from "../database/types";
import { AppError } from "../errors";
import type { FromWorker, ToWorker, UploadResult } from "../worker/protocol";
import { type BackupContext, inBackground } from "./context";
import type { FileSource, MakeBackupInput } from "./make-backup";
import { choosePartBytes, PARTS_IN_FLIGHT } from "./part-size";

/** Long enough for an ordinary batch job to commit; after that a person should know. */
const CHECKPOINT_WAIT_MS = 60_000;
/** At a stop the budget is short and the gate is closed: only a transaction that ignores its interrupt can be in the way. */
const CHECKPOINT_WAIT_AT_STOP_MS = 5_000;
const CANCEL_GRACE_AT_STOP_MS = 500;
const HOLD_LOOK_MS = 250;

export interface SentSnapshot {
  upload: UploadResult;
  snapshot: { takenAt: Date; checkpointMs: number };
  lineage: string;
  partBytes: number;
}

/** Checkpoint, hold, and the worker's upload of what is held. The hold ends as soon as the worker has read all. */
export async function sendSnapshot(
  ctx: BackupContext,
  input: MakeBackupInput & { id: string; firstTry: boolean },
): Promise<SentSnapshot> {
  const { operation, run, firstTry } = input;
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
    if (firstTry) {
      await operation.waiting(null);
      await operation.stepDone("ok", `writers waited ${Math.round(snapshot.checkpointMs)} ms at most`);
      await operation.step("Upload");
    }
    const partBytes = choosePartBytes(ctx.database().pulse().fileBytes);
    const upload = await runUpload(ctx, input, { path: ctx.databasePath, partBytes, snapshot });
    await snapshot.release();
    if (!snapshot.held()) throw lostHoldError();
    if (firstTry || upload) await operation.stepDone();
    return { upload, snapshot: { takenAt: snapshot.takenAt, checkpointMs: snapshot.checkpointMs }, lineage, partBytes };
  } finally {
    await snapshot.release();
  }
}

/**
 * A plain file that nobody has open, as it lies there: no checkpoint, no hold, no gate. Throws `conflict` when committed
 * changes wait in a write-ahead log beside it: the object would lack them.
 */
export async function sendFile(
  ctx: BackupContext,
  input: MakeBackupInput & { id: string },
  source: FileSource,
): Promise<SentSnapshot> {
  const { operation, run } = input;
  await operation.step("Upload");
  run.closed = true;
  await refuseWal(source.path);
  const partBytes = choosePartBytes((await stat(source.path)).size);
  const upload = await runUpload(ctx, input, { path: source.path, partBytes, snapshot: null });
  await operation.stepDone();
  return { upload, snapshot: { takenAt: source.takenAt, checkpointMs: 0 }, lineage: source.lineage, partBytes };
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

/** `snapshot` is the hold on the live file; a file that nobody writes needs none. */
interface Reading {
  path: string;
  partBytes: number;
  snapshot: Snapshot | null;
}

async function runUpload(
  ctx: BackupContext,
  input: MakeBackupInput & { id: string },
  { path, partBytes, snapshot }: Reading,
): Promise<UploadResult> {
  const { operation, id } = input;
  const scratchFile = join(ctx.scratchFolder, `${operation.id}.rest`);
  await mkdir(ctx.scratchFolder, { recursive: true, mode: 0o700 });
  const lostHold = new AbortController();
  const over = new AbortController();
  const notes: Promise<void>[] = [];
  const note = (work: Promise<void>) => {
    notes.push(work);
    inBackground(ctx, work);
  };
  const hear = (message: FromWorker) => {
    if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
    if (message.type === "released") {
      over.abort();
      if (snapshot) note(snapshot.release());
    }
    if (message.type === "upload-started")
      note(ctx.uploads.add({ key: ctx.catalog.keyOf(id), uploadId: message.uploadId, operationId: operation.id }));
    if (message.type === "upload-over") note(ctx.uploads.remove(message.uploadId));
  };
  try {
    return await ctx.runJob(
      {
        kind: "upload",
        databasePath: path,
        store: ctx.storeSettings,
        key: ctx.catalog.keyOf(id),
        partBytes,
        partsInFlight: PARTS_IN_FLIGHT,
        metadata: { type: input.request.type },
        contentDisposition: `attachment; filename="${id}"`,
        scratchFile,
      },
      {
        signal: AbortSignal.any([operation.signal, lostHold.signal]),
        lowPriority: !input.gateClosed,
        // At a stop the time belongs to closing the database; the next start drops what is left of the upload.
        ...(input.gateClosed && { cancelGraceMs: CANCEL_GRACE_AT_STOP_MS }),
        onMessage: hear,
        onStart: (send) => {
          if (snapshot) inBackground(ctx, watchHold(ctx, snapshot, { send, over: over.signal, lostHold, input }));
        },
      },
    );
  } catch (error) {
    if (lostHold.signal.aborted && !operation.signal.aborted) throw lostHold.signal.reason;
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled(notes);
    await rm(scratchFile, { force: true });
  }
}

/** Ends the hold early when the write-ahead log grows over its limit, and the run when the hold itself was lost. */
async function watchHold(
  ctx: BackupContext,
  snapshot: Snapshot,
  watch: { send(message: ToWorker): void; over: AbortSignal; lostHold: AbortController; input: MakeBackupInput },
): Promise<void> {
  if (watch.input.gateClosed) return;
  for (;;) {
    await ctx.clock.sleep(HOLD_LOOK_MS, watch.over);
    if (watch.over.aborted) return;
    if (!snapshot.held()) {
      watch.lostHold.abort(lostHoldError());
      return;
    }
    const ddlAgeMs = ctx.clock.now().getTime() - (snapshot.ddlSince()?.getTime() ?? Number.POSITIVE_INFINITY);
    if (snapshot.walBytes() > ctx.holdLimit.walBytes || ddlAgeMs > ctx.holdLimit.afterDdlMs) {
      await watch.input.operation.log(
        "info",
        "The write-ahead log reached its limit: the rest of the snapshot is set aside on disk so that checkpoints can go on.",
      );
      watch.send({ type: "spill" });
      return;
    }
  }
}

function lostHoldError(): AppError {
  return new AppError(
    "snapshot_changed",
    "The hold on the database was lost while its snapshot was read. The snapshot was thrown away.",
    { hint: "It is taken anew by itself." },
  );
}
