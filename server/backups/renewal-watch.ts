import type { StatusView } from "../nestegg";
import type { AlertNotice } from "../nestegg-operate";
import { parseBackupId } from "./backup-id";
import { EXPIRE_DAYS } from "./bucket-rules";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { isWhole, protection } from "./protect";

const DAY_MS = 24 * 3_600_000;
/** Of a rule of 90 days: ten after a renewal was due, and twenty before it is too late. */
const OVERDUE_SHARE = 70 / EXPIRE_DAYS;
/** After how many days the soonest rule takes backups, by name in the control database: known without a request, and after a restart. */
const KNOWN_RULE = "renewal-rule-days";
/** In the place of days: the rules were read, and none takes backups. */
const NO_RULE = "none";

export interface OverdueRenewals {
  ids: string[];
  afterDays: number;
  ruleDays: number;
}

/** What the bucket's rules say now; null: none of them takes backups. */
export async function noteRule(ctx: Pick<BackupContext, "memory">, days: number | null): Promise<void> {
  await ctx.memory.set(KNOWN_RULE, days === null ? NO_RULE : String(days));
}

/** A key that may not read the rules: what was read before stays, and until then the one that Nestegg itself would write counts. */
export async function noteUnreadRule(ctx: Pick<BackupContext, "memory">): Promise<void> {
  if ((await ctx.memory.get(KNOWN_RULE)) === null) await noteRule(ctx, EXPIRE_DAYS);
}

/** Protected ones that a known rule will take although they should have been written anew; null: none. No request. */
export async function overdueRenewals(
  ctx: Pick<BackupContext, "memory" | "catalog" | "clock">,
): Promise<OverdueRenewals | null> {
  const known = await ctx.memory.get(KNOWN_RULE);
  if (known === null || known === NO_RULE) return null;
  const ruleDays = Number(known);
  const afterDays = Math.ceil(ruleDays * OVERDUE_SHARE);
  const ids = protectedSince(ctx.catalog.entries(), ctx.clock.now().getTime() - afterDays * DAY_MS);
  return ids.length > 0 ? { ids, afterDays, ruleDays } : null;
}

export function protectedSince(entries: CatalogEntry[], before: number): string[] {
  const old = entries.filter((entry) => isWhole(entry) && writtenAt(entry) < before);
  return old.filter((entry) => protection(entry, entries)).map(({ id }) => id);
}

/** A rule counts each object by itself: the older of the two decides. */
export function writtenAt({ id, object, manifestAt }: CatalogEntry): number {
  const written = object?.lastModified.getTime() ?? parseBackupId(id)?.time.getTime() ?? 0;
  return Math.min(written, manifestAt?.getTime() ?? written);
}

export function overdueText({ ids, afterDays, ruleDays }: OverdueRenewals): string {
  return `${ids.length} protected, ${ids[0]} among them, not written anew for ${afterDays} days: a rule of the bucket deletes after ${ruleDays}`;
}

/** What the alerts are told: of renewals that do not keep up, or that they do again. */
export function renewalNotice(overdue: OverdueRenewals | null): AlertNotice {
  const base = { event: "retention-blocked" as const, key: "renewal" };
  return overdue
    ? {
        ...base,
        kind: "trouble",
        title: "Backups are not renewed",
        text: `${overdueText(overdue)}.`,
        hint: "They are renewed while this server runs, owns the path, and its database is open. Mend that, or take the rule out of the bucket.",
      }
    : {
        ...base,
        kind: "recovered",
        title: "Backups are renewed",
        text: "No rule of the bucket is about to take a protected backup.",
        hint: null,
      };
}

export async function renewalChecks(ctx: BackupContext): Promise<StatusView["checks"]> {
  const overdue = await overdueRenewals(ctx);
  if (!overdue) return [];
  const base = { code: "renewal", state: "fail" as const, href: "/settings/storage" };
  return [{ ...base, title: "Renewals do not run", text: overdueText(overdue) }];
}
