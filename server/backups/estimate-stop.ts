import type { BackupContext } from "./context";
import { choosePartBytes } from "./part-size";
import { newestCover } from "./protect";
import { lastRate, recentTransfers, usualSentBytes } from "./transfer-history";

/** Checkpoint, the worker's start, the confirmations and the close, as measured on a small database. */
const FIXED_SECONDS = 1.5;
/** The worker reads, checks and hashes at least this fast, measured on two slow cores. */
const READ_BYTES_PER_SECOND = 500e6;

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
  const sendRate = lastRate(transfers, "sendRate");
  if (sendRate === null) return { seconds: null, text: "How long a stop takes is known after the first backup." };
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
  return hasBase ? (usualSentBytes(transfers) ?? fileBytes) : fileBytes;
}
