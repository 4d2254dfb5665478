import type { BackupContext } from "./context";
import { choosePartBytes } from "./part-size";
import { newestCover } from "./protect";
import { lastRate, provenSendRate, recentTransfers, usualSentBytes } from "./transfer-history";

/** A worker that has nothing to send took 1.2 s on a busy machine (docs/performance.md); the checkpoint and the close come on top. */
const FIXED_SECONDS = 1.5;
/** Reading, checking and hashing 986 MB took 4.8 s on a busy machine of two cores (docs/performance.md). */
const READ_BYTES_PER_SECOND = 200e6;

export interface StopEstimate {
  /** Null: nothing was measured yet that it could rest on. */
  seconds: number | null;
  /** One sentence with what it rests on. */
  text: string;
}

/**
 * How long a stop would take now. What has changed is known only once the file is read, so the most that one of the last
 * backups had to send stands for it; without such a backup, the whole file.
 */
export function estimateStop(
  ctx: BackupContext,
  live: { unchanged: boolean; fileBytes: number; walBytes: number },
): StopEstimate {
  if (live.unchanged) {
    const seconds = Math.ceil(FIXED_SECONDS);
    return { seconds, text: `A stop now would take about ${seconds} s: nothing has changed since the last backup.` };
  }
  const transfers = recentTransfers(ctx);
  const sendRate = provenSendRate(transfers) ?? lastRate(transfers, "sendRate");
  if (sendRate === null) return { seconds: null, text: unknownBecause(ctx) };
  // What stands in the log will be in blocks that are not in any backup.
  const bytes = live.fileBytes + live.walBytes;
  const sentBytes = Math.min(bytes, expectedBytes(ctx, transfers, live.fileBytes) + live.walBytes);
  const copyRate = lastRate(transfers, "copyRate");
  const copySeconds = copyRate === null ? 0 : (bytes - sentBytes) / copyRate;
  const moving = Math.max(sentBytes / sendRate, copySeconds, bytes / READ_BYTES_PER_SECOND);
  const seconds = Math.ceil(FIXED_SECONDS + moving);
  const megabytes = Math.max(1, Math.round(sentBytes / 1e6));
  return {
    seconds,
    text: `A stop now would take about ${seconds} s: up to ${megabytes} MB to send at ${(sendRate / 1e6).toFixed(1)} MB/s, as in the last backups.`,
  };
}

function expectedBytes(ctx: BackupContext, transfers: ReturnType<typeof recentTransfers>, fileBytes: number): number {
  const newest = newestCover(ctx.catalog.entries())?.manifest?.file;
  const hasBase = newest?.partBytes === choosePartBytes(fileBytes);
  if (!hasBase) return fileBytes;
  return Math.max(usualSentBytes(transfers) ?? fileBytes, fileBytes - newest.bytes);
}

function unknownBecause(ctx: BackupContext): string {
  return ctx.storeSettings.kind === "r2" && ctx.storeSettings.uploadBytesPerSecond
    ? "How long a stop takes is known after the first one: the limit of UPLOAD_LIMIT_MBIT does not hold for it."
    : "How long a stop takes is known after the first backup.";
}
