import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { DuckDBInstance } from "@duckdb/node-api";
import { isCode } from "./durable-files";
import { engineMemory } from "./engine-memory";

/** Here the web server and the workers need theirs too. */
const MEMORY_SHARE = 0.5;

/**
 * Opens the live file with checkpoints of our own only, no way outside, and settings that nobody can change afterwards.
 * An existing file keeps its storage version, whatever is asked for. Rejects with the engine's own error, nothing open.
 */
export async function openInstance(path: string, storageVersion: string): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(path, {
    // Given here and not by SET: else the first commit after a crash could checkpoint.
    checkpoint_threshold: "1TB",
    wal_autocheckpoint_entries: "0",
    enable_external_access: "false",
    allow_community_extensions: "false",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // The guard judges the plan as it was bound too; users' own EXPLAIN gets the physical one alone.
    explain_output: "all",
    threads: String(availableParallelism()),
    memory_limit: engineMemory(MEMORY_SHARE),
    ...((await isNew(path)) ? { storage_compatibility_version: storageVersion } : {}),
  });
  try {
    const connection = await instance.connect();
    try {
      // Not possible in the options: the time zone belongs to an extension that is loaded after them.
      await connection.run("SET GLOBAL TimeZone = 'UTC'");
      await connection.run("SET GLOBAL lock_configuration = true");
    } finally {
      connection.disconnectSync();
    }
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function isNew(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size === 0;
  } catch (error) {
    if (isCode(error, "ENOENT")) return true;
    throw error;
  }
}
