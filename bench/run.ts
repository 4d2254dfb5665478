import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApi } from "../e2e/harness/api";
import { projectFolder, storeEnvironment } from "../e2e/harness/environment";
import { startServer } from "../e2e/harness/server";
import type { StoreSettings } from "../server/storage/object-store";
import { startR2Simulator } from "../server/storage/testing/r2-simulator";
import { measureFirstBackup, printFirstBackup } from "./first-backup";
import { backUpUnderLoad, printUnderLoad } from "./under-load";
import { measureWriterLatency, printWriterLatency } from "./writer-latency";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    store: { type: "string", default: "r2" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
    only: { type: "string", default: "all" },
    url: { type: "string" },
    token: { type: "string" },
  },
});

if (values.url) {
  // A server of yours: its writers and its bucket. Leaves a table bench_writes and one backup behind.
  printWriterLatency(await measureWriterLatency(createApi(values.url, values.token), Number(values.seconds)));
} else {
  await runHere();
}

async function runHere(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-bench-"));
  const simulator = values.store === "r2" ? await startR2Simulator({ persistFolder: join(folder, "r2") }) : null;
  const dataDir = (round: number) => join(folder, `data-${round}`);
  const store = (round: number): StoreSettings =>
    simulator?.settings ?? { kind: "local", folder: join(dataDir(round), "bucket") };
  try {
    const file = join(folder, "hesocial.duckdb");
    const sample = ["scripts/sample.mjs", "--size", values.size, "--file", file];
    if (spawnSync(process.execPath, sample, { cwd: projectFolder, stdio: "inherit" }).status !== 0) process.exit(1);
    console.log(`Store: ${simulator ? "R2 simulator on this machine" : "local folder"}`);
    if (values.only === "all" || values.only === "first") {
      printFirstBackup(await measureFirstBackup({ file, store, dataDir, rounds: Number(values.rounds) }));
    }
    if (values.only !== "first") {
      const env = { DATABASE_PATH: file, R2_BACKUP_PATH: "/writer/", ...storeEnvironment(store(0)) };
      const server = await startServer({ dataDir: dataDir(0), env });
      try {
        if (values.only !== "load") printWriterLatency(await measureWriterLatency(server.api, Number(values.seconds)));
        // The download link is the bucket's own; a folder has none.
        if (values.only !== "writer" && simulator) {
          printUnderLoad(await backUpUnderLoad(server.api, join(folder, "fetched.duckdb")));
        }
      } finally {
        await server.dispose();
      }
    }
  } finally {
    await simulator?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
