import type { Caller } from "../control/types";
import { AppError, isAppError, isErrorCode } from "../errors";
import type { BucketRulesView, BucketRuleVerbs } from "../nestegg-operate";
import type { LifecycleRule } from "../storage/object-store";
import { ID_WORDS } from "./backup-id";
import type { BackupContext } from "./context";

/** The net under the retention: three times its default, so that it never comes first. */
export const EXPIRE_DAYS = 90;
const ABORT_DAYS = 7;
/** What follows in a rule's id is the beginning of the keys; so those of another path or database are none of ours. */
const OUR_ID_START = "nestegg-";

type What = BucketRulesView["missing"][number]["what"];
type Place = Pick<BackupContext, "prefix" | "databaseName">;
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
          const added = ourRules(ctx, foreign);
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
      rules: rules.map(({ id, prefix, expireDays, abortDays, enabled }) => ({
        id,
        ours: isOurs({ id }, ctx),
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
 * Objects, manifests and claims of this database begin so, one beginning for each word of the ids. Never all of `<database>-`: that
 * takes `app-staging` and `app-exports/` with `app`. A date follows each word, so only a database named `app-manual` or the like is met.
 */
function ourPrefixes({ prefix, databaseName }: Place): string[] {
  return ID_WORDS.map((word) => `${prefix}${databaseName}-${word}-`);
}

/** What is written: for each beginning what `others` do not do already. */
function ourRules(ctx: Place, others: readonly LifecycleRule[] = []): LifecycleRule[] {
  return ourPrefixes(ctx).flatMap((prefix) => {
    const expireDays = isCovered("expire", prefix, others) ? null : EXPIRE_DAYS;
    const abortDays = isCovered("abort", prefix, others) ? null : ABORT_DAYS;
    if (expireDays === null && abortDays === null) return [];
    return [{ id: `${OUR_ID_START}${prefix}`, prefix, enabled: true, coversPrefix: true, expireDays, abortDays }];
  });
}

function isOurs(rule: Pick<LifecycleRule, "id">, ctx: Place): boolean {
  return ourPrefixes(ctx).some((prefix) => rule.id === `${OUR_ID_START}${prefix}`);
}

function isCovered(what: What, prefix: string, rules: readonly LifecycleRule[]): boolean {
  return rules.some(
    (rule) =>
      rule.enabled &&
      rule.coversPrefix &&
      prefix.startsWith(rule.prefix) &&
      (what === "expire" ? rule.expireDays !== null : rule.abortDays !== null && rule.abortDays <= ABORT_DAYS),
  );
}

function missingOf(rules: readonly LifecycleRule[], ctx: Place): BucketRulesView["missing"] {
  return (["expire", "abort"] as const).flatMap((what) => {
    const open = ourPrefixes(ctx).filter((prefix) => !isCovered(what, prefix, rules));
    if (open.length === 0) return [];
    const under = open.map((prefix) => `${prefix}…`).join(", ");
    const text =
      what === "expire"
        ? `Nothing but Nestegg itself deletes old backups under ${under}. Rules that expire them after ${EXPIRE_DAYS} days are the net under it.`
        : `Unfinished uploads under ${under} are kept longer than ${ABORT_DAYS} days, and are paid for.`;
    return [{ what, text }];
  });
}

/** A rule knows no lock: one that comes before the renewal takes the last way back too. */
function warningOf(rule: LifecycleRule, ctx: RulesContext): string[] {
  const where = `The rule ${rule.id || "without a name"} deletes what begins with ${rule.prefix || "anything"}`;
  // No renewal helps against a date: it takes what is young as well.
  if (rule.expireDate && reachesSome(rule, ctx)) {
    return [
      `${where} from ${rule.expireDate.slice(0, 10)} on, every backup however young, locked ones and the newest good one too. Let it reach other keys only, or take it out.`,
    ];
  }
  if (!takesBackups(rule, ctx) || (rule.expireDays ?? EXPIRE_DAYS) >= EXPIRE_DAYS) return [];
  return [
    `${where} after ${rule.expireDays} days, backups that are locked or the newest good one among them. Let it reach other keys only, or raise it to ${EXPIRE_DAYS} days.`,
  ];
}

export function takesBackups(rule: LifecycleRule, ctx: Place): boolean {
  return rule.expireDays !== null && reachesSome(rule, ctx);
}

/** Part of our keys is enough. */
function reachesSome(rule: LifecycleRule, ctx: Place): boolean {
  return rule.enabled && ourPrefixes(ctx).some((ours) => ours.startsWith(rule.prefix) || rule.prefix.startsWith(ours));
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
  const what = [
    ...(expireDays === null ? [] : [`objects expire after ${expireDays} days`]),
    ...(abortDays === null ? [] : [`unfinished uploads are dropped after ${abortDays} days`]),
  ];
  return `${id}: under ${prefix} ${what.join(", ")}`;
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
