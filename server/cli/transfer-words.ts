import { formatSize } from "../backups/format-size";
import type { BackupView } from "../nestegg";

/** Below this the digits say nothing. */
const SMALLEST_DOLLARS = 0.0001;

/** A word for the table: "3.1MB", "unchanged"; "-" for a file that Nestegg did not send. */
export function sentInShort({ transfer, sentBytes }: BackupView): string {
  if (!transfer) return "-";
  return transfer.unchanged ? "unchanged" : formatSize(sentBytes);
}

/** How the bytes came to the storage and what that cost, a fact a row. */
export function transferFacts(backup: BackupView): [string, string | null][] {
  const { transfer, sentBytes, reusedBytes, durationMs } = backup;
  if (!transfer) return [];
  const { baseId, unchanged, copyGivenUp, requests, requestDollars, monthlyDollars } = transfer;
  const reused = reusedBytes > 0 && baseId !== null;
  const cost = [
    requestDollars === null ? null : `${dollars(requestDollars, "about ")} for its requests`,
    monthlyDollars === null ? null : `${dollars(monthlyDollars)} a month to keep`,
  ].filter((text) => text !== null);
  return [
    [
      "sent",
      unchanged ? `nothing: unchanged since ${baseId}` : `${formatSize(sentBytes)}${reused ? "" : ", all of it"}`,
    ],
    ["taken over", reused ? `${formatSize(reusedBytes)} from ${baseId}, inside the storage` : null],
    ["copying", copyGivenUp ? "slower than sending here, or failed, so the rest was sent" : null],
    [
      "requests",
      requests
        ? `${requests.classA} class A, ${requests.classB} class B, ${requests.free} free`
        : `${backup.requests}, not counted by class`,
    ],
    ["took", durationMs > 0 ? `${(durationMs / 1000).toFixed(1)} s` : null],
    ["cost", cost.length > 0 ? `${cost.join(", ")} (R2's list price)` : null],
  ];
}

function dollars(amount: number, about = ""): string {
  if (amount > 0 && amount < SMALLEST_DOLLARS) return `less than $${SMALLEST_DOLLARS}`;
  const digits = amount >= 0.1 ? 2 : amount >= 0.01 ? 3 : 4;
  return `${about}$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}
