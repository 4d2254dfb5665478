import { access, constants } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { BackupView } from "../nestegg";
import type { RestoreBlocker, RestorePreview } from "../nestegg-restore";
import type { BackupContext } from "./context";
import { formatSize } from "./format-size";

/** All that stands in the way of restoring this backup now; empty: it can start. */
export async function blockersOf(
  ctx: BackupContext,
  { view, disk }: { view: BackupView; disk: RestorePreview["disk"] },
): Promise<RestoreBlocker[]> {
  const blockers = backupBlockers(ctx, view);
  if (disk.freeBytes < disk.neededBytes) {
    const text = `Needs ${formatSize(disk.neededBytes)} beside the database, ${formatSize(disk.freeBytes)} free.`;
    blockers.push(blocker("disk", text, "Free space on that disk, for instance by letting a kept database go."));
  }
  return [...blockers, ...(await placeBlockers(ctx))];
}

/** What concerns every exchange of the live file, an undo's too. */
export async function placeBlockers(ctx: BackupContext): Promise<RestoreBlocker[]> {
  const fault = ctx.fault();
  const held = fault?.reason === "held" ? [blocker("held", fault.message, fault.hint)] : [];
  return [...held, ...othersInTheWay(ctx), ...(await folderBlocker(ctx))];
}

function backupBlockers({ engineVersion }: BackupContext, view: BackupView): RestoreBlocker[] {
  const { state, verification, engine } = view;
  const other = "Choose another backup.";
  if (state === "failed")
    return [blocker("damaged", verification?.error ?? "This backup did not pass its check.", other)];
  if (state === "missing") return [blocker("missing", "The file of this backup is gone from the bucket.", other)];
  if (state === "unregistered")
    return [blocker("missing", "This file has no manifest.", "Register it first: that reads it whole.")];
  if (state === "deleting") return [blocker("deleting", "This backup is on its way out.", "Undo its deletion first.")];
  if (engine && isNewer(engine.storageVersion, engineVersion)) {
    const text = `Written with storage version ${engine.storageVersion}. This server runs DuckDB ${engineVersion} and cannot open it.`;
    return [blocker("newer-engine", text, "Update Nestegg, then restore it; or choose another backup.")];
  }
  return [];
}

/** DuckDB names a storage version after the first engine that reads it: "v1.5.0", or "v1.0.0+" for all since then. */
export function isNewer(storageVersion: string, engineVersion: string): boolean {
  const [first = [], second = []] = [storageVersion, engineVersion].map((version) => version.match(/\d+/g) ?? []);
  const [major = 0, minor = 0] = first.map(Number);
  const [ourMajor = 0, ourMinor = 0] = second.map(Number);
  return major > ourMajor || (major === ourMajor && minor > ourMinor);
}

function blocker(code: RestoreBlocker["code"], text: string, hint: string): RestoreBlocker {
  return { code, text, hint, operationId: null };
}

function othersInTheWay(ctx: BackupContext): RestoreBlocker[] {
  const { holder } = ctx.restoring;
  if (holder) {
    const text = `${holder.who} is running ${holder.what}.`;
    return [{ code: "restore-running", text, hint: "Wait for its end.", operationId: holder.operationId }];
  }
  if (!ctx.runs.any()) return [];
  const running = ctx.operations.active().find(({ kind }) => kind === "backup");
  const text = "A backup is running. Restore starts when it ends.";
  return [{ code: "waits", text, hint: null, operationId: running?.id ?? null }];
}

async function folderBlocker(ctx: BackupContext): Promise<RestoreBlocker[]> {
  const folder = dirname(ctx.databasePath);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    const text = `Nestegg may not write to the folder of ${basename(ctx.databasePath)}.`;
    return [{ code: "folder", text, hint: "Give its user the right to write there.", operationId: null }];
  }
}
