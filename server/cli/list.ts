import { listFacts, viewBackup } from "../backups/view";
import type { BackupView } from "../nestegg";
import { openBucket } from "./bucket";
import type { Cli, Outcome } from "./cli";
import { table } from "./table";
import { sentInShort } from "./transfer-words";

/** From the bucket itself, newest first. */
export async function list(cli: Cli, { limit }: { limit: number | null }): Promise<Outcome> {
  const bucket = await openBucket(cli);
  const { catalog, databaseName, store } = bucket;
  await catalog.refresh();
  const entries = catalog.entries();
  const facts = listFacts(entries, [], bucket.prices());
  const all = entries.map((entry) => viewBackup(entry, facts));
  const backups = limit === null ? all : all.slice(0, limit);
  const where = `${store.label}, path /${bucket.prefix}`;
  return {
    text:
      all.length === 0
        ? `No backup of ${databaseName} in ${where}. Backups are found by the database's name: DATABASE_PATH sets it.`
        : `${rowsOf(backups)}\n${backups.length < all.length ? `${backups.length} of ` : ""}${all.length} ${all.length === 1 ? "backup" : "backups"} of ${databaseName} in ${where}`,
    json: { backups, total: all.length, latest: facts.newestGoodId, storage: store.label, path: bucket.prefix },
  };
}

function rowsOf(backups: BackupView[]): string {
  return table([
    ["ID", "STATE", "SIZE", "SENT", "NOTES"],
    ...backups.map((backup) => [backup.id, backup.state, backup.size, sentInShort(backup), notesOf(backup)]),
  ]);
}

function notesOf(backup: BackupView): string {
  const tags = Object.entries(backup.tags).map(([key, value]) => `${key}=${value}`);
  const marks = [backup.protectedBecause, backup.locked && backup.protectedBecause !== "locked" ? "locked" : null];
  return [...marks, ...tags, backup.note].filter(Boolean).join(", ");
}
