import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import type { Inspection } from "../database/inspect";
import type { KeptFile } from "../database/kept-files";
import { AppError } from "../errors";
import type { KeptDatabase } from "../nestegg-restore";
import { type BackupContext, inBackground } from "./context";
import { formatSize } from "./format-size";
import { inspectKept } from "./inspect-kept";
import { isGood } from "./protect";
import { runOwnBackup } from "./run-own-backup";
import { verificationOf } from "./verification";

/** Long enough to notice a wrong restore after a weekend; shown with the disk it uses. */
export const KEPT_DAYS = 7;
const DAY_MS = 24 * 3_600_000;
const KEPT_MS = KEPT_DAYS * DAY_MS;
const LET_GO_STEPS = ["Safety backup", "Delete"] as const;

export async function listKeptDatabases(ctx: BackupContext): Promise<KeptDatabase[]> {
  const kept = await ctx.kept.list();
  return kept.map((file, index) => viewKept(ctx, file, index === 0));
}

export function viewKept(
  ctx: Pick<BackupContext, "catalog">,
  { name, bytes, about }: KeptFile,
  newest: boolean,
): KeptDatabase {
  return {
    name,
    bytes,
    replacedAt: about.replacedAt,
    replacedBy: about.replacedBy,
    backupId: about.backupId,
    actor: about.actor,
    operationId: about.operationId,
    safetyBackupId: about.safetyBackupId,
    uncovered: isUncovered(ctx, about),
    expiresAt: new Date(Date.parse(about.replacedAt) + KEPT_MS).toISOString(),
    newest,
  };
}

/** Something was written after its safety backup; or that one is gone, on its way out or damaged since. */
function isUncovered({ catalog }: Pick<BackupContext, "catalog">, about: KeptFile["about"]): boolean {
  if (about.uncovered) return true;
  // Without a list of the bucket, what was found at the swap is the best that is known.
  if (about.safetyBackupId === null || catalog.readAt === null) return false;
  const safety = catalog.get(about.safetyBackupId);
  return !safety || !isGood(safety) || safety.manifest?.deletesAt !== undefined;
}

/** Deletes a replaced database. What is in no backup goes up first, unless the admin says otherwise. */
export async function letGo(
  ctx: BackupContext,
  caller: Caller,
  input: { name: string; withoutBackup?: boolean },
): Promise<{ operationId: string }> {
  const kept = (await ctx.kept.list()).find(({ name }) => name === input.name);
  if (!kept)
    throw new AppError("not_found", `No replaced database is called ${input.name}.`, { hint: "Reload the page." });
  const withoutBackup = input.withoutBackup ?? false;
  await ctx.audit({ caller, action: "restore.let-go", target: input.name, detail: { withoutBackup } });
  const operation = await ctx.operations.open({
    kind: "let-go",
    title: "Kept database deleted",
    caller,
    backupId: kept.about.backupId,
    steps: [...LET_GO_STEPS],
  });
  inBackground(
    ctx,
    ctx.operations.run(
      operation.id,
      (running) =>
        ctx.writing.run(() => deleteKept(ctx, { caller, name: input.name, withoutBackup }, running), {
          signal: running.signal,
        }),
      ctx.stopping,
    ),
  );
  return { operationId: operation.id };
}

async function deleteKept(
  ctx: BackupContext,
  { caller, name, withoutBackup }: { caller: Caller; name: string; withoutBackup: boolean },
  operation: RunningOperation,
): Promise<OperationOutcome> {
  await operation.detail({ name });
  // Looked for again: while this waited in line an undo may have put it back in place.
  const kept = (await ctx.kept.list()).find((file) => file.name === name);
  if (!kept) {
    throw new AppError("conflict", `${name} is not kept any more; nothing was deleted.`, { hint: "Reload the page." });
  }
  await operation.step("Safety backup");
  const backupId = await cover(ctx, { caller, kept, withoutBackup }, operation);
  await operation.stepDone(
    backupId ? "ok" : "skipped",
    backupId ?? (isUncovered(ctx, kept.about) ? "left out by wish" : "all of it is in a backup"),
  );
  await operation.step("Delete");
  await ctx.kept.remove(kept.path);
  await operation.stepDone();
  ctx.operations.announce("status");
  return {
    summary: `Freed ${formatSize(kept.bytes)}.${backupId ? ` What was in no backup is in ${backupId} now.` : ""}`,
    detail: { safetyBackupId: backupId },
  };
}

/** The id of the backup that holds it now; null when nothing had to be done. */
async function cover(
  ctx: BackupContext,
  { caller, kept, withoutBackup }: { caller: Caller; kept: KeptFile; withoutBackup: boolean },
  operation: RunningOperation,
): Promise<string | null> {
  if (withoutBackup) return null;
  await ctx.catalog
    .refresh()
    .catch((error: unknown) => ctx.log.warn({ err: error }, "the safety backup could not be looked up again"));
  if (!isUncovered(ctx, kept.about)) return null;
  const scratchFolder = join(ctx.scratchFolder, `${operation.id}.kept`);
  const startedAt = ctx.clock.now();
  try {
    const { path, inspection } = await wholeFile(ctx, { kept, scratchFolder }, operation);
    return await storeKept(ctx, { caller, kept, path, inspection, startedAt }, operation);
  } finally {
    await rm(scratchFolder, { recursive: true, force: true });
  }
}

/** What was committed last may lie in a write-ahead log beside it: that is folded in on a copy. */
async function wholeFile(
  ctx: BackupContext,
  { kept, scratchFolder }: { kept: KeptFile; scratchFolder: string },
  operation: RunningOperation,
): Promise<{ path: string; inspection: Inspection }> {
  if (kept.walBytes === 0) return { path: kept.path, inspection: (await inspectKept(ctx, kept, operation)).inspection };
  const input = { databasePath: kept.path, scratchFolder, walEnd: null };
  const { report } = await ctx.runJob({ kind: "rescue", input }, { signal: operation.signal, lowPriority: true });
  return { path: report.rescuedPath, inspection: report.inspection };
}

function storeKept(
  ctx: BackupContext,
  input: { caller: Caller; kept: KeptFile; path: string; inspection: Inspection; startedAt: Date },
  { signal }: RunningOperation,
): Promise<string> {
  const { caller, kept, path, inspection, startedAt } = input;
  const method = `every block and row read with DuckDB ${inspection.engineVersion} before it was stored`;
  return runOwnBackup(ctx, {
    caller,
    note: `The database that ${kept.about.replacedBy} replaced`,
    source: {
      path,
      takenAt: new Date(kept.about.replacedAt),
      lineage: "replaced",
      verification: verificationOf(ctx.clock, { result: "verified", method, inspection, startedAt }),
    },
    signal,
    ifItFails: {
      message: `${kept.name} holds changes that are in no backup, and backing it up failed, so it stays.`,
      hint: "Try again when the storage answers; or delete it without a backup.",
    },
  });
}
