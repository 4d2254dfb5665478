import { formatSize } from "../backups/format-size";

export interface Progress {
  step: string;
  doneBytes: number;
  totalBytes: number | null;
  /** Since the step began. */
  elapsedMs: number;
}

const MIN_BAR = 10;
const MAX_BAR = 40;
/** Before this a rate is chance. */
const RATE_AFTER_MS = 500;

/** One line of at most `columns` characters: "Download  [######----]  58%  82MB of 142MB, 31MB/s". */
export function progressBar({ step, doneBytes, totalBytes, elapsedMs }: Progress, columns: number): string {
  if (totalBytes === null || totalBytes === 0) return `${step} …`.slice(0, columns - 1);
  const share = Math.min(1, doneBytes / totalBytes);
  const rate = elapsedMs > RATE_AFTER_MS ? `, ${formatSize((doneBytes * 1000) / elapsedMs)}/s` : "";
  const tail = `${String(Math.floor(share * 100)).padStart(3)}%  ${formatSize(doneBytes)} of ${formatSize(totalBytes)}${rate}`;
  const room = Math.min(MAX_BAR, columns - step.length - tail.length - "  []  ".length - 1);
  if (room < MIN_BAR) return `${step} ${tail.trim()}`.slice(0, columns - 1);
  const filled = Math.round(share * room);
  return `${step}  [${"#".repeat(filled)}${"-".repeat(room - filled)}]  ${tail}`;
}
