import { z } from "zod";
import type { Caller, OperationView } from "../control/types";
import { AppError } from "../errors";
import type { BackupView } from "../nestegg";
import type { CatalogEntry } from "./catalog";
import { changed } from "./changed";
import { type BackupContext, systemCaller } from "./context";
import { formatSize } from "./format-size";
import { unknownBackup } from "./manifest-editor";
import { protection } from "./protect";

/** Time to think again, held by the server, so that closing the tab does not matter. */
const GRACE_MS = 10 * 60_000;
const RETRY_MS = 60 * 60_000;
/** Retention marks hundreds at once: the schedule and the alerts, which wait for a round, get their turn in between. */
const ROUND_MS = 30_000;
/** Deletions whose manifest may be gone while the object is still there, by name in the control database. */
const PENDING = "pending-deletes";

/** Marks a backup for deletion in 10 minutes. Refused for the last ways back (promise 5) and for one that is in use. */
export async function removeBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string },
): Promise<{ id: string; deletesAt: string }> {
  await ctx.ownership.requireOurs("delete");
  await ctx.catalog.refresh();
  const { deletesAt } = await markForDeletion(ctx, input.id);
  await changed(ctx, {
    caller,
    action: "backup.delete",
    target: input.id,
    detail: { deletesAt },
  });
  return { id: input.id, deletesAt };
}

/**
 * The mark itself, judged by the list as it is known: read it freshly first. Throws `backup_protected`, `backup_in_use`; one that is
 * on its way out already keeps its time.
 */
export async function markForDeletion(ctx: BackupContext, id: string): Promise<{ deletesAt: string }> {
  requireUnprotected(ctx, id, false);
  requireUnused(ctx, id);
  const deletesAt = new Date(ctx.clock.now().getTime() + GRACE_MS).toISOString();
  const manifest = await ctx.manifests.update(id, (current) => {
    requireUnprotected(ctx, id, current.locked);
    return current.deletesAt ? current : { ...current, deletesAt };
  });
  return { deletesAt: manifest.deletesAt ?? deletesAt };
}

export async function undeleteBackup(ctx: BackupContext, caller: Caller, input: { id: string }): Promise<BackupView> {
  await ctx.manifests.update(input.id, ({ deletesAt: _deletesAt, ...manifest }) => manifest);
  return changed(ctx, { caller, action: "backup.undelete", target: input.id });
}

/**
 * Deletes what is due, and finishes deletions that an earlier process began. Called every few seconds and at start. A round ends with
 * the time it has, with a storage that fails, and with a stop; the next one goes on, and asks anew whose path this is.
 */
export async function deleteDue(ctx: BackupContext): Promise<void> {
  const now = ctx.clock.now().toISOString();
  const due = ctx.catalog.entries().filter((entry) => entry.manifest?.deletesAt && entry.manifest.deletesAt <= now);
  const begun = await pending(ctx);
  if (due.length + begun.length === 0) return;
  await ctx.ownership.establish();
  if (!ctx.ownership.ours) return;
  if (due.length > 0) await ctx.catalog.refresh();
  const roundMs = ctx.clock.now().getTime();
  const isOver = () => ctx.stopping.aborted || Math.abs(ctx.clock.now().getTime() - roundMs) >= ROUND_MS;
  for (const entry of due) {
    if (isOver()) return;
    if (userOf(ctx, entry.id) || !(await mayTryAgain(ctx, entry.id))) continue;
    const { error } = await deleteOne(ctx, entry);
    // The next one would have to wait as long for the same answer.
    if (error?.code.startsWith("storage_")) return;
  }
  // Last: one whose file the store refuses must not keep the others.
  for (const id of begun) {
    if (isOver()) return;
    if (!due.some((entry) => entry.id === id)) await finishDeletion(ctx, id);
  }
}

/** A deletion that the store refuses would else leave a failed row every few seconds. */
async function mayTryAgain(ctx: BackupContext, id: string): Promise<boolean> {
  const { operations } = await ctx.operations.list({ limit: 1, kinds: ["delete"], states: ["failed"], backupId: id });
  const last = operations[0]?.finishedAt;
  return !last || ctx.clock.now().getTime() - Date.parse(last) > RETRY_MS;
}

async function deleteOne(ctx: BackupContext, entry: CatalogEntry): Promise<OperationView> {
  const operation = await ctx.operations.open({
    kind: "delete",
    title: "Deletion",
    caller: systemCaller("delete after 10 minutes"),
    backupId: entry.id,
    steps: ["Remove the manifest", "Remove the file"],
  });
  const signal = ctx.stopping;
  const ended = await ctx.operations.run(
    operation.id,
    (running) =>
      ctx.manifests.exclusively(entry.id, async () => {
        await running.step("Remove the manifest");
        const read = await ctx.catalog.readManifest(entry.id);
        if (!read?.manifest.deletesAt) return { summary: "The deletion was undone in time; nothing was removed." };
        requireUnused(ctx, entry.id);
        requireUnprotected(ctx, entry.id, read.manifest.locked);
        signal.throwIfAborted();
        // From here on the next start finishes it, wherever a stop cuts it off.
        await setPending(ctx, entry.id, true);
        try {
          await ctx.store.delete(ctx.catalog.manifestKeyOf(entry.id), { signal });
          await running.stepDone();
          await running.step("Remove the file");
          await ctx.store.delete(ctx.catalog.keyOf(entry.id), { signal });
        } catch (error) {
          throw signal.aborted ? stoppedWithin(error) : error;
        }
        await setPending(ctx, entry.id, false);
        await running.stepDone();
        ctx.catalog.note(entry.id, null);
        return { summary: `Freed ${formatSize(entry.manifest?.file.bytes ?? 0)}.` };
      }),
    signal,
  );
  // It became the last way back within its grace: it stays, and is not tried again.
  if (ended.error?.code === "backup_protected") {
    await undeleteBackup(ctx, systemCaller("the last way back stays"), { id: entry.id });
  }
  ctx.operations.announce("backups");
  return ended;
}

function stoppedWithin(cause: unknown): AppError {
  return new AppError(
    "stopping",
    "The server stopped while this backup was being removed; the next start finishes it.",
    {
      cause,
    },
  );
}

/** The manifest went first (invariant 1): while it is still there, the deletion had not begun and may yet be undone. */
async function finishDeletion(ctx: BackupContext, id: string): Promise<void> {
  await ctx.manifests.exclusively(id, async () => {
    if (!(await ctx.store.head(ctx.catalog.manifestKeyOf(id)))) {
      await ctx.store.delete(ctx.catalog.keyOf(id));
      ctx.catalog.note(id, null);
    }
    await setPending(ctx, id, false);
  });
}

function requireUnprotected(ctx: BackupContext, id: string, locked: boolean): void {
  const entries = ctx.catalog.entries();
  const entry = ctx.catalog.get(id);
  if (!entry) throw unknownBackup(id);
  const because = locked ? "locked" : protection(entry, entries);
  if (!because) return;
  const [what, hint] = {
    "newest good": ["it is the newest good backup", "Take a new backup first; then this one may go."],
    locked: ["it is locked", "Unlock it first, if you are sure."],
    "latest restored": ["it is the one restored last", "Move or clear that mark first, if you are sure."],
  }[because];
  throw new AppError("backup_protected", `${id} is not deleted: ${what}, and could be the last way back.`, { hint });
}

function userOf(ctx: BackupContext, id: string): OperationView | undefined {
  return ctx.operations.active().find((operation) => operation.backupId === id && operation.kind !== "delete");
}

function requireUnused(ctx: BackupContext, id: string): void {
  const user = userOf(ctx, id);
  if (!user) return;
  throw new AppError(
    "backup_in_use",
    `${id} is not deleted: a run is working with it (${user.title}, ${user.state}).`,
    {
      hint: "Wait for that run to end, or cancel it, then delete again.",
    },
  );
}

async function pending(ctx: BackupContext): Promise<string[]> {
  const text = await ctx.memory.get(PENDING);
  return text === null ? [] : z.array(z.string()).parse(JSON.parse(text));
}

async function setPending(ctx: BackupContext, id: string, on: boolean): Promise<void> {
  const others = (await pending(ctx)).filter((known) => known !== id);
  const ids = on ? [...others, id] : others;
  await ctx.memory.set(PENDING, ids.length > 0 ? JSON.stringify(ids) : null);
}
