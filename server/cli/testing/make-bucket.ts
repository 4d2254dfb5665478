import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock";
import type { ObjectStore, StoreSettings } from "../../storage/object-store";
import { openStore } from "../../storage/open-store";
import { startR2Simulator } from "../../storage/testing/r2-simulator";
import { startRuntime } from "../../testing/runtime-fixture";
import { bucketEnvironment } from "./run-nestegg";

export interface MadeBucket {
  settings: Extract<StoreSettings, { kind: "r2" }>;
  /** For the program: the bucket's settings and nothing else. */
  environment: Record<string, string>;
  store: ObjectStore;
  /** Of an empty machine; each call another. */
  emptyFolder(): Promise<string>;
  /** Of a stopped server whose database has gone on since the newer backup. */
  serverFolder: string;
  /** 300,000 rows, then 200,000, then a third state that is in no backup. */
  older: string;
  newer: string;
  stop(): Promise<void>;
}

/** A bucket with two verified backups of several parts each, made by a real server that has stopped since. */
export async function makeBucket(): Promise<MadeBucket> {
  const simulator = await startR2Simulator();
  const folders: string[] = [];
  const emptyFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-cli-"));
    folders.push(folder);
    return folder;
  };
  const serverFolder = await emptyFolder();
  const server = await startRuntime({
    folder: serverFolder,
    environment: { BACKUP_ENABLED: "false" },
    storage: simulator.settings,
  });
  await server.sql("CREATE TABLE history AS SELECT 'first' AS text");
  await server.sql(
    "CREATE TABLE ballast AS SELECT range AS id, md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS text FROM range(300000)",
  );
  const older = await server.backUp({ verify: true, note: "before the sale" });
  await server.sql("UPDATE history SET text = 'second'");
  await server.sql("DELETE FROM ballast WHERE id % 3 = 0");
  const newer = await server.backUp({ verify: true });
  await server.sql("UPDATE history SET text = 'third'");
  await server.stop();
  return {
    settings: simulator.settings,
    environment: bucketEnvironment(simulator.settings),
    store: await openStore(simulator.settings, { clock: systemClock }),
    emptyFolder,
    serverFolder,
    older: older.id,
    newer: newer.id,
    async stop() {
      await simulator.stop();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
