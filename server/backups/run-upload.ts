import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Snapshot } from "../database/types";
import { AppError } from "../errors";
import type { StoreSettings } from "../storage/object-store";
import type { FromWorker, ToWorker, UploadResult } from "../worker/protocol";
import { type BackupContext, inBackground } from "./context";
import type { MakeBackupInput } from "./make-backup";
import { provenSendRate, recentTransfers } from "./transfer-history";
import type { UploadPlan } from "./upload-plan";

const CANCEL_GRACE_AT_STOP_MS = 500;
const HOLD_LOOK_MS = 250;

interface Reading {
  path: string;
  plan: UploadPlan;
  /** The hold on the live file; a file that nobody writes needs none. */
  snapshot: Snapshot | null;
}

/** One try of the worker's upload, its hold watched, its parts noted in the plan. */
export async function runUpload(
  ctx: BackupContext,
  input: MakeBackupInput & { id: string },
  { path, plan, snapshot }: Reading,
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
  const key = ctx.catalog.keyOf(id);
  const hear = (message: FromWorker) => {
    plan.hear(message);
    if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
    if (message.type === "released") {
      over.abort();
      if (snapshot) note(snapshot.release());
    }
    if (message.type === "upload-started")
      note(ctx.uploads.add({ key, uploadId: message.uploadId, operationId: operation.id }));
    if (message.type === "upload-over") note(ctx.uploads.remove(message.uploadId));
    if (message.type === "copying") input.run.copyUnderWay = true;
    if (message.type === "copying" && message.uploadId !== null)
      note(ctx.uploads.add({ key, uploadId: message.uploadId, operationId: operation.id }));
    if (message.type === "copied") input.run.copyUnderWay = false;
    if (message.type === "copied" && message.uploadId !== null) note(ctx.uploads.remove(message.uploadId));
  };
  const store = input.gateClosed ? withoutLimit(ctx.storeSettings) : ctx.storeSettings;
  // A rate under the limit says nothing of the line, and the other way round.
  const isLimited = store.kind === "r2" && !!store.uploadBytesPerSecond;
  try {
    const upload = await ctx.runJob(
      {
        kind: "upload",
        databasePath: path,
        store,
        key,
        partBytes: plan.partBytes,
        partsInFlight: plan.partsInFlight,
        metadata: { type: input.request.type },
        contentDisposition: `attachment; filename="${id}"`,
        scratchFile,
        base: plan.base?.file ?? null,
        unfinished: plan.unfinished,
        keepUnfinished: true,
        knownSendRate: isLimited ? null : provenSendRate(recentTransfers(ctx)),
        budgetMs: input.budgetEndsAt ? input.budgetEndsAt.getTime() - ctx.clock.now().getTime() : null,
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
    return isLimited ? { ...upload, sendRate: null } : upload;
  } catch (error) {
    if (lostHold.signal.aborted && !operation.signal.aborted) throw lostHold.signal.reason;
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled(notes);
    await rm(scratchFile, { force: true });
  }
}

/** The bandwidth limit is for the app beside it; at a stop there is none, and the budget is short. */
function withoutLimit(store: StoreSettings): StoreSettings {
  return store.kind === "r2" ? { ...store, uploadBytesPerSecond: null } : store;
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

export function lostHoldError(): AppError {
  return new AppError(
    "snapshot_changed",
    "The hold on the database was lost while its snapshot was read. The snapshot was thrown away.",
    { hint: "It is taken anew by itself." },
  );
}
