import type { Caller } from "../control/types";
import type { BackupView } from "../nestegg";
import { changed } from "./changed";
import type { BackupContext } from "./context";

/** Replaces tags and note as far as they are given. */
export async function tagBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string; tags?: Record<string, string>; note?: string },
): Promise<BackupView> {
  await ctx.manifests.update(input.id, (manifest) => ({
    ...manifest,
    tags: input.tags ?? manifest.tags,
    note: input.note ?? manifest.note,
  }));
  return changed(ctx, {
    caller,
    action: "backup.tag",
    target: input.id,
    detail: { tags: JSON.stringify(input.tags ?? null), note: input.note ?? null },
  });
}
