import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { BackupView } from "../nestegg";
import { changed, type EditContext } from "./changed";
import type { BackupContext } from "./context";
import { latestRestored } from "./protect";

export type MarkContext = EditContext &
  Pick<BackupContext, "clock"> & { manifests: Pick<BackupContext["manifests"], "update"> };

/**
 * Marks the one backup that was restored last, or clears the mark. At most one holder by construction: the greatest time wins
 * when the list is read, so a mark is one write to one manifest (invariant 6). Clearing another than the holder changes nothing.
 */
export async function setStatus(
  ctx: MarkContext,
  caller: Caller,
  input: { id: string; status: "latest_restored" | null },
): Promise<BackupView> {
  await ctx.catalog.refresh();
  const by = caller.actor.name;
  if (input.status === null) {
    await ctx.manifests.update(input.id, (manifest) => {
      const holder = latestRestored(ctx.catalog.entries())?.id === input.id;
      return manifest.restored && holder
        ? { ...manifest, restored: { ...manifest.restored, by, cleared: true } }
        : manifest;
    });
    return changed(ctx, { caller, action: "backup.clear-latest-restored", target: input.id });
  }
  await ctx.manifests.update(input.id, (manifest) => {
    if (manifest.deletesAt) {
      throw new AppError("conflict", `${input.id} is on its way out, so it was not marked.`, {
        hint: "Undo the deletion first, then mark it.",
      });
    }
    return { ...manifest, restored: { at: laterThanAll(ctx).toISOString(), by } };
  });
  return changed(ctx, { caller, action: "backup.mark-latest-restored", target: input.id });
}

function laterThanAll(ctx: Pick<BackupContext, "catalog" | "clock">): Date {
  const marks = ctx.catalog
    .entries()
    .map((entry) => Date.parse(entry.manifest?.restored?.at ?? "1970-01-01T00:00:00Z"));
  return new Date(Math.max(ctx.clock.now().getTime(), ...marks.map((mark) => mark + 1)));
}
