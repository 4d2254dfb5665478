import { hasCode } from "../errors";
import type { BaseFile } from "../worker/protocol";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { byLiveTime, isGood } from "./protect";

/** A backup that cannot be read or is gone is passed over; more than a few of them are a bucket's trouble, not a matter of luck. */
const CANDIDATES = 3;

export interface Base {
  id: string;
  file: BaseFile;
}

/**
 * The backup whose parts need not be sent again: the newest good one in parts of the same size. Null when there is none. `lineage`
 * is the history of the file that is backed up now. Two requests: for its manifest, which alone has the hashes, and for its object.
 */
export async function chooseBase(
  ctx: BackupContext,
  { partBytes, lineage }: { partBytes: number; lineage: string },
): Promise<Base | null> {
  const fitting = byLiveTime(ctx.catalog.entries().filter((entry) => fits(entry, partBytes)));
  for (const { id } of fitting.slice(0, CANDIDATES)) {
    const read = await ctx.catalog.readManifest(id).catch((error: unknown) => {
      if (hasCode(error, "backup_damaged")) return null;
      throw error;
    });
    const file = read?.manifest.file;
    if (!file || file.parts.length !== Math.ceil(file.bytes / file.partBytes)) continue;
    const { etag, bytes, parts, headerSha256 } = file;
    // The list may be minutes old: an older backup that is there saves more than the newest one that is gone.
    const object = await ctx.store.head(ctx.catalog.keyOf(id));
    if (object?.etag !== etag || object.bytes !== bytes) continue;
    const sameHistory = file.lineage === lineage;
    return { id, file: { key: ctx.catalog.keyOf(id), etag, bytes, partBytes, parts, headerSha256, sameHistory } };
  }
  return null;
}

/** One that is on its way out may be gone before its parts are copied. */
function fits(entry: CatalogEntry, partBytes: number): boolean {
  return isGood(entry) && entry.manifest?.file.partBytes === partBytes && !entry.manifest.deletesAt;
}
