import { stat } from "node:fs/promises";
import { formatSize } from "../backups/format-size";
import { markRestored } from "../backups/mark-restored";
import { requireRestorable } from "../backups/require-restorable";
import { exists, sizeOf } from "../database/durable-files";
import { requireNotHeld } from "../database/exchange";
import { AppError } from "../errors";
import { bring } from "./bring";
import { bringAfterRestore, prepareRecords } from "./bring-records";
import { type Bucket, openBucket } from "./bucket";
import { COMMAND_LINE } from "./caller";
import { chooseBackup, timeOf } from "./choose-backup";
import type { Cli, Outcome } from "./cli";
import { confirmName, requireAnswerable } from "./confirm-name";
import { holdDataFolder } from "./hold-data-folder";
import type { BringRecords } from "./parse-words";
import { putInPlace } from "./put-in-place";
import { type Settled, settleSwap } from "./settle-swap";
import { copyFacts, summariseCopy } from "./summarise-copy";
import { createTerminalRun } from "./terminal-run";

export const USE_THE_SERVER =
  "While it runs, restore on its page or through its API: it swaps the files without a stop. Or stop it, then run this again.";

/**
 * Puts a backup in the live file's place, with no server and no control database. Until the swap the live file is only read; after
 * it the old one is kept. Cut off at any moment, the next run (or the next start of the server) ends it.
 */
export async function restore(
  cli: Cli,
  input: { word: string; yes: boolean; records: BringRecords | null },
): Promise<Outcome> {
  requireAnswerable(cli, input.yes);
  const bucket = await openBucket(cli);
  const folder = await holdDataFolder(cli, USE_THE_SERVER);
  try {
    // First: what stands in the way of the records is said before anything is fetched or exchanged.
    const records = input.records && (await prepareRecords(cli, input.records));
    const restored = await restoreHeld(cli, bucket, input);
    if (!records) return restored;
    const brought = await bringAfterRestore(records);
    return { text: `${restored.text}\n${brought.text}`, json: { ...restored.json, ...brought.json } };
  } finally {
    await folder.release();
  }
}

async function restoreHeld(cli: Cli, bucket: Bucket, input: { word: string; yes: boolean }): Promise<Outcome> {
  const { databasePath } = bucket;
  const run = createTerminalRun(cli);
  const settled = await settleSwap(bucket, run);
  if (settled) cli.terminal.say(sayOf(settled));
  await requireNotHeld(databasePath);
  const id = await chooseBackup(bucket, input.word);
  if (settled?.how === "finished" && settled.backupId === id) return await finishedNow(bucket, id);
  await requireRestorable(bucket, id);
  await confirmName(cli, { yes: input.yes, what: await whatHappens(bucket, id) });
  const here = await exists(databasePath);
  const brought = await bring(bucket, {
    id,
    operation: run,
    basePath: here ? databasePath : null,
    // Given up with Ctrl-C, what was fetched serves the next run; the server's start removes it.
    into: bucket.kept.incomingPath(id),
  });
  if (run.signal.aborted) throw new AppError("cancelled", "Given up before files were exchanged; nothing was changed.");
  const { keptName } = await putInPlace(bucket, {
    reason: "restore",
    path: brought.path,
    walPath: null,
    backupId: id,
    replacedBy: id,
  });
  const { marked } = await markRestored(bucket, { caller: COMMAND_LINE, id, formerId: null, lineage: null });
  const kept = keptName ? `\nThe old file is kept as ${keptName}; restore --undo brings it back.` : "";
  return {
    text: `${databasePath} is ${id}: ${summariseCopy(brought)}.${kept}${marked ? "" : "\nThe mark “latest restored” could not be written; nothing else is missing."}`,
    json: { file: databasePath, keptName, marked, ...copyFacts(brought) },
  };
}

export function sayOf({ how, reason, backupId }: Settled): string {
  const what = reason === "restore" ? `A restore${backupId ? ` of ${backupId}` : ""}` : "An undo";
  return how === "finished"
    ? `${what} was cut off while files were being exchanged. It is finished now: the new database is in place and reads.`
    : `${what} was cut off while files were being exchanged. It is undone: the database from before is back, whole.`;
}

async function finishedNow(bucket: Bucket, id: string): Promise<Outcome> {
  const { marked } = await markRestored(bucket, { caller: COMMAND_LINE, id, formerId: null, lineage: null });
  const file = bucket.databasePath;
  return {
    text: `${file} is ${id}; nothing had to be fetched.`,
    json: { file, id, marked, finishedInterrupted: true },
  };
}

async function whatHappens({ databasePath, databaseName, catalog }: Bucket, id: string): Promise<string> {
  const entry = catalog.get(id);
  const backup = `${id}, ${formatSize(entry?.manifest?.file.bytes ?? 0)}, shows ${databaseName} as of ${entry ? timeOf(entry) : "?"}.`;
  if (!(await exists(databasePath))) return `${backup}\nThere is no database at ${databasePath}: it is put there.`;
  const { mtime } = await stat(databasePath);
  const bytes = (await sizeOf(databasePath)) + (await sizeOf(`${databasePath}.wal`));
  return `${backup}\nIt takes the place of ${databasePath} (${formatSize(bytes)}, last written ${mtime.toISOString()}), which is kept beside it.`;
}
