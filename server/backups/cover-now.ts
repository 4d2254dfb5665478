import { type BackupContext, inBackground, systemCaller } from "./context";
import { startBackup } from "./create";

/**
 * After a swap that left the live database in no backup that is known as its own: one is taken at once. Else the newest one would
 * show the data that was thrown away.
 */
export function coverNow(ctx: BackupContext): void {
  if (!ctx.backupEnabled) return;
  const request = { type: "scheduled" as const, tags: {}, note: "", verify: false };
  const started = startBackup(ctx, systemCaller("after a restore"), request);
  inBackground(
    ctx,
    started.then(({ done }) => done),
  );
}
