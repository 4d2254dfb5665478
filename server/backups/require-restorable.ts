import { AppError } from "../errors";
import type { BackupContext } from "./context";
import { unknownBackup } from "./manifest-editor";
import { isWhole } from "./protect";
import { requireEntry } from "./require-entry";

/** What can be said before a run is recorded. */
export async function requireRestorable(ctx: Pick<BackupContext, "catalog">, id: string): Promise<void> {
  const entry = await requireEntry(ctx, id);
  if (!entry.manifest) {
    if (!entry.object) throw unknownBackup(id);
    throw new AppError("conflict", `${id} has no readable manifest, so it was not restored.`, {
      hint: "Register it first: that reads it whole and writes the manifest anew.",
    });
  }
  if (entry.manifest.verification?.result === "failed") {
    throw new AppError(
      "backup_damaged",
      `${id} did not pass its check, so it was not restored: ${entry.manifest.verification.error ?? ""}`.trim(),
      {
        hint: "Choose another backup, or verify this one again if you have mended it.",
      },
    );
  }
  if (!isWhole(entry)) {
    throw new AppError(
      "backup_missing",
      `The file of ${id} is not in the bucket as its manifest says, so it was not restored.`,
      {
        hint: "Choose another backup.",
      },
    );
  }
  if (entry.manifest.deletesAt) {
    throw new AppError("conflict", `${id} is on its way out, so it was not restored.`, {
      hint: "Undo its deletion first.",
    });
  }
}
