import type { Operations } from "../control/types";
import type { AuditEntry, BackupView } from "../nestegg";
import type { BackupContext } from "./context";
import { unknownBackup } from "./manifest-editor";
import { listFacts, viewBackup } from "./view";

/** What an edit tells of itself, and to whom. */
export type EditContext = Pick<BackupContext, "catalog" | "audit"> & {
  prices: BackupContext["prices"];
  operations: Pick<Operations, "announce" | "active">;
  retention?: BackupContext["retention"];
};

/** After an edit: the audit row, word to the listeners, and the backup as it is now. */
export async function changed(ctx: EditContext, entry: AuditEntry & { target: string }): Promise<BackupView> {
  await ctx.audit(entry);
  ctx.operations.announce("backups");
  const found = ctx.catalog.get(entry.target);
  if (!found) throw unknownBackup(entry.target);
  const [entries, active] = [ctx.catalog.entries(), ctx.operations.active()];
  return viewBackup(found, listFacts(entries, active, ctx.prices(), ctx.retention?.plan({ entries, active })));
}
