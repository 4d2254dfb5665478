import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { isGood, isWhole, protection } from "./protect";
import { writtenAt } from "./renewal-watch";
import { retentionBlocked } from "./retention-blocked";

interface Due {
  renewAfterMs: number;
  /** From a renewal's time to the soonest rule's. */
  untilRuleMs: number;
  isPaused(id: string): boolean;
}

/** The oldest that has to stay, was not written for so long, and is not in its pause. */
export async function dueForRenewal(
  ctx: BackupContext,
  { renewAfterMs, untilRuleMs, isPaused }: Due,
): Promise<CatalogEntry | null> {
  const now = ctx.clock.now().getTime();
  const entries = ctx.catalog.entries();
  const old = entries.filter((entry) => isWhole(entry) && writtenAt(entry) < now - renewAfterMs && !isPaused(entry.id));
  if (old.length === 0) return null;
  const plan = new Map(
    ctx.retention.plan({ entries, active: ctx.operations.active() }).map((row) => [row.id, row] as const),
  );
  // While nothing may be deleted by us, nothing shall be deleted for us either.
  const blocked = (await retentionBlocked(ctx)) !== null;
  const isKept = (entry: CatalogEntry) => {
    if (protection(entry, entries)) return true;
    const row = plan.get(entry.id);
    if (!row || !isGood(entry)) return false;
    return blocked || (row.stays && (row.goesAt === null || Date.parse(row.goesAt) > now + untilRuleMs));
  };
  return old.filter(isKept).sort((a, b) => writtenAt(a) - writtenAt(b))[0] ?? null;
}
