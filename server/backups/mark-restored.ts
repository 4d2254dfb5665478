import type { Caller } from "../control/types";
import type { BackupContext } from "./context";
import { latestRestored } from "./protect";
import { type MarkContext, setStatus } from "./set-status";

/**
 * Moves `latest_restored` to this backup, or takes it away (`cleared`, after an undo). The restore itself is over by then and
 * stands: a storage that is away costs only the mark, and the answer says so.
 */
export async function markRestored(
  ctx: MarkContext & Pick<BackupContext, "log">,
  input: { caller: Caller; id: string; cleared?: boolean },
): Promise<{ marked: boolean }> {
  try {
    if (input.cleared && latestRestored(ctx.catalog.entries())?.id !== input.id) return { marked: true };
    await setStatus(ctx, input.caller, { id: input.id, status: input.cleared ? null : "latest_restored" });
    return { marked: true };
  } catch (error) {
    ctx.log.warn({ err: error, id: input.id }, "the mark latest_restored could not be written");
    return { marked: false };
  }
}
