import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { syncFile } from "./durable-files";

/** Makes an empty database under a name of its own and renames it: a crash in between never leaves half a file. */
export async function createDatabaseFile(databasePath: string, storageVersion: string): Promise<void> {
  const draft = `${databasePath}.new`;
  await mkdir(dirname(databasePath), { recursive: true });
  await rm(draft, { force: true });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const path = draft.replaceAll("'", "''");
    await connection.run(`ATTACH '${path}' AS draft (STORAGE_VERSION '${storageVersion.replaceAll("'", "''")}')`);
    await connection.run("DETACH draft");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await syncFile(draft);
  await rename(draft, databasePath);
  await syncFile(dirname(databasePath));
}
