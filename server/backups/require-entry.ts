import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { unknownBackup } from "./manifest-editor";

/**
 * The row of this id, looked for once more in the bucket when it is not known. Throws the storage's own error while the bucket
 * cannot be read: "there is no such backup" is said only by a list that was read.
 */
export async function requireEntry(ctx: Pick<BackupContext, "catalog">, id: string): Promise<CatalogEntry> {
  const known = ctx.catalog.get(id);
  if (known) return known;
  await ctx.catalog.refresh();
  const entry = ctx.catalog.get(id);
  if (!entry) throw unknownBackup(id);
  return entry;
}
