import pLimit from "p-limit";
import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import { AppError, hasCode, isAppError } from "../errors";
import type { ConfirmedDeletes, RetentionRow } from "../nestegg-operate";
import type { BackupContext } from "./context";
import { formatSize } from "./format-size";
import { markForDeletion } from "./remove";
import { acceptNewest, digestOf, isAccepted, retentionBlocked, wouldHalve } from "./retention-blocked";

/** Each is a read and a write of a small object under a key of its own. */
const MARKS_AT_ONCE = 8;
/** One matter for the alerts: ended by the next run that nothing is in the way of. */
const ALERT_KEY = "retention";

export interface RetentionRun {
  dryRun: boolean;
  /** What an admin has seen and wants; null: nobody was asked. */
  confirmed: ConfirmedDeletes | null;
}

/** Records a run and lets it go on by itself. `ended` resolves with its final state. */
export async function startRetention(ctx: BackupContext, caller: Caller, run: RetentionRun) {
  const operation = await ctx.operations.open({
    kind: "retention",
    title: run.dryRun ? "Retention, dry run" : "Retention",
    caller,
    steps: run.dryRun ? ["Read the bucket", "Decide"] : ["Read the bucket", "Decide", "Mark for deletion"],
  });
  const ended = ctx.operations.run(operation.id, (running) => decideAndMark(ctx, running, run), ctx.stopping);
  return { operationId: operation.id, ended };
}

async function decideAndMark(
  ctx: BackupContext,
  running: RunningOperation,
  run: RetentionRun,
): Promise<OperationOutcome> {
  await running.step("Read the bucket");
  if (!run.dryRun) await ctx.ownership.requireOurs("delete");
  // Never by a list of earlier: what it says of the newest backup may have changed.
  await ctx.catalog.refresh();
  await running.stepDone();
  await running.step("Decide");
  // A run of the retention itself names no backup, so it is in nobody's way.
  const rows = ctx.retention.plan({ entries: ctx.catalog.entries(), active: ctx.operations.active() });
  const going = rows.filter(({ stays }) => !stays);
  for (const row of going) await running.log("info", `${row.id}: ${row.why}`);
  await running.detail({ keeps: rows.length - going.length, deletes: going.length, dryRun: run.dryRun });
  if (run.dryRun)
    return { summary: `${inWords(going)} would go, ${rows.length - going.length} would stay. Nothing was deleted.` };
  await requireLeave(ctx, { rows, going, running, confirmed: run.confirmed });
  await running.stepDone();
  await running.step("Mark for deletion");
  const marked = await markAll(ctx, running, going);
  await running.stepDone();
  return { summary: summaryOf(marked, rows.length - marked.length), detail: { deletes: marked.length } };
}

interface Leave {
  rows: RetentionRow[];
  going: RetentionRow[];
  running: RunningOperation;
  confirmed: ConfirmedDeletes | null;
}

/** Throws, and tells the alerts, when nothing may be deleted, or not without an admin's word. */
async function requireLeave(ctx: BackupContext, { rows, going, running, confirmed }: Leave): Promise<void> {
  if (confirmed && confirmed.digest !== digestOf(going)) {
    throw new AppError(
      "conflict",
      `Nothing was deleted: ${confirmed.deletes} deletions were confirmed, and now it would be ${going.length}${confirmed.deletes === going.length ? " others" : ""}.`,
      { hint: "Look at the list again in Settings, Retention, and confirm what it says now." },
    );
  }
  // Without rules none goes, and that is nothing to call well.
  const blocked = going.length === 0 && !ctx.retention.unreadable ? null : await retentionBlocked(ctx);
  if (blocked && !isAccepted(blocked, confirmed)) throw refuse(ctx, running.id, blocked);
  if (confirmed === null && wouldHalve(rows, ctx.catalog.entries())) {
    throw refuse(ctx, running.id, {
      text: `Nothing was deleted: ${going.length} of ${rows.length} backups would go, more than half of the good ones.`,
      hint: "If that is wanted, an admin looks at the list in Settings, Retention, and confirms it there.",
    });
  }
  if (blocked?.newestId) await acceptNewest(ctx, blocked.newestId);
  ctx.tell({
    event: "retention-blocked",
    key: ALERT_KEY,
    kind: "recovered",
    title: "Retention goes on",
    text: "Nothing is in the way of deleting old backups any more.",
    hint: null,
    operationId: running.id,
  });
}

function refuse(ctx: BackupContext, operationId: string, { text, hint }: { text: string; hint: string }): AppError {
  ctx.tell({
    event: "retention-blocked",
    key: ALERT_KEY,
    kind: "trouble",
    title: "Retention is blocked",
    text: `${text} The backups stay until that is settled.`,
    hint,
    operationId,
  });
  return new AppError("conflict", text, { hint });
}

/** Oldest first: should it end half-way, what is left is what is newest. */
async function markAll(ctx: BackupContext, running: RunningOperation, going: RetentionRow[]): Promise<RetentionRow[]> {
  const marked: RetentionRow[] = [];
  let done = 0;
  try {
    await eachUntilFailure(going.toReversed(), async (row) => {
      running.signal.throwIfAborted();
      if (await mark(ctx, running, row)) marked.push(row);
      done += 1;
      running.progress(done, going.length);
    });
  } catch (error) {
    const text = `Stopped half-way: ${inWords(marked)} of ${going.length} were marked and go all the same.`;
    await running.log("warn", text);
    throw error;
  } finally {
    ctx.operations.announce("backups");
  }
  return marked;
}

/** A failure ends it: nothing new is begun, what is under way comes to its end first. Throws what failed first. */
export async function eachUntilFailure<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const limit = pLimit(MARKS_AT_ONCE);
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      limit(async () => {
        // The queue is not cleared: promises of what was queued would never settle.
        if (failures.length > 0) return;
        await work(item).catch((error: unknown) => failures.push(error));
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}

/** What became protected or used since it was decided stays; it is no failure of the run. */
async function mark(ctx: BackupContext, running: RunningOperation, row: RetentionRow): Promise<boolean> {
  try {
    const { deletesAt } = await markForDeletion(ctx, row.id);
    await running.log("info", `${row.id} (${formatSize(row.bytes)}) goes at ${deletesAt}: ${row.why}`);
    return true;
  } catch (error) {
    if (!hasCode(error, "backup_protected", "backup_in_use", "not_found")) throw error;
    await running.log("warn", `${row.id} stays: ${isAppError(error) ? error.message : String(error)}`);
    return false;
  }
}

/** Ids that a sentence can still hold; the log has all of them. */
const NAMED_IDS = 5;

function summaryOf(marked: RetentionRow[], keeps: number): string {
  if (marked.length === 0) return `Nothing to delete; ${keeps} stay.`;
  const named = marked.slice(0, NAMED_IDS).map(({ id, why }) => `${id} (${why})`);
  const more = marked.length - named.length;
  return `${inWords(marked)} ${marked.length === 1 ? "goes" : "go"} in 10 minutes, ${keeps} stay: ${named.join(", ")}${more > 0 ? ` and ${more} more, named in the log` : ""}.`;
}

function inWords(rows: RetentionRow[]): string {
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return `${rows.length} ${rows.length === 1 ? "backup" : "backups"} (${formatSize(bytes)})`;
}
