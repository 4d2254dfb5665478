import { wordsOf } from "../backups/backup-id";
import { bringBackup } from "../backups/bring-backup";
import type { CatalogEntry } from "../backups/catalog";
import { systemCaller } from "../backups/context";
import { markRestored } from "../backups/mark-restored";
import { byLiveTime, isGood, showsLive } from "../backups/protect";
import type { OperationView } from "../control/types";
import { freeKeptPath } from "../database/kept-files";
import { endSwap, startSwap } from "../database/swap";
import type { DatabaseFault } from "../database/types";
import { isAppError } from "../errors";
import type { Parts } from "./parts";

const STEPS = ["Download", "Check the copy", "Put in place"];

/**
 * The database file is missing. An unmounted volume looks like a first start, so while backups of this database exist a person
 * decides; with RESTORE_ON_START=if-missing the newest good one is fetched. Null: go on, with the restored file or an empty one.
 */
export async function decideMissing(parts: Parts): Promise<DatabaseFault | null> {
  const { backups, settings } = parts;
  const wanted = settings.restoreOnStart === "if-missing";
  try {
    await backups.catalog.refresh();
  } catch (error) {
    const why = isAppError(error) ? error.message : "the bucket could not be read";
    return missing(
      parts,
      `the storage cannot say whether it holds backups of it: ${why} No empty database was created.`,
      wanted
        ? "Mend the storage, then start again: the newest good backup is fetched then. Or choose to start empty."
        : "Mount the right volume or mend the storage, then start again; or choose to start empty.",
    );
  }
  const entries = backups.catalog.entries();
  if (entries.length === 0) {
    if (wanted)
      await note(parts, `${backups.store.label} holds no backup of ${settings.databaseName}: it starts empty.`);
    return null;
  }
  if (wanted) return restoreNewest(parts, entries);
  return missing(
    parts,
    `${backups.store.label} holds ${count(entries.length)} of it. No empty database was created.`,
    "Mount the right volume and start again, or restore a backup; or choose to start empty.",
  );
}

async function restoreNewest(parts: Parts, entries: CatalogEntry[]): Promise<DatabaseFault | null> {
  const good = entries.filter((entry) => isGood(entry) && !entry.manifest?.deletesAt);
  const sorted = byLiveTime(good);
  const candidates = [...sorted.filter(showsLive), ...sorted.filter((entry) => !showsLive(entry))];
  for (const { id } of candidates) {
    const ended = await restoreOne(parts, id);
    if (ended.state === "ok") {
      await markRestored(parts.backups, { caller: systemCaller("start"), id, formerId: null, lineage: null });
      return null;
    }
    // Only a backup that does not pass is a reason for an older one; everything else can be mended without losing data.
    if (ended.error?.code === "backup_damaged" || ended.error?.code === "backup_missing") continue;
    const why = ended.error?.message ?? ended.summary ?? ended.state;
    return missing(
      parts,
      `${id} could not be fetched: ${why} No empty database was created.`,
      ended.error?.hint ?? "Start again.",
    );
  }
  return missing(
    parts,
    `none of the ${count(entries.length)} in ${parts.backups.store.label} passes its check. No empty database was created.`,
    "Look at the backups on the page; mount the right volume, or choose to start empty.",
  );
}

async function restoreOne(parts: Parts, id: string): Promise<OperationView> {
  const { backups, settings, clock, stopping } = parts;
  const operation = await backups.operations.open({
    kind: "restore",
    title: "Restore at start",
    caller: systemCaller("RESTORE_ON_START"),
    backupId: id,
    steps: STEPS,
  });
  parts.log.info({ id }, "the database file is missing: fetching the newest good backup");
  return backups.operations.run(
    operation.id,
    async (running) => {
      const brought = await bringBackup(backups, { id, operation: running, basePath: null });
      await running.pastReturn();
      await running.step("Put in place");
      await startSwap(
        {
          databasePath: settings.databasePath,
          reason: "restore",
          newDatabase: brought.path,
          newWal: null,
          // Nothing stands there, but a write-ahead log may: it is put aside, never replayed into this file.
          keptPath: await freeKeptPath(settings.databasePath, clock),
          context: { backupId: id, operationId: running.id },
        },
        clock,
      );
      await endSwap(settings.databasePath);
      await running.stepDone();
      return {
        summary: `The database file was missing; it was restored from ${id}, as of ${wordsOf(brought.takenAt)}.`,
        detail: { bytes: brought.manifest.file.bytes, fetchedBytes: brought.fetchedBytes },
      };
    },
    stopping.signal,
  );
}

function missing({ settings }: Parts, what: string, hint: string): DatabaseFault {
  return { reason: "missing", message: `${settings.databasePath} is missing, and ${what}`, hint };
}

async function note(parts: Parts, summary: string): Promise<void> {
  parts.log.warn(summary);
  const operation = await parts.control.operations.open({
    kind: "restore",
    title: "Restore at start",
    caller: systemCaller("RESTORE_ON_START"),
    steps: [],
  });
  await parts.control.operations.run(operation.id, async () => ({ summary }));
}

function count(backups: number): string {
  return `${backups} ${backups === 1 ? "backup" : "backups"}`;
}
