import { stat } from "node:fs/promises";
import { formatSize } from "../backups/format-size";
import { newestGood } from "../backups/protect";
import { exists } from "../database/durable-files";
import { holderOf } from "../database/lock-probe";
import { journalPath, WAL_SUFFIXES } from "../database/swap";
import { AppError, isAppError } from "../errors";
import type { DoctorRow } from "../nestegg-operate";
import type { Bucket } from "./bucket";
import type { Cli } from "./cli";
import { tryDataFolder } from "./hold-data-folder";
import { createTerminalRun } from "./terminal-run";

/** The files of this machine. While a server owns them they are only looked at from outside. */
export async function checkFiles(cli: Cli, bucket: Bucket): Promise<DoctorRow[]> {
  // An empty machine stays empty: without the folder there is no lock to look at, and nobody who holds one.
  const owned = (await exists(cli.settings.dataDir)) ? await tryDataFolder(cli) : null;
  const server = owned instanceof AppError ? owned.message : null;
  try {
    return [await journalRow(bucket, server), await databaseRow(cli, bucket, server)];
  } finally {
    // Held while the file is read: a server that starts now waits its turn instead of finding it open.
    if (owned && !(owned instanceof AppError)) await owned.release();
  }
}

/** When the database was last written, its log included; null: there is none. */
export async function databaseTimes(path: string): Promise<Date | null> {
  const times = await Promise.all(
    ["", ".wal"].map((suffix) =>
      stat(path + suffix).then(
        ({ mtime }) => mtime.getTime(),
        () => 0,
      ),
    ),
  );
  const newest = Math.max(...times);
  return newest === 0 ? null : new Date(newest);
}

async function journalRow({ databasePath }: Bucket, server: string | null): Promise<DoctorRow> {
  const base = { code: "swap", group: "machine" as const, title: "Exchange of files" };
  const path = journalPath(databasePath);
  if (!(await exists(path))) return { ...base, state: "ok", text: "none is half done", hint: null };
  if (server)
    return { ...base, state: "warning", text: "one is under way in the server", hint: "Look again in a minute." };
  return {
    ...base,
    state: "fault",
    text: `a restore was cut off in the middle; ${path} names every file, nothing is lost`,
    hint: "Start Nestegg, or run the restore again: either ends it.",
  };
}

async function databaseRow(cli: Cli, bucket: Bucket, server: string | null): Promise<DoctorRow> {
  const base = { code: "database", group: "database" as const, title: "Database file" };
  const { databasePath, catalog } = bucket;
  if (server)
    return {
      ...base,
      state: "ok",
      text: `${server.replace(" Nothing was touched.", "")} It was checked when it opened`,
      hint: null,
    };
  if (await exists(journalPath(databasePath))) {
    return { ...base, state: "warning", text: "not looked at while an exchange of files is half done", hint: null };
  }
  if (!(await exists(databasePath))) {
    const stray = (await Promise.all(WAL_SUFFIXES.map((suffix) => exists(databasePath + suffix)))).includes(true);
    const stored = newestGood(catalog.entries()) !== undefined;
    return {
      ...base,
      state: stored || stray ? "fault" : "warning",
      text: `there is no file at ${databasePath}${stray ? ", but a log of it is there" : ""}`,
      hint: missingHint({ stored, stray, listed: catalog.readAt !== null }),
    };
  }
  const holder = await holderOf(databasePath);
  if (holder !== null) {
    return {
      ...base,
      state: "fault",
      text: `${databasePath} is open in ${holder}, which is no Nestegg of these settings`,
      hint: "Stop that process: Nestegg has to be the only one that opens this file.",
    };
  }
  return { ...base, ...(await inspected(cli, bucket)) };
}

/** As the start would do it: it creates an empty database only where nothing says that there was one. */
function missingHint({ stored, stray, listed }: { stored: boolean; stray: boolean; listed: boolean }): string {
  if (stored) return "Mount the right volume, or: npm run -s nestegg -- restore latest";
  if (stray)
    return "Put the file back beside its log: it holds transactions of the missing file. A start creates nothing here.";
  if (!listed)
    return "Mount the right volume, or mend the storage: while it cannot tell whether it has backups, a start creates nothing.";
  return "The first start creates an empty one. Or set DATABASE_PATH as the server has it.";
}

async function inspected(cli: Cli, bucket: Bucket): Promise<Pick<DoctorRow, "state" | "text" | "hint">> {
  const run = createTerminalRun(cli);
  await run.step("Reading the database");
  try {
    const { inspection, bytes } = await bucket.runJob(
      { kind: "inspect", path: bucket.databasePath },
      {
        signal: run.signal,
        lowPriority: true,
        onMessage: (message) => {
          if (message.type === "progress") run.progress(message.doneBytes, message.totalBytes);
        },
      },
    );
    const text = `${bucket.databasePath}, ${formatSize(bytes)}: header, every block and every row of ${inspection.tables.length} tables read`;
    return { state: "ok", text, hint: null };
  } catch (error) {
    if (!isAppError(error) || error.code === "cancelled") throw error;
    const hint =
      "Keep the file as it is. Start Nestegg, which repairs what it can, or: npm run -s nestegg -- restore latest";
    return { state: "fault", text: `${bucket.databasePath}: ${error.message}`, hint };
  } finally {
    cli.terminal.draw("");
  }
}
