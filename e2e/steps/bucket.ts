import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../server/clock";
import { openStore } from "../../server/storage/open-store";
import type { R2Simulator } from "../../server/storage/testing/r2-simulator";
import type { TestServer } from "../harness/server";

const PREFIX = "backups/";

/**
 * The names under the backup path, sorted, seen past the server: files of the folder, or objects of the bucket. Without the server's
 * own records, which it writes when it likes.
 */
export async function bucketNames(server: TestServer, simulator: R2Simulator | null): Promise<string[]> {
  if (!simulator) return backupsOnly(await readdir(join(server.dataDir, "bucket", PREFIX)).catch(nothingYet));
  const store = await openStore(simulator.settings, { clock: systemClock });
  const names: string[] = [];
  for await (const object of store.list(PREFIX)) names.push(object.key.slice(PREFIX.length));
  return backupsOnly(names);
}

function backupsOnly(names: string[]): string[] {
  return names.filter((name) => !name.endsWith(".records.json")).sort();
}

function nothingYet(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
