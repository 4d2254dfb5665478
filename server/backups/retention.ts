import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { RetentionPolicy, RetentionPreview, RetentionVerbs, RetentionView } from "../nestegg-operate";
import { type BackupContext, inBackground, systemCaller } from "./context";
import { digestOf, retentionBlocked, wouldHalve } from "./retention-blocked";
import { requirePolicy } from "./retention-settings";
import { startRetention } from "./run-retention";

const HOUR_MS = 3_600_000;
const EVERY_MS = 24 * HOUR_MS;
/** A start is the time of verifications and of second thoughts: nothing is deleted right behind it. */
const AFTER_START_MS = HOUR_MS;
/** A storage that was away is asked again before the day is over. */
const RETRY_MS = HOUR_MS;
/** When the next run is due, by name in the control database. */
const NEXT = "retention-next";

export interface RetentionParts {
  verbs: RetentionVerbs;
  /** Runs the retention when it is due; cheap when it is not. */
  tick(): Promise<void>;
}

export function createRetention(ctx: BackupContext): RetentionParts {
  async function preview(policy: RetentionPolicy): Promise<RetentionPreview> {
    requirePolicy(policy);
    const entries = ctx.catalog.entries();
    const rows = ctx.retention.plan({ entries, active: ctx.operations.active(), policy });
    const going = rows.filter(({ stays }) => !stays);
    const blocked = await retentionBlocked(ctx);
    return {
      rows,
      keeps: rows.length - going.length,
      deletes: going.length,
      deletesBytes: going.reduce((sum, { bytes }) => sum + bytes, 0),
      needsConfirmation: wouldHalve(rows, entries),
      blocked: blocked && { code: blocked.code, text: blocked.text, hint: blocked.hint },
      acceptNewest: blocked?.newestId ?? null,
      digest: digestOf(going),
    };
  }

  async function get(): Promise<RetentionView> {
    const { policy, source } = ctx.retention;
    const { operations } = await ctx.operations.list({ limit: 1, kinds: ["retention"] });
    const last = operations[0];
    return {
      policy,
      source,
      preview: await preview(policy),
      lastRun: last
        ? { at: last.finishedAt ?? last.createdAt, summary: last.summary ?? last.title, operationId: last.id }
        : null,
      nextRunAt: ctx.backupEnabled ? (await nextAt()).toISOString() : null,
    };
  }

  /** Kept over a restart, and never further away than one round: the clock may have been set back. */
  async function nextAt(): Promise<Date> {
    const now = ctx.clock.now().getTime();
    const known = Date.parse((await ctx.memory.get(NEXT)) ?? "");
    const earliest = earliestRun(ctx.startedAt.getTime(), now);
    if (Number.isNaN(known)) return new Date(earliest);
    if (known > now + EVERY_MS) await setNext(EVERY_MS);
    return new Date(Math.max(Math.min(known, now + EVERY_MS), earliest));
  }

  const setNext = (afterMs: number) =>
    ctx.memory.set(NEXT, new Date(ctx.clock.now().getTime() + afterMs).toISOString());

  return {
    verbs: {
      get,
      preview,
      async save(caller: Caller, { policy, confirmed }) {
        const { deletes, digest, blocked } = await preview(policy);
        if (digest !== confirmed.digest) throw listChanged(confirmed.deletes, deletes);
        const before = ctx.retention.policy;
        await ctx.retention.save(policy);
        await ctx.audit({
          caller,
          action: "retention.save",
          target: null,
          detail: { before: JSON.stringify(before), after: JSON.stringify(policy), deletes },
        });
        ctx.operations.announce("backups");
        if (deletes > 0 && !blocked) await startRetention(ctx, caller, { dryRun: false, confirmed });
        return get();
      },
      async run(caller, { dryRun, confirmed = null }) {
        const { operationId } = await startRetention(ctx, caller, { dryRun, confirmed });
        await ctx.audit({ caller, action: "retention.run", target: operationId, detail: { dryRun } });
        return { operationId };
      },
    },

    async tick() {
      if (!ctx.backupEnabled || ctx.clock.now() < (await nextAt())) return;
      // Another server's path: said on the page and by the doctor, not by a failed run every night.
      if (!ctx.ownership.ours) return;
      await setNext(EVERY_MS);
      const { ended } = await startRetention(ctx, systemCaller("retention"), { dryRun: false, confirmed: null });
      inBackground(
        ctx,
        ended.then(async ({ state, error }) => {
          if (state === "failed" && error?.code.startsWith("storage_")) await setNext(RETRY_MS);
        }),
      );
    },
  };
}

/** A start that is still to come was told by a clock that has been set back since: waiting for it could last for years. */
export function earliestRun(startedAt: number, now: number): number {
  return startedAt <= now ? startedAt + AFTER_START_MS : now;
}

function listChanged(confirmed: number, deletes: number): AppError {
  return new AppError(
    "conflict",
    `Nothing was saved or deleted: ${confirmed} deletions were confirmed, and now these rules would delete ${deletes}${confirmed === deletes ? " others" : ""}.`,
    { hint: "A backup was added or has gone meanwhile. Look at the list again and confirm what it says now." },
  );
}
