import { formatSize } from "../backups/format-size";
import { inspectKept } from "../backups/inspect-kept";
import { markRestored } from "../backups/mark-restored";
import { coverOf } from "../backups/undo-restore";
import { requireNotHeld } from "../database/exchange";
import { forgetKept, type KeptFile } from "../database/kept-files";
import { AppError } from "../errors";
import { type Bucket, openBucket } from "./bucket";
import { COMMAND_LINE } from "./caller";
import type { Cli, Outcome } from "./cli";
import { confirmName, requireAnswerable } from "./confirm-name";
import { holdDataFolder } from "./hold-data-folder";
import { putInPlace } from "./put-in-place";
import { sayOf, USE_THE_SERVER } from "./restore";
import { settleSwap } from "./settle-swap";
import { createTerminalRun } from "./terminal-run";

/** Swaps the newest kept database back; what is there now is kept in its turn. Needs no storage. */
export async function undo(cli: Cli, { yes }: { yes: boolean }): Promise<Outcome> {
  requireAnswerable(cli, yes);
  const bucket = await openBucket(cli);
  const { databasePath } = bucket;
  const folder = await holdDataFolder(cli, USE_THE_SERVER);
  try {
    const run = createTerminalRun(cli);
    const settled = await settleSwap(bucket, run);
    if (settled) cli.terminal.say(sayOf(settled));
    // What was asked for then is done now; a second undo would take it back.
    if (settled?.how === "finished" && settled.reason === "undo-restore") {
      return { text: `${databasePath} is back as it was.`, json: { file: databasePath, finishedInterrupted: true } };
    }
    await requireNotHeld(databasePath);
    const [kept] = await bucket.kept.list();
    if (!kept) {
      throw new AppError(
        "not_found",
        "No replaced database is kept beside the live one, so there is nothing to undo.",
        {
          hint: "Restore a backup instead.",
        },
      );
    }
    const { replacedAt, replacedBy, backupId } = kept.about;
    await confirmName(cli, {
      yes,
      what: `${kept.name} (${formatSize(kept.bytes)}) comes back: the database that ${replacedBy} replaced at ${replacedAt}.\nWhat is at ${databasePath} now is kept beside it.`,
    });
    await run.step("Check the kept file");
    const { inspection } = await inspectKept(bucket, kept, run);
    await run.stepDone("ok", `${inspection.tables.length} tables, every row read`);
    if (run.signal.aborted)
      throw new AppError("cancelled", "Given up before files were exchanged; nothing was changed.");
    const { keptName } = await putInPlace(bucket, {
      reason: "undo-restore",
      path: kept.path,
      walPath: kept.walBytes > 0 ? `${kept.path}.wal` : null,
      backupId,
      replacedBy: "an undo",
    });
    await forgetKept(kept.path);
    const cleared = await moveMark(bucket, kept);
    const tables = inspection.tables.map(({ schema, name, rows }) => ({ schema, name, rows }));
    return {
      text: `${databasePath} is back as it was at ${replacedAt}: ${tables.length} tables.${keptName ? `\nWhat it replaced is kept as ${keptName}.` : ""}${cleared ? "" : "\nThe mark “latest restored” could not be cleared: the storage did not answer."}`,
      json: { file: databasePath, replacedAt, keptName, tables, cleared },
    };
  } finally {
    await folder.release();
  }
}

/** False only when the storage could not be asked: what no backup holds has no mark to move to. */
async function moveMark(bucket: Bucket, kept: KeptFile): Promise<boolean> {
  try {
    await bucket.catalog.refresh();
  } catch (error) {
    bucket.log.debug({ err: error }, "the mark could not be looked up");
    return false;
  }
  const cover = coverOf(kept);
  const { marked } = await markRestored(bucket, { caller: COMMAND_LINE, ...cover, lineage: null });
  return marked || cover.id === null;
}
