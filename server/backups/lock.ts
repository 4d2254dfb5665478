import type { Caller } from "../control/types";
import { AppError } from "../errors";
import type { BackupView } from "../nestegg";
import { changed } from "./changed";
import type { BackupContext } from "./context";

/** A locked backup is deleted by nobody, retention included, until it is unlocked. */
export async function lockBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string; locked: boolean },
): Promise<BackupView> {
  await ctx.manifests.update(input.id, (manifest) => {
    if (input.locked && manifest.deletesAt) {
      throw new AppError("conflict", `${input.id} is on its way out, so it was not locked.`, {
        hint: "Undo the deletion first, then lock it.",
      });
    }
    return { ...manifest, locked: input.locked };
  });
  return changed(ctx, { caller, action: input.locked ? "backup.lock" : "backup.unlock", target: input.id });
}
