import type { BackupContext } from "./context";
import type { Manifest } from "./manifest";
import { byLiveTime } from "./protect";

type Transfer = Manifest["transfer"];

/** Enough to see the worst of an ordinary day. */
const RECENT_TRANSFERS = 5;
/** Twice four parts of 8 MiB: below that a rate is mostly the wait for answers. */
const BYTES_TO_TELL_A_RATE = 64 * 1024 * 1024;

/** How this server's last backups went, newest first: another machine has another network. */
export function recentTransfers(ctx: BackupContext): Transfer[] {
  return byLiveTime(ctx.catalog.entries())
    .map(({ manifest }) => manifest)
    .filter((manifest) => manifest?.origin.serverId === ctx.serverId)
    .flatMap((manifest) => (manifest ? [manifest.transfer] : []));
}

/** Bytes a second, as last measured, on however little. Null: never. */
export function lastRate(transfers: Transfer[], rate: "sendRate" | "copyRate"): number | null {
  return transfers.find((transfer) => transfer[rate])?.[rate] ?? null;
}

/** Bytes a second that the line is known to take: the best of the last backups that sent enough to tell. Null: none did. */
export function provenSendRate(transfers: Transfer[]): number | null {
  const telling = transfers.filter(({ sentBytes, sendRate }) => sendRate && sentBytes >= BYTES_TO_TELL_A_RATE);
  const rates = telling.slice(0, RECENT_TRANSFERS).map(({ sendRate }) => sendRate ?? 0);
  return rates.length > 0 ? Math.max(...rates) : null;
}

/** The most that one of the last incremental backups of a changed database had to send. Null: there was none. */
export function usualSentBytes(transfers: Transfer[]): number | null {
  const incremental = transfers.filter(
    ({ baseId, copyGivenUp, unchanged }) => baseId !== null && !copyGivenUp && !unchanged,
  );
  if (incremental.length === 0) return null;
  return Math.max(...incremental.slice(0, RECENT_TRANSFERS).map((transfer) => transfer.sentBytes));
}
