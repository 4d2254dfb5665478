import type { OperationOutcome, RunningOperation } from "../control/types";
import { AppError, hasCode, isAppError } from "../errors";
import { EXPIRE_DAYS, takesBackups } from "./bucket-rules";
import type { CatalogEntry } from "./catalog";
import { type BackupContext, inBackground, systemCaller } from "./context";
import { formatSize } from "./format-size";
import { isGood, isWhole, protection } from "./protect";
import { noteRule, noteUnreadRule, overdueRenewals, overdueText, writtenAt } from "./renewal-watch";
import { retentionBlocked } from "./retention-blocked";
import { runInLane } from "./run-in-lane";
import { verifyBackup } from "./verify";

const DAY_MS = 24 * 3_600_000;
/** A month before the bucket's rule comes, so that a month of failures costs nothing. */
const RENEW_AFTER_DAYS = 60;
/** Of a foreign rule that comes sooner than ours: the same proportion. */
const RENEW_AFTER_SHARE = RENEW_AFTER_DAYS / EXPIRE_DAYS;
const RULES_READ_EVERY_MS = DAY_MS;
const RETRY_MS = 3_600_000;
const YIELD_LOOK_MS = 1_000;
/** The backup whose renewal has begun and not ended, by name in the control database. */
const BEGUN = "renewal-begun";

/**
 * Keeps what must stay out of the reach of the bucket's own rules, which know no lock: its object is copied onto itself, which makes
 * it young, and its manifest is written anew. Nothing of a backup is ever missing meanwhile: a copy replaces its object at once and
 * with the same bytes, and the manifest proves them by their hashes. Only the ETag in it is out of date until it is written; after a
 * crash in between a verification reads the file back and records it.
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
    const base = { event: "retention-blocked" as const, key: "renewal" };
    ctx.tell(
      overdue
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
          },
    );
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
    const id = await ctx.memory.get(BEGUN);
    const entry = id ? ctx.catalog.get(id) : undefined;
    const isUnproven = entry && isWhole(entry) && entry.object?.etag !== entry.manifest?.file.etag;
    if (isUnproven) await verifyBackup(ctx, systemCaller("after an interrupted renewal"), { id: entry.id });
    if (id) await ctx.memory.set(BEGUN, null);
    this.#healed = true;
    return isUnproven === true;
  }
}

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

async function renewBackup(
  ctx: BackupContext,
  id: string,
  { running, renewAfterMs }: { running: RunningOperation; renewAfterMs: number },
): Promise<OperationOutcome> {
  await ctx.ownership.requireOurs("renew backups");
  const key = ctx.catalog.keyOf(id);
  const [object, read] = [await ctx.store.head(key, { signal: running.signal }), await ctx.catalog.readManifest(id)];
  if (!object || !read || read.manifest.deletesAt)
    return { summary: "It is gone or on its way out; nothing was renewed." };
  if (object.bytes !== read.manifest.file.bytes) throw changedLength(id);
  await running.step("Copy the file onto itself");
  const isOld = object.lastModified.getTime() < ctx.clock.now().getTime() - renewAfterMs;
  if (isOld) await ctx.memory.set(BEGUN, id);
  const copied = isOld ? await copyOntoItself(ctx, { id, object, type: read.manifest.type }, running) : object;
  await running.stepDone(isOld ? "ok" : "skipped");
  await running.step("Write the manifest");
  // An ETag that was not the manifest's before is proven by nothing: a verification reads the file, and records it.
  const isProven = read.manifest.file.etag === object.etag;
  await ctx.manifests.update(id, (manifest) => ({
    ...manifest,
    renewedAt: ctx.clock.now().toISOString(),
    file: isProven && manifest.file.etag === object.etag ? { ...manifest.file, etag: copied.etag } : manifest.file,
  }));
  const entry = ctx.catalog.get(id);
  if (entry) ctx.catalog.note(id, { ...entry, object: copied });
  if (isOld) await ctx.memory.set(BEGUN, null);
  return {
    summary: `Written anew (${formatSize(object.bytes)}), so that no rule of the bucket takes it for another ${EXPIRE_DAYS} days.`,
    detail: { copiedBytes: isOld ? object.bytes : 0 },
  };
}

async function copyOntoItself(
  ctx: BackupContext,
  { id, object, type }: { id: string; object: NonNullable<CatalogEntry["object"]>; type: string },
  running: RunningOperation,
) {
  const yielding = new AbortController();
  const over = new AbortController();
  inBackground(ctx, yieldToOthers(ctx, running.id, { yielding, over: over.signal }));
  const uploads: string[] = [];
  try {
    return await ctx.store.copy(object, object.key, {
      metadata: { type },
      contentDisposition: `attachment; filename="${id}"`,
      signal: AbortSignal.any([running.signal, yielding.signal]),
      // Should this process die, the next start drops the parts.
      onParts: (uploadId) => {
        uploads.push(uploadId);
        inBackground(ctx, ctx.uploads.add({ key: object.key, uploadId, operationId: running.id }));
      },
    });
  } catch (error) {
    if (yielding.signal.aborted && hasCode(error, "cancelled")) throw stoodBack();
    throw error;
  } finally {
    over.abort();
    for (const uploadId of uploads) await ctx.uploads.remove(uploadId);
  }
}

/** A copy of a large file takes minutes and is in no hurry: whoever wants the lane has it within a second. */
async function yieldToOthers(
  ctx: BackupContext,
  operationId: string,
  { yielding, over }: { yielding: AbortController; over: AbortSignal },
): Promise<void> {
  while (!over.aborted) {
    if (ctx.operations.active().some(({ id }) => id !== operationId)) return yielding.abort();
    await ctx.clock.sleep(YIELD_LOOK_MS, over);
  }
}

function stoodBack(): AppError {
  return new AppError(
    "cancelled",
    "Another run came, and this one is in no hurry: it begins again in an hour. Nothing was changed.",
  );
}

function changedLength(id: string): AppError {
  return new AppError("backup_damaged", `${id} has another length than its manifest says, so it was not renewed.`, {
    hint: "Verify it. Unlock or unmark it if it is of no use any more.",
  });
}
