import { isAppError } from "../errors";
import { EXPIRE_DAYS, takesBackups } from "./bucket-rules";
import type { CatalogEntry } from "./catalog";
import { type BackupContext, inBackground, systemCaller } from "./context";
import { dueForRenewal } from "./due-for-renewal";
import { isWhole } from "./protect";
import { RENEWAL_BEGUN, renewBackup } from "./renew-backup";
import { noteRule, noteUnreadRule, overdueRenewals, renewalNotice } from "./renewal-watch";
import { runInLane } from "./run-in-lane";
import { verifyBackup } from "./verify";

const DAY_MS = 24 * 3_600_000;
/** A month before the bucket's rule comes, so that a month of failures costs nothing. */
const RENEW_AFTER_DAYS = 60;
/** Of a foreign rule that comes sooner than ours: the same proportion. */
const RENEW_AFTER_SHARE = RENEW_AFTER_DAYS / EXPIRE_DAYS;
const RULES_READ_EVERY_MS = DAY_MS;
const RETRY_MS = 3_600_000;

/**
 * Keeps what must stay out of the reach of the bucket's own rules, which know no lock: its object is copied onto itself, which makes
 * it young, and its manifest is written anew. After a crash in between a verification reads the file back and records its ETag.
 */
export class Renewals {
  #busy = false;
  /** Ids that failed, and until when they wait: one that cannot be renewed must not keep the others from it. */
  readonly #notBefore = new Map<string, number>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #rulesReadAt = Number.NEGATIVE_INFINITY;
  #soonestRuleMs = EXPIRE_DAYS * DAY_MS;
  #renewAfterMs = RENEW_AFTER_DAYS * DAY_MS;
  #healed = false;
  /** Null: nothing was told since the start. */
  #toldOverdue: boolean | null = null;

  constructor(private readonly ctx: BackupContext) {}

  /** Begins at most one renewal; the run goes on by itself. Cheap while nothing is old enough. */
  async tick(): Promise<void> {
    const { ctx } = this;
    // A folder has no rules that would take anything.
    if (ctx.store.kind === "local" || this.#busy || !ctx.ownership.ours) return;
    const now = ctx.clock.now().getTime();
    if (ctx.operations.active().length > 0) return;
    // After a failure the list says what lies there now only when it was read again.
    if ((ctx.catalog.readAt?.getTime() ?? 0) <= this.#failedAt) return;
    await this.#readRules(now);
    if (!this.#healed && (await this.#heal())) return;
    const entry = await dueForRenewal(ctx, {
      renewAfterMs: this.#renewAfterMs,
      untilRuleMs: this.#soonestRuleMs - this.#renewAfterMs,
      isPaused: (id) => now < (this.#notBefore.get(id) ?? 0),
    });
    if (!entry || ctx.operations.active().length > 0) return;
    this.#busy = true;
    inBackground(
      ctx,
      this.#renew(entry).finally(() => {
        this.#busy = false;
      }),
    );
  }

  /** Tells that renewals do not keep up, whatever keeps them from it: also where `tick` may not run. */
  async watch(): Promise<void> {
    const { ctx } = this;
    if (ctx.store.kind === "local" || !ctx.catalog.readAt) return;
    const overdue = await overdueRenewals(ctx);
    if ((overdue !== null) === this.#toldOverdue) return;
    this.#toldOverdue = overdue !== null;
    ctx.tell(renewalNotice(overdue));
  }

  async #renew({ id }: CatalogEntry): Promise<void> {
    const { ctx } = this;
    const operation = await ctx.operations.open({
      kind: "renewal",
      title: "Renewal",
      caller: systemCaller("renewal"),
      backupId: id,
      steps: ["Copy the file onto itself", "Write the manifest"],
    });
    // In both lanes: nothing may read the object by its old ETag, or take its parts, while it is exchanged.
    const { state } = await runInLane(ctx, ctx.writing, operation.id, (running) =>
      ctx.reading.run(() => renewBackup(ctx, id, { running, renewAfterMs: this.#renewAfterMs }), {
        signal: running.signal,
      }),
    );
    this.#notBefore.delete(id);
    if (state === "ok" || state === "ok-retried") return;
    this.#healed = false;
    this.#failedAt = ctx.clock.now().getTime();
    this.#notBefore.set(id, this.#failedAt + RETRY_MS);
  }

  /** Somebody's rule may come sooner than ours. A key that may not read them is no reason not to renew. */
  async #readRules(now: number): Promise<void> {
    if (now - this.#rulesReadAt < RULES_READ_EVERY_MS) return;
    this.#rulesReadAt = now;
    try {
      const rules = (await this.ctx.store.readLifecycle()) ?? [];
      const days = rules
        .filter((rule) => takesBackups(rule, this.ctx))
        .map(({ expireDays }) => expireDays ?? EXPIRE_DAYS);
      await noteRule(this.ctx, days.length > 0 ? Math.min(...days) : null);
      const soonest = Math.min(EXPIRE_DAYS, ...days);
      this.#soonestRuleMs = soonest * DAY_MS;
      this.#renewAfterMs = Math.max(1, Math.floor(soonest * RENEW_AFTER_SHARE)) * DAY_MS;
    } catch (error) {
      if (!isAppError(error)) throw error;
      await noteUnreadRule(this.ctx);
      this.ctx.log.info({ code: error.code }, "the bucket's rules could not be read; renewals go by our own");
    }
  }

  /** Looks once after a start or a failure; true when a verification was begun, which needs the lane that a renewal would hold. */
  async #heal(): Promise<boolean> {
    const { ctx } = this;
    const id = await ctx.memory.get(RENEWAL_BEGUN);
    const entry = id ? ctx.catalog.get(id) : undefined;
    const isUnproven = entry && isWhole(entry) && entry.object?.etag !== entry.manifest?.file.etag;
    if (isUnproven) await verifyBackup(ctx, systemCaller("after an interrupted renewal"), { id: entry.id });
    if (id) await ctx.memory.set(RENEWAL_BEGUN, null);
    this.#healed = true;
    return isUnproven === true;
  }
}
