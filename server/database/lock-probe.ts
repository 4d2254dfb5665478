import { link, rm } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { holderIn } from "./open-faults";

/**
 * Who holds the file, or null. Only before this process has opened it. The engine takes the lock before it reads a
 * byte; it is asked through a second name of the file, beside which there is no WAL, so that nothing is replayed.
 * Where the filesystem has no second names the answer is null, and the lock is met when the file is opened.
 */
export async function holderOf(databasePath: string): Promise<string | null> {
  const secondName = `${databasePath}.lock-probe`;
  await rm(secondName, { force: true });
  try {
    await link(databasePath, secondName);
  } catch {
    return null;
  }
  try {
    const instance = await DuckDBInstance.create(secondName, { access_mode: "READ_ONLY" });
    instance.closeSync();
    return null;
  } catch (error) {
    // Any other refusal is about the content, which others judge.
    return holderIn(error);
  } finally {
    await rm(secondName, { force: true });
  }
}
