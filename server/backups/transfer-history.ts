import type { BackupContext } from "./context";
import type { Manifest } from "./manifest";
import { byLiveTime } from "./protect";

type Transfer = Manifest["transfer"];

/** Enough to see the worst of an ordinary day. */
const RECENT_TRANSFERS = 5;

/** How this server's last backups went, newest first: another machine has another network. */
export function recentTransfers(ctx: BackupContext): Transfer[] {
  return byLiveTime(ctx.catalog.entries())
    .map(({ manifest }) => manifest)
    .filter((manifest) => manifest?.origin.serverId === ctx.serverId)
    .flatMap((manifest) => (manifest ? [manifest.transfer] : []));
}

/** Bytes a second, as last measured. Null: never. */
export function lastRate(transfers: Transfer[], rate: "sendRate" | "copyRate"): number | null {
  return transfers.find((transfer) => transfer[rate])?.[rate] ?? null;
}

/** The most that one of the last incremental backups had to send. Null: none was incremental. */
export function usualSentBytes(transfers: Transfer[]): number | null {
  const incremental = transfers.filter((transfer) => transfer.baseId !== null && !transfer.copyGivenUp);
  if (incremental.length === 0) return null;
  return Math.max(...incremental.slice(0, RECENT_TRANSFERS).map((transfer) => transfer.sentBytes));
}
