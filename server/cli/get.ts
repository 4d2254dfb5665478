import { rename, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { exists, syncFile } from "../database/durable-files";
import { realDatabasePath } from "../database/real-path";
import { WAL_SUFFIXES } from "../database/swap";
import { bring } from "./bring";
import { type Bucket, openBucket } from "./bucket";
import { chooseBackup } from "./choose-backup";
import type { Cli, Outcome } from "./cli";
import { WrongUse } from "./exit-codes";
import { holdPart } from "./hold-part";
import { copyFacts, summariseCopy } from "./summarise-copy";
import { createTerminalRun } from "./terminal-run";

/**
 * A stored backup as a plain file of this machine. It grows as FILE.part, goes on there when it was cut off, is checked part by
 * part and read whole, and only then gets its name: whatever is called FILE is good.
 */
export async function get(cli: Cli, input: { word: string; into: string; force: boolean }): Promise<Outcome> {
  const bucket = await openBucket(cli);
  const file = resolve(cli.folder, input.into);
  await requireFree(bucket, file, input.force);
  const part = await holdPart(`${file}.part`);
  try {
    const id = await chooseBackup(bucket, input.word);
    const brought = await bring(bucket, {
      id,
      operation: createTerminalRun(cli),
      basePath: (await exists(file)) ? file : null,
      into: part.path,
    });
    await rename(part.path, file);
    await syncFile(dirname(file));
    return { text: `${file}\n${id}: ${summariseCopy(brought)}`, json: { file, ...copyFacts(brought) } };
  } finally {
    await part.release();
  }
}

async function requireFree(bucket: Bucket, file: string, force: boolean): Promise<void> {
  if ((await realDatabasePath(file)) === bucket.databasePath) {
    throw new WrongUse(
      `${file} is the live database; nothing was fetched.`,
      "Use restore, which looks who has it open and keeps what is there; or name another file.",
    );
  }
  const there = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (there?.isDirectory()) throw new WrongUse(`${file} is a folder; nothing was fetched.`, "Name the file itself.");
  if (there && !force) {
    throw new WrongUse(
      `${file} exists; nothing was fetched.`,
      "Name another file, or add --force to replace this one.",
    );
  }
  for (const suffix of WAL_SUFFIXES) {
    if (!(await exists(file + suffix))) continue;
    throw new WrongUse(
      `${file}${suffix} exists: DuckDB would play this log into the new file and change it. Nothing was fetched.`,
      "Move it away, or name another file.",
    );
  }
}
