import { formatBytes, formatCount, plural } from "@/components/bytes";
import { aboutDollars, formatDollars } from "@/components/dollars";
import type { BackupView, TransferView } from "@/server/nestegg";

/** A sentence around the id of the backup that the rest was taken over from, which the page makes a link. */
export interface SentWords {
  before: string;
  baseId: string | null;
  after: string;
}

export function sentWords(backup: Pick<BackupView, "sentBytes" | "reusedBytes">, transfer: TransferView): SentWords {
  const { sentBytes, reusedBytes } = backup;
  const { baseId, unchanged } = transfer;
  if (unchanged) {
    const since = baseId ? "unchanged since " : "unchanged";
    return { before: since, baseId, after: ": copied inside the storage, nothing sent" };
  }
  if (reusedBytes === 0 || !baseId) return { before: `${formatBytes(sentBytes)}, all of it`, baseId: null, after: "" };
  return {
    before: `${formatBytes(sentBytes)} sent, ${formatBytes(reusedBytes)} taken over from `,
    baseId,
    after: "",
  };
}

/** "133 class A, 3 class B": R2's price classes. */
export function requestWords(total: number, { requests }: Pick<TransferView, "requests">): string {
  if (!requests) return `${plural(total, "request")}, not counted by class`;
  const counted: [number, string][] = [
    [requests.classA, "class\u00a0A"],
    [requests.classB, "class\u00a0B"],
    [requests.free, "free"],
  ];
  return counted.flatMap(([count, name]) => (count > 0 ? [`${formatCount(count)}\u00a0${name}`] : [])).join(", ");
}

/** Null where the storage has no such price. */
export function costWords({
  requestDollars,
  monthlyDollars,
}: Pick<TransferView, "requestDollars" | "monthlyDollars">): string | null {
  if (monthlyDollars === null) return null;
  const requests =
    requestDollars === null ? "requests not counted" : `${aboutDollars(requestDollars)} for its requests`;
  return `${requests}, ${formatDollars(monthlyDollars)} a month to keep`;
}
