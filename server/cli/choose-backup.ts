import { parseBackupId } from "../backups/backup-id";
import type { CatalogEntry } from "../backups/catalog";
import { byLiveTime, isGood, isWhole, newestGood, showsLive } from "../backups/protect";
import { AppError } from "../errors";
import type { Bucket } from "./bucket";

/** "latest" is the newest good backup of the live database; everything else is an id. */
export async function chooseBackup(bucket: Pick<Bucket, "catalog" | "databaseName">, word: string): Promise<string> {
  if (word === "latest") {
    await bucket.catalog.refresh();
    return latestOf(bucket);
  }
  if (parseBackupId(word)) return word;
  throw new AppError("not_found", `There is no backup ${word}.`, {
    hint: `An id looks like ${bucket.databaseName}-manual-20241230-153000.duckdb; "nestegg list" shows them all.`,
  });
}

/** Never an older one in silence: who asks for the latest at night must hear that it is not what they get. */
function latestOf({ catalog, databaseName }: Pick<Bucket, "catalog" | "databaseName">): string {
  const entries = byLiveTime(catalog.entries().filter((entry) => !entry.manifest?.deletesAt));
  const newest = entries.find((entry) => isRegistered(entry) && isOfLive(entry));
  if (newest && isGood(newest)) return newest.id;
  const older = newestGood(entries);
  if (newest) {
    throw new AppError("backup_damaged", `The newest backup, ${newest.id}, ${faultOf(newest)}. Nothing was done.`, {
      hint: older
        ? `The newest good one is ${older.id}, of ${timeOf(older)}: name it instead of "latest" to take it.`
        : "No other backup is good either: look at them with list.",
    });
  }
  if (older) {
    throw new AppError("not_found", `No backup of the live ${databaseName} is stored. Nothing was done.`, {
      hint: `${older.id} is there, a file that was brought or put aside: name it instead of "latest" to take it.`,
    });
  }
  throw new AppError("not_found", `There is no backup of ${databaseName} under this path. Nothing was done.`, {
    hint: "Check R2_BUCKET_NAME and R2_BACKUP_PATH. Backups are found by the database's name: DATABASE_PATH sets it.",
  });
}

/** For the hint after a damaged one: the next good one before it. Null when there is none, or the bucket does not say. */
export async function nextOlder({ catalog }: Pick<Bucket, "catalog">, id: string): Promise<CatalogEntry | null> {
  try {
    if (catalog.readAt === null) await catalog.refresh();
  } catch {
    // The damage is the news; a hint that cannot be given is left out.
    return null;
  }
  const time = parseBackupId(id)?.time ?? new Date(0);
  const older = catalog.entries().filter((entry) => (parseBackupId(entry.id)?.time ?? time) < time);
  return newestGood(older) ?? null;
}

export function timeOf(entry: CatalogEntry): string {
  return entry.manifest?.snapshot?.takenAt ?? entry.manifest?.createdAt ?? "an unknown time";
}

function isRegistered(entry: CatalogEntry): boolean {
  return entry.manifest !== null || entry.problem !== null;
}

function isOfLive(entry: CatalogEntry): boolean {
  return showsLive(entry) && (entry.manifest !== null || parseBackupId(entry.id)?.type !== "upload");
}

function faultOf(entry: CatalogEntry): string {
  if (!entry.manifest) return "has a manifest that cannot be read";
  if (!entry.object) return "has lost its file: only the manifest is in the bucket";
  if (!isWhole(entry)) return "has another length than its manifest says";
  return `did not pass its check: ${(entry.manifest.verification?.error ?? "damaged").replace(/\.$/, "")}`;
}
