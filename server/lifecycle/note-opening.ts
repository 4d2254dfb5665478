import { systemCaller } from "../backups/context";
import { markRestored } from "../backups/mark-restored";
import type { OpenNote } from "../database/open-database";
import type { Parts } from "./parts";

/** What happened while the database was opened: a line in the log, a row in Activity, and the mark of a restore that ended here. */
export async function recordNotes(parts: Parts, notes: OpenNote[]): Promise<void> {
  for (const note of notes) {
    parts.log.warn({ note }, note.message);
    const restore = note.swap?.reason === "restore" || note.swap?.reason === "undo-restore";
    const backupId = note.swap?.context.backupId ?? null;
    const operation = await parts.control.operations.open({
      kind: restore ? "restore" : "rescue",
      title: note.title,
      caller: systemCaller("start"),
      backupId,
      steps: [],
    });
    await parts.control.operations.run(operation.id, async () => ({ summary: note.message }));
    if (note.kind === "swap-finished" && restore) {
      const undone = note.swap?.reason === "undo-restore";
      const coverId = undone ? (note.swap?.context.coverId ?? null) : backupId;
      await markRestored(parts.backups, {
        caller: systemCaller("start"),
        id: coverId,
        formerId: undone ? backupId : null,
        lineage: parts.state.lineage,
      });
    }
  }
}
