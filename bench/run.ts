import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApi } from "../e2e/harness/api";
import { projectFolder, storeEnvironment } from "../e2e/harness/environment";
import { startServer } from "../e2e/harness/server";
import type { StoreSettings } from "../server/storage/object-store";
import { startR2Simulator } from "../server/storage/testing/r2-simulator";
import { startCountingProxy } from "./counting-proxy";
import { measureFirstBackup, printFirstBackup } from "./first-backup";
import { measureGateClosed, printGateClosed } from "./gate-closed";
import { prepareWorker } from "./measured-worker";
import { measureRestore, printRestore } from "./restore";
import { measureTransfer } from "./transfer";
import { printTransfer } from "./transfer-results";
import { backUpUnderLoad, printUnderLoad } from "./under-load";
import { measureWriterLatency, printWriterLatency } from "./writer-latency";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    store: { type: "string", default: "r2" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
    restores: { type: "string", default: "12" },
    "no-count": { type: "boolean", default: false },
    whole: { type: "boolean", default: false },
    profile: { type: "string" },
    "gate-size": { type: "string", default: "50MB" },
    only: { type: "string", default: "all" },
    url: { type: "string" },
    token: { type: "string" },
  },
});
const isWanted = (part: string): boolean => values.only === "all" || values.only === part;

if (values.url) {
  // A server of yours: its writers and its bucket. Leaves a table bench_writes and one backup behind.
  printWriterLatency(await measureWriterLatency(createApi(values.url, values.token), Number(values.seconds)));
} else {
  await runHere();
}

async function runHere(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-bench-"));
  const own = values.store === "s3" ? ownBucket() : null;
  const simulator = values.store === "r2" ? await startR2Simulator({ persistFolder: join(folder, "r2") }) : null;
  const dataDir = (round: number | string) => join(folder, `data-${round}`);
  const store = (round: number | string): StoreSettings =>
    own ?? simulator?.settings ?? { kind: "local", folder: join(dataDir(round), "bucket") };
  try {
    const name = own ? `bucket at ${own.endpoint}` : simulator ? "R2 simulator on this machine" : "local folder";
    console.log(`Store: ${name}; load before ${loads()}`);
    if (isWanted("first") || isWanted("writer") || isWanted("load")) {
      const file = makeSample(join(folder, "hesocial.duckdb"), values.size);
      if (isWanted("first")) {
        printFirstBackup(await measureFirstBackup({ file, store, dataDir, rounds: Number(values.rounds) }));
      }
      if (isWanted("writer") || isWanted("load")) await runUnderWriters(file);
      await rm(file);
    }
    if (isWanted("transfer")) await runTransfer();
    if (isWanted("restore")) await runRestore();
    if (isWanted("gate")) await runGate();
    console.log(`\nLoad after ${loads()}`);
  } finally {
    await simulator?.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async function runUnderWriters(file: string): Promise<void> {
    const env = { DATABASE_PATH: file, R2_BACKUP_PATH: "/writer/", ...storeEnvironment(store(0)) };
    const server = await startServer({ dataDir: dataDir(0), env });
    try {
      if (isWanted("writer")) printWriterLatency(await measureWriterLatency(server.api, Number(values.seconds)));
      // The download link is the bucket's own; a folder has none.
      if (isWanted("load") && simulator) {
        printUnderLoad(await backUpUnderLoad(server.api, join(folder, "fetched.duckdb")));
      }
    } finally {
      await server.dispose();
    }
  }

  async function runTransfer(): Promise<void> {
    const sample = makeSample(join(folder, "sample.duckdb"), values.size);
    const target = store("transfer");
    // A real bucket is asked by its own name and over TLS: nothing stands between.
    const canCount = target.kind === "r2" && target.endpoint.startsWith("http:");
    const proxy = canCount ? await startCountingProxy(target) : null;
    const measureJob = await prepareWorker({ folder, profileFolder: values.profile ?? null });
    const rows = { rounds: Number(values.rounds), counts: !values["no-count"], wholeOnly: values.whole };
    const readThroughProxy = simulator !== null;
    try {
      printTransfer(
        await measureTransfer({ sample, folder, store: target, proxy, readThroughProxy, ...rows, measureJob }),
      );
    } finally {
      await proxy?.stop();
    }
  }

  async function runRestore(): Promise<void> {
    await mkdir(dataDir("restore"), { recursive: true });
    const file = makeSample(join(dataDir("restore"), "hesocial.duckdb"), values.size);
    const proxy = simulator && (await startCountingProxy(simulator.settings));
    const input = { file, dataDir: dataDir("restore"), takeBytes: proxy && (() => proxy.take().receivedBytes) };
    try {
      const measured = { ...input, store: proxy?.settings ?? store("restore"), rounds: Number(values.rounds) };
      printRestore(await measureRestore(measured));
    } finally {
      await proxy?.stop();
    }
  }

  async function runGate(): Promise<void> {
    await mkdir(dataDir("gate"), { recursive: true });
    const file = makeSample(join(dataDir("gate"), "hesocial.duckdb"), values["gate-size"]);
    const env = { DATABASE_PATH: file, R2_BACKUP_PATH: "/gate/", BACKUP_ENABLED: "false" };
    const server = await startServer({ dataDir: dataDir("gate"), env: { ...env, ...storeEnvironment(store("gate")) } });
    try {
      printGateClosed(await measureGateClosed(server.api, Number(values.restores)));
    } finally {
      await server.dispose();
    }
  }
}

/** Only this part leaves nothing behind there. */
function ownBucket(): Extract<StoreSettings, { kind: "r2" }> {
  if (values.only !== "transfer") throw new Error("--store s3 goes with --only transfer.");
  const read = (name: string) => {
    const value = process.env[name];
    if (!value) throw new Error(`--store s3: set ${name}.`);
    return value;
  };
  return {
    kind: "r2",
    endpoint: read("R2_ENDPOINT"),
    region: process.env.R2_REGION ?? "auto",
    bucket: read("R2_BUCKET_NAME"),
    accessKeyId: read("R2_ACCESS_KEY_ID"),
    secretAccessKey: read("R2_SECRET_ACCESS_KEY"),
  };
}

function makeSample(file: string, size: string): string {
  const sample = ["scripts/sample.mjs", "--size", size, "--file", file];
  if (spawnSync(process.execPath, sample, { cwd: projectFolder, stdio: "inherit" }).status !== 0) process.exit(1);
  return file;
}

/** Timings of a busy machine say nothing; the ratios of one run still do. */
function loads(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(" ");
}
