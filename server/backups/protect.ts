import type { BackupView } from "../nestegg";
import { parseBackupId } from "./backup-id";
import type { CatalogEntry } from "./catalog";

/** Stored whole: object and manifest in the same listing, the object as long as the manifest says. */
export function isWhole(entry: CatalogEntry): boolean {
  return entry.manifest !== null && entry.object !== null && entry.object.bytes === entry.manifest.file.bytes;
}

/** Good = stored and not failed. */
export function isGood(entry: CatalogEntry): boolean {
  return isWhole(entry) && entry.manifest?.verification?.result !== "failed";
}

/** Its time is not the time of what is in it: an uploaded file, or a replaced database, says nothing of the live one. */
export function showsLive(entry: CatalogEntry): boolean {
  return entry.manifest?.fromFile !== true || entry.manifest.liveAgain !== undefined;
}

/**
 * Up to when it shows the live database, in milliseconds. After a restore the backup that came back is newer in this sense than
 * the safety backup, and every other one, of the data that was thrown away.
 */
export function liveAt({ id, manifest }: CatalogEntry): number {
  if (!manifest) return parseBackupId(id)?.time.getTime() ?? 0;
  const again = Date.parse(manifest?.liveAgain?.at ?? "") || 0;
  if (manifest?.fromFile) return again;
  return Math.max(
    again,
    Date.parse(manifest?.snapshot?.takenAt ?? "") || 0,
    Date.parse(manifest?.createdAt ?? "") || 0,
  );
}

/** The one that shows the latest state of the live database first. */
export function byLiveTime(entries: CatalogEntry[]): CatalogEntry[] {
  return [...entries].sort((a, b) => liveAt(b) - liveAt(a));
}

/**
 * Of those that show the live database, the latest state of it. One on its way out does not count, else the last two could be deleted one after the other; but when no
 * other good one is left, it is the last way back again.
 */
export function newestGood(entries: CatalogEntry[]): CatalogEntry | undefined {
  const good = byLiveTime(entries.filter(isGood));
  const stays = good.filter((entry) => !entry.manifest?.deletesAt);
  return stays.find(showsLive) ?? good.find(showsLive) ?? stays[0] ?? good[0];
}

/** The newest good one that shows the live database: what the verdict on its protection is about. */
export function newestCover(entries: CatalogEntry[]): CatalogEntry | undefined {
  const newest = newestGood(entries);
  return newest && showsLive(newest) ? newest : undefined;
}

/** The mark with the greatest time wins; when that one is cleared nobody holds it (invariant 6). */
export function latestRestored(entries: CatalogEntry[]): CatalogEntry | undefined {
  let holder: CatalogEntry | undefined;
  for (const entry of entries) {
    const mark = entry.manifest?.restored;
    if (mark && (!holder?.manifest?.restored || mark.at > holder.manifest.restored.at)) holder = entry;
  }
  return holder?.manifest?.restored?.cleared ? undefined : holder;
}

/** Promise 5: nothing is deleted that could be the last way back. Null when it may go. */
export function protection(entry: CatalogEntry, entries: CatalogEntry[]): BackupView["protectedBecause"] {
  if (newestGood(entries)?.id === entry.id) return "newest good";
  if (entry.manifest?.locked) return "locked";
  if (latestRestored(entries)?.id === entry.id) return "latest restored";
  return null;
}
