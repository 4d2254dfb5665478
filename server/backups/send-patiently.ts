import { hasCode, isAppError } from "../errors";
import type { BackupContext } from "./context";
import type { MakeBackupInput } from "./make-backup";
import { planFile, planSnapshot, type SentSnapshot, sendFile, sendSnapshot } from "./send-snapshot";
import type { UploadPlan } from "./upload-plan";

/** A checkpoint between start and end of reading is not supposed to happen while the hold stands. */
const SNAPSHOT_TRIES = 3;
/** Beside the store's own retries of three quarters of a minute. New parts since the last failure begin the row anew. */
const PAUSES_MS = [2_000, 10_000, 30_000];

/**
 * The upload, with all the tries that are worth it. After a storage failure, or the worker's death, it goes on with the parts that
 * are stored: the snapshot is taken anew and every part is judged by its hash, so that what has not changed is not sent twice.
 * Without a single part stored it fails at once: then the storage is away, and waiting is for the caller. An upload that the store
 * has lost is begun anew.
 */
export async function sendPatiently(
  ctx: BackupContext,
  input: MakeBackupInput & { id: string },
): Promise<SentSnapshot> {
  const { source } = input;
  const plan = source ? await planFile(ctx, source) : await planSnapshot(ctx);
  const tries = { snapshots: 1, pauses: 0, storedParts: 0 };
  for (let firstTry = true; ; firstTry = false) {
    try {
      const tried = { ...input, plan, firstTry };
      return source ? await sendFile(ctx, tried, source) : await sendSnapshot(ctx, tried);
    } catch (error) {
      if (!isAppError(error) || input.operation.signal.aborted) throw error;
      if (error.code === "snapshot_changed" && tries.snapshots < SNAPSHOT_TRIES) {
        tries.snapshots += 1;
        await input.operation.log("warn", `${error.message} Try ${tries.snapshots} of ${SNAPSHOT_TRIES}.`);
        continue;
      }
      await waitForStorage(ctx, input, { error, plan, tries });
    }
  }
}

async function waitForStorage(
  ctx: BackupContext,
  { operation }: MakeBackupInput,
  failed: { error: Error; plan: UploadPlan; tries: { pauses: number; storedParts: number } },
): Promise<void> {
  const { error, plan, tries } = failed;
  const isGone = hasCode(error, "storage_upload_gone");
  // Its parts are lost with it. The storage is there: it says so itself.
  if (isGone) plan.forget();
  if (plan.storedParts > tries.storedParts) tries.pauses = 0;
  const pauseMs = PAUSES_MS[tries.pauses];
  if ((plan.storedParts === 0 && !isGone) || pauseMs === undefined || !mayPass(error)) throw error;
  tries.pauses += 1;
  // The most that ever was: an upload that is lost again and again must not begin the row anew each time.
  tries.storedParts = Math.max(tries.storedParts, plan.storedParts);
  const stored = `${plan.storedParts} ${plan.storedParts === 1 ? "part is" : "parts are"} stored`;
  const next = isGone ? "A new upload begins" : `${stored}; the upload goes on`;
  await operation.log("warn", `${error.message} ${next} in ${pauseMs / 1000} s.`);
  await operation.waiting(`Waiting for the storage: ${isGone ? "the upload is begun anew" : stored}.`);
  await ctx.clock.sleep(pauseMs, operation.signal);
  operation.signal.throwIfAborted();
}

function mayPass(error: Error): boolean {
  return hasCode(
    error,
    "storage_unreachable",
    "storage_throttled",
    "storage_failed",
    "storage_upload_gone",
    "worker_died",
    "worker_crashed",
  );
}
