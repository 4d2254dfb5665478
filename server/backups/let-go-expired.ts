import type { BackupContext } from "./context";
import { inBackground, systemCaller } from "./context";
import { letGo, listKeptDatabases } from "./kept";

const DAY_MS = 24 * 3_600_000;
/** Replaced databases are kept for days: an hour more or less does not matter. */
const LOOK_MS = 3_600_000;

/**
 * Lets go of the replaced databases whose seven days are over, beside everything else: each may wait in line and then upload a whole
 * database. One that cannot be backed up stays: only a person may let it go.
 */
export class ExpiredKept {
  #busy = false;
  #lookedAt = 0;

  constructor(private readonly ctx: BackupContext) {}

  /** Begins a look once an hour, unless the one before is still under way; never waits for it. */
  tick(): void {
    const now = this.ctx.clock.now().getTime();
    if (this.#busy || Math.abs(now - this.#lookedAt) <= LOOK_MS) return;
    this.#lookedAt = now;
    this.#busy = true;
    inBackground(
      this.ctx,
      letGoExpired(this.ctx).finally(() => {
        this.#busy = false;
      }),
    );
  }
}

async function letGoExpired(ctx: BackupContext): Promise<void> {
  const now = ctx.clock.now().toISOString();
  for (const kept of await listKeptDatabases(ctx)) {
    if (ctx.stopping.aborted) return;
    if (kept.expiresAt > now || (await failedLately(ctx, kept.name))) continue;
    const { operationId } = await letGo(ctx, systemCaller("kept for 7 days"), { name: kept.name });
    // A stop cancels the run by itself; waiting to its end also then leaves nothing behind.
    await ctx.operations.wait(operationId);
  }
}

/** One try a day: each leaves a row. */
async function failedLately(ctx: BackupContext, name: string): Promise<boolean> {
  const { operations } = await ctx.operations.list({ limit: 10, kinds: ["let-go"], states: ["failed"] });
  const dayAgo = ctx.clock.now().getTime() - DAY_MS;
  return operations.some(({ detail, finishedAt }) => detail.name === name && Date.parse(finishedAt ?? "") > dayAgo);
}
