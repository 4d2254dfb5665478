import { stat } from "node:fs/promises";
import { storeEnvironment } from "../e2e/harness/environment";
import { startServer } from "../e2e/harness/server";
import type { StoreSettings } from "../server/storage/object-store";
import { median, row } from "./numbers";
import { plainCopy } from "./plain-copy";

export interface FirstBackup {
  bytes: number;
  copySeconds: number[];
  backupSeconds: number[];
}

export interface FirstBackupInput {
  /** A database at rest; each round's server opens this very file. */
  file: string;
  store(round: number): StoreSettings;
  dataDir(round: number): string;
  rounds: number;
}

/** Plain copy and first backup take turns, each round into a place that holds nothing yet. */
export async function measureFirstBackup({ file, store, dataDir, rounds }: FirstBackupInput): Promise<FirstBackup> {
  const result: FirstBackup = { bytes: (await stat(file)).size, copySeconds: [], backupSeconds: [] };
  // The store's and the SDK's first requests cost the copy seconds that the backup would then be spared. Not counted.
  await plainCopy(file, store(0));
  for (let round = 1; round <= rounds; round += 1) {
    result.copySeconds.push(await plainCopy(file, store(round)));
    const server = await startServer({
      dataDir: dataDir(round),
      env: { DATABASE_PATH: file, R2_BACKUP_PATH: `/round-${round}/`, ...storeEnvironment(store(round)) },
    });
    try {
      const startedAt = performance.now();
      await server.api.backup({ note: "bench: first backup" });
      result.backupSeconds.push((performance.now() - startedAt) / 1000);
    } finally {
      // Killed: a stop would take another backup, and the file is at rest after the first one's checkpoint.
      await server.dispose();
    }
  }
  return result;
}

export function printFirstBackup({ bytes, copySeconds, backupSeconds }: FirstBackup): void {
  const rate = (seconds: number) => bytes / 1e6 / seconds;
  const copy = median(copySeconds);
  const backup = median(backupSeconds);
  console.log(`\nFirst backup of ${(bytes / 1e6).toFixed(0)} MB, median of ${copySeconds.length} (least to most)`);
  console.log(row("", ["seconds", "MB/s", "", ""]));
  for (const [name, seconds] of [
    ["plain copy", copySeconds],
    ["first backup", backupSeconds],
  ] as const) {
    const range = `${Math.min(...seconds).toFixed(1)}-${Math.max(...seconds).toFixed(1)}`;
    console.log(row(name, [median([...seconds]), rate(median([...seconds])), range]));
  }
  console.log(row("ratio", [`${(backup / copy).toFixed(2)} x`]));
}
