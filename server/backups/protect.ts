import type { BackupView } from "../nestegg";
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
  return entry.manifest?.fromFile !== true;
}

/**
 * `entries` newest first. One on its way out does not count, else the last two could be deleted one after the other; but when no
 * other good one is left, it is the last way back again.
 */
export function newestGood(entries: CatalogEntry[]): CatalogEntry | undefined {
  const stays = entries.filter((entry) => isGood(entry) && !entry.manifest?.deletesAt);
  return (
    stays.find(showsLive) ??
    entries.find((entry) => isGood(entry) && showsLive(entry)) ??
    stays[0] ??
    entries.find(isGood)
  );
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
