import type { Caller } from "../control/types";
import { AppError, isAppError, isErrorCode } from "../errors";
import type { BucketRulesView, BucketRuleVerbs } from "../nestegg-operate";
import type { LifecycleRule } from "../storage/object-store";
import type { BackupContext } from "./context";

/** The net under the retention: three times its default, so that it never comes first. */
export const EXPIRE_DAYS = 90;
const ABORT_DAYS = 7;
/** Rules of that beginning are Nestegg's; those of another path or database are none of ours. */
const OUR_ID_START = "nestegg-";

type What = BucketRulesView["missing"][number]["what"];
type RulesContext = Pick<
  BackupContext,
  "store" | "prefix" | "databaseName" | "clock" | "operations" | "ownership" | "audit" | "stopping"
>;

export function createBucketRules(ctx: RulesContext): BucketRuleVerbs {
  return {
    get: () => readBucketRules(ctx),

    async write(caller: Caller) {
      await ctx.ownership.requireOurs("write the bucket's rules");
      const operation = await ctx.operations.open({
        kind: "bucket-rules",
        title: "Rules of the bucket",
        caller,
        steps: ["Read the rules", "Write the rules", "Read them back"],
      });
      const { error } = await ctx.operations.run(
        operation.id,
        async (running) => {
          await running.step("Read the rules");
          const before = (await ctx.store.readLifecycle({ signal: running.signal })) ?? [];
          await running.stepDone();
          const foreign = before.filter((rule) => !isOurs(rule, ctx));
          const added = ourRules(ctx).filter((rule) => !isCovered(whatOf(rule), foreign, ctx));
          await running.step("Write the rules");
          await ctx.store.writeLifecycle([...foreign, ...added], { signal: running.signal });
          await running.stepDone();
          await running.step("Read them back");
          requireAll([...foreign, ...added], (await ctx.store.readLifecycle({ signal: running.signal })) ?? []);
          for (const rule of added) await running.log("info", inWords(rule));
          return { summary: `${added.length} of ours written, ${foreign.length} others kept as they were.` };
        },
        ctx.stopping,
      );
      await ctx.audit({ caller, action: "bucket-rules.write", target: ctx.prefix, detail: { ok: !error } });
      if (error) {
        const code = isErrorCode(error.code) ? error.code : "internal";
        throw new AppError(code, error.message, { hint: error.hint ?? undefined });
      }
      return readBucketRules(ctx);
    },
  };
}

async function readBucketRules(ctx: RulesContext): Promise<BucketRulesView> {
  const nothing = { rules: [], missing: [], warnings: [], problem: null, asJson: asJson(ourRules(ctx)) };
  try {
    const rules = await ctx.store.readLifecycle();
    if (rules === null) return { ...nothing, supported: false, readAt: null };
    return {
      ...nothing,
      supported: true,
      readAt: ctx.clock.now().toISOString(),
      rules: rules.map(({ id, prefix, expireDays, abortDays, enabled, ...rule }) => ({
        id,
        ours: isOurs({ id, prefix, expireDays, abortDays, enabled, ...rule }, ctx),
        prefix,
        expireDays,
        abortDays,
        enabled,
      })),
      missing: missingOf(rules, ctx),
      warnings: rules.flatMap((rule) => warningOf(rule, ctx)),
    };
  } catch (error) {
    if (!isAppError(error)) throw error;
    const problem = { code: error.code, text: error.message, hint: error.hint ?? "Try again in a minute." };
    return { ...nothing, supported: true, readAt: null, problem };
  }
}

/**
 * Objects, manifests and claims of this database begin so. Narrower than the path on purpose: the owner's mark and what other
 * programs keep there must not expire.
 */
function ourPrefix({ prefix, databaseName }: Pick<BackupContext, "prefix" | "databaseName">): string {
  return `${prefix}${databaseName}-`;
}

function ourRules(ctx: RulesContext): LifecycleRule[] {
  const prefix = ourPrefix(ctx);
  const base = { prefix, enabled: true, coversPrefix: true };
  return [
    { ...base, id: `${OUR_ID_START}expire-${prefix}`, expireDays: EXPIRE_DAYS, abortDays: null },
    { ...base, id: `${OUR_ID_START}abort-${prefix}`, expireDays: null, abortDays: ABORT_DAYS },
  ];
}

function whatOf(rule: LifecycleRule): What {
  return rule.expireDays === null ? "abort" : "expire";
}

function isOurs(rule: LifecycleRule, ctx: RulesContext): boolean {
  return rule.id.startsWith(OUR_ID_START) && rule.prefix === ourPrefix(ctx);
}

function reachesAll(rule: LifecycleRule, ctx: RulesContext): boolean {
  return rule.enabled && rule.coversPrefix && ourPrefix(ctx).startsWith(rule.prefix);
}

function isCovered(what: What, rules: LifecycleRule[], ctx: RulesContext): boolean {
  return rules.some(
    (rule) =>
      reachesAll(rule, ctx) &&
      (what === "expire" ? rule.expireDays !== null : rule.abortDays !== null && rule.abortDays <= ABORT_DAYS),
  );
}

function missingOf(rules: LifecycleRule[], ctx: RulesContext): BucketRulesView["missing"] {
  const texts: Record<What, string> = {
    expire: `Nothing deletes backups by age but Nestegg itself. A rule that expires ${ourPrefix(ctx)}… after ${EXPIRE_DAYS} days is the net under it.`,
    abort: `Unfinished uploads under ${ourPrefix(ctx)}… are kept longer than ${ABORT_DAYS} days, and are paid for.`,
  };
  return (["expire", "abort"] as const)
    .filter((what) => !isCovered(what, rules, ctx))
    .map((what) => ({ what, text: texts[what] }));
}

/** A rule knows no lock: one that comes before the renewal takes the last way back too. */
function warningOf(rule: LifecycleRule, ctx: RulesContext): string[] {
  if (!takesBackups(rule, ctx) || (rule.expireDays ?? EXPIRE_DAYS) >= EXPIRE_DAYS) return [];
  return [
    `The rule ${rule.id || "without a name"} deletes what begins with ${rule.prefix || "anything"} after ${rule.expireDays} days, backups that are locked or the newest good one among them. Let it reach other keys only, or raise it to ${EXPIRE_DAYS} days.`,
  ];
}

/** Part of our keys is enough. */
export function takesBackups(rule: LifecycleRule, ctx: Pick<BackupContext, "prefix" | "databaseName">): boolean {
  const ours = ourPrefix(ctx);
  return rule.enabled && rule.expireDays !== null && (ours.startsWith(rule.prefix) || rule.prefix.startsWith(ours));
}

/** A put replaces everything: what should be there and is not was lost to somebody who wrote at the same time, or to the store. */
function requireAll(wanted: LifecycleRule[], found: LifecycleRule[]): void {
  const lost = wanted.filter(({ id, prefix }) => !found.some((rule) => rule.id === id && rule.prefix === prefix));
  if (lost.length === 0) return;
  throw new AppError(
    "storage_failed",
    `The bucket's rules are not what was written: ${lost.map(({ id }) => id).join(", ")} is missing. Backups are unharmed.`,
    { hint: "Somebody may have changed the rules at the same time. Look at them and write them again." },
  );
}

function inWords({ id, prefix, expireDays, abortDays }: LifecycleRule): string {
  const what =
    expireDays === null
      ? `unfinished uploads are dropped after ${abortDays} days`
      : `objects expire after ${expireDays} days`;
  return `${id}: under ${prefix} ${what}`;
}

/** The form that S3 tools take. */
function asJson(rules: LifecycleRule[]): string {
  const Rules = rules.map(({ id, prefix, expireDays, abortDays }) => ({
    ID: id,
    Status: "Enabled",
    Filter: { Prefix: prefix },
    ...(expireDays !== null && { Expiration: { Days: expireDays } }),
    ...(abortDays !== null && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortDays } }),
  }));
  return JSON.stringify({ Rules }, null, 2);
}
