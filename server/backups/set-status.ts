import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { BackupView } from "../nestegg";
import { changed, type EditContext } from "./changed";
import type { BackupContext } from "./context";
import { latestRestored, liveAt } from "./protect";

export type MarkContext = EditContext &
  Pick<BackupContext, "clock"> & { manifests: Pick<BackupContext["manifests"], "update"> };

/**
 * Marks the one backup that was restored last, or clears the mark. At most one holder by construction: the greatest time wins
 * when the list is read, so a mark is one write to one manifest (invariant 6). Clearing another than the holder changes nothing.
 * `swapped`: not set by hand, the live database became this backup, or (cleared) is it no longer.
 */
export async function setStatus(
  ctx: MarkContext,
  caller: Caller,
  input: { id: string; status: "latest_restored" | null; swapped?: { lineage: string | null } },
): Promise<BackupView> {
  await ctx.catalog.refresh();
  const by = caller.actor.name;
  if (input.status === null) {
    await ctx.manifests.update(input.id, (manifest) => {
      const holder = latestRestored(ctx.catalog.entries())?.id === input.id;
      const { liveAgain, ...rest } = manifest;
      const kept = input.swapped ? rest : manifest;
      return kept.restored && holder ? { ...kept, restored: { ...kept.restored, by, cleared: true } } : kept;
    });
    return changed(ctx, { caller, action: "backup.clear-latest-restored", target: input.id });
  }
  await ctx.manifests.update(input.id, (manifest) => {
    if (manifest.deletesAt) {
      throw new AppError("conflict", `${input.id} is on its way out, so it was not marked.`, {
        hint: "Undo the deletion first, then mark it.",
      });
    }
    const at = laterThanAll(ctx).toISOString();
    const liveAgain = input.swapped && { at, lineage: input.swapped.lineage };
    return { ...manifest, restored: { at, by }, ...(liveAgain && { liveAgain }) };
  });
  return changed(ctx, { caller, action: "backup.mark-latest-restored", target: input.id });
}

/** Than every mark, and every backup: an id's time can be ahead of a clock that was set back. */
function laterThanAll(ctx: Pick<BackupContext, "catalog" | "clock">): Date {
  const times = ctx.catalog
    .entries()
    .flatMap((entry) => [Date.parse(entry.manifest?.restored?.at ?? "1970-01-01T00:00:00Z"), liveAt(entry)]);
  return new Date(Math.max(ctx.clock.now().getTime(), ...times.map((time) => time + 1)));
}
