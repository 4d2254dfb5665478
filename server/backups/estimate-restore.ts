import type { RestorePreview } from "../nestegg-restore";
import type { BackupContext } from "./context";
import { readDrills } from "./drills/drill-records";

/** Below this a run is mostly its fixed costs, and says nothing about bytes per second. */
const FIXED_SECONDS = 1;
const RUNS_LOOKED_AT = 20;

/** How long a restore of this many bytes would take, from what was measured here: an earlier restore, else verifications and backups. */
export async function estimateRestore(ctx: BackupContext, bytes: number): Promise<RestorePreview["estimate"]> {
  const { operations } = await ctx.operations.list({ limit: RUNS_LOOKED_AT, kinds: ["restore"], states: ["ok"] });
  const earlier = operations.find(({ detail, startedAt }) => typeof detail.bytes === "number" && startedAt !== null);
  if (earlier?.startedAt && earlier.finishedAt && typeof earlier.detail.bytes === "number") {
    const seconds = (Date.parse(earlier.finishedAt) - Date.parse(earlier.startedAt)) / 1000;
    return { seconds: scale(seconds, earlier.detail.bytes, bytes), basis: "as long as the last restore, by size" };
  }
  const entries = ctx.catalog.entries();
  const verified = entries.find((entry) => (entry.manifest?.verification?.durationMs ?? 0) > 0)?.manifest;
  const stored = entries.find((entry) => (entry.manifest?.transfer.durationMs ?? 0) > 0)?.manifest;
  if (!verified?.verification || !stored) return null;
  // A restore reads a backup back as a verification does, and takes a safety backup.
  const reading = scale(verified.verification.durationMs / 1000, verified.file.bytes, bytes);
  const sending = scale(stored.transfer.durationMs / 1000, stored.file.bytes, bytes);
  return { seconds: reading + sending, basis: "as long as the last verification and the last backup, by size" };
}

export interface Recovery {
  seconds: number;
  by: "restore" | "drill";
  at: string;
}

/**
 * How long it would take to get this many bytes back after the disk was lost, from the last drill, or the last restore when it is
 * newer. Null: neither was made here.
 */
export async function measuredRecovery(ctx: BackupContext, bytes: number): Promise<Recovery | null> {
  const restore = await recoveryOfRestore(ctx, bytes);
  const drill = (await readDrills(ctx.memory)).find(({ state }) => state === "ok");
  if (!drill || (restore && restore.at > drill.at)) return restore;
  return { seconds: scale(drill.durationMs / 1000, drill.bytes, bytes), by: "drill", at: drill.at };
}

/** Of a restore that fetched most of its bytes: one that found them on this machine says nothing. The safety backup is left out. */
async function recoveryOfRestore(ctx: BackupContext, bytes: number): Promise<Recovery | null> {
  const { operations } = await ctx.operations.list({ limit: RUNS_LOOKED_AT, kinds: ["restore"], states: ["ok"] });
  for (const { detail, steps, finishedAt, createdAt } of operations) {
    if (typeof detail.bytes !== "number" || typeof detail.fetchedBytes !== "number") continue;
    if (detail.fetchedBytes < detail.bytes / 2) continue;
    const lasted = steps
      .filter((step) => step.name !== "Safety backup" && step.startedAt && step.finishedAt)
      .reduce((sum, step) => sum + Date.parse(step.finishedAt ?? "") - Date.parse(step.startedAt ?? ""), 0);
    return { seconds: scale(lasted / 1000, detail.bytes, bytes), by: "restore", at: finishedAt ?? createdAt };
  }
  return null;
}

function scale(seconds: number, ofBytes: number, toBytes: number): number {
  if (ofBytes <= 0) return seconds;
  return FIXED_SECONDS + Math.max(0, seconds - FIXED_SECONDS) * (toBytes / ofBytes);
}
