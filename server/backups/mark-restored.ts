import type { Caller } from "../control/types";
import type { BackupContext } from "./context";
import { type MarkContext, setStatus } from "./set-status";

interface Swapped {
  caller: Caller;
  /** The backup that holds exactly what is live now; null: none does. */
  id: string | null;
  /** The one that was live before by an earlier restore, and is no longer. */
  formerId: string | null;
  /** Of the live database now; null where nobody knows it. */
  lineage: string | null;
}

/**
 * After a swap: the backup that is live now becomes `latest_restored` and counts as the newest cover, so that neither a start on an
 * empty machine nor "latest" brings back what was thrown away. The swap itself is over by then and stands: a storage that is away
 * costs only the mark, and the answer says so.
 */
export async function markRestored(
  ctx: MarkContext & Pick<BackupContext, "log">,
  { caller, id, formerId, lineage }: Swapped,
): Promise<{ marked: boolean }> {
  const swapped = { lineage };
  try {
    if (id !== null) await setStatus(ctx, caller, { id, status: "latest_restored", swapped });
    else if (formerId !== null) await setStatus(ctx, caller, { id: formerId, status: null, swapped });
    return { marked: id !== null };
  } catch (error) {
    ctx.log.warn({ err: error, id }, "the mark latest_restored could not be written");
    return { marked: false };
  }
}
