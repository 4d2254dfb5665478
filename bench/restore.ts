import { copyFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "../e2e/harness/api";
import { storeEnvironment } from "../e2e/harness/environment";
import { startServer } from "../e2e/harness/server";
import type { StoreSettings } from "../server/storage/object-store";
import { median, row } from "./numbers";
import { rcloneCopy, rcloneVersion } from "./rclone";

const CHANGED_ROWS = 1_000;
/** A stop closes the database, which folds a gigabyte's changes in. */
const STOP_LIMIT_MS = 120_000;

interface Restored {
  /** Fetched, and every part checked. */
  downloadSeconds: number;
  /** From the request to its answer: also every block and row read, files swapped, reopened, rows compared. */
  wholeSeconds: number;
  megabytes: number;
  gateClosedMs: number;
}

interface Copied {
  seconds: number;
  megabytes: number;
}

interface Rounds {
  rclone: Copied[];
  plain: Copied[];
  restore: Restored[];
}

export interface RestoreBench {
  bytes: number;
  version: string | null;
  full: Rounds;
  delta: Rounds;
}

export interface RestoreInput {
  /** A database at rest in the data folder that the servers are given. */
  file: string;
  dataDir: string;
  store: StoreSettings;
  /** Bytes that left the store since the last call; null where it is a folder. */
  takeBytes: (() => number) | null;
  rounds: number;
}

/**
 * One backup, restored over a missing file (full) and over the same database with 1,000 rows changed since (delta); before each
 * restore rclone, or cp from a folder, fetches the same object from the same store to where an equal file lies.
 */
export async function measureRestore(input: RestoreInput): Promise<RestoreBench> {
  const { file, dataDir, store, rounds } = input;
  const environment = {
    DATABASE_PATH: file,
    // Only what is measured shall use the machine and the store.
    BACKUP_ENABLED: "false",
    ...storeEnvironment(store),
  };
  const version = rcloneVersion();
  const server = await startServer({ dataDir, env: environment });
  try {
    const id = await server.api.backup({ note: "bench: restore" }, "?verify=true");
    const object = `backups/${id}`;
    const { size: bytes } = await stat(file);
    const fetched = join(dataDir, "fetched.duckdb");
    const copies = async (rows: Rounds) => {
      const lay = () => copyFile(file, fetched).catch(() => rm(fetched, { force: true }));
      if (version !== null) {
        await lay();
        input.takeBytes?.();
        const seconds = await rcloneCopy(store, object, fetched);
        rows.rclone.push({ seconds, megabytes: (input.takeBytes?.() ?? (await stat(fetched)).size) / 1e6 });
      }
      if (store.kind === "local") {
        await lay();
        const startedAt = performance.now();
        await copyFile(join(store.folder, object), fetched);
        rows.plain.push({ seconds: (performance.now() - startedAt) / 1000, megabytes: bytes / 1e6 });
      }
      await rm(fetched, { force: true });
    };
    const restore = async (rows: Rounds) => {
      input.takeBytes?.();
      const restored = await restoreOnce(server.api, id);
      if (input.takeBytes) restored.megabytes = input.takeBytes() / 1e6;
      rows.restore.push(restored);
    };

    const full: Rounds = { rclone: [], plain: [], restore: [] };
    for (let round = 0; round <= rounds; round += 1) {
      await server.stop(STOP_LIMIT_MS);
      await removeDatabases(file);
      await server.restart({ until: "degraded" });
      // The first requests of store, SDK and rclone cost seconds; not counted.
      const rows = round === 0 ? { rclone: [], plain: [], restore: [] } : full;
      await copies(rows);
      await restore(rows);
    }

    const delta: Rounds = { rclone: [], plain: [], restore: [] };
    for (let round = 1; round <= rounds; round += 1) {
      await changeRows(server.api, round);
      await server.stop(STOP_LIMIT_MS);
      await removeKept(file);
      await server.restart();
      await copies(delta);
      await restore(delta);
    }
    return { bytes, version, full, delta };
  } finally {
    await server.dispose();
  }
}

/** Spread evenly, as an app's day does it: every row group of the table is written anew. */
async function changeRows(api: Api, round: number): Promise<void> {
  const [[count] = []] = await api.sql("SELECT count(*)::INTEGER FROM members");
  const step = Math.floor(Number(count) / CHANGED_ROWS);
  await api.sql(
    `UPDATE members SET city = 'Round ${round}' WHERE member_id % ${step} = 0 AND member_id <= ${step * CHANGED_ROWS}`,
  );
}

/** Without a safety backup: rclone takes none either. */
export async function restoreOnce(api: Api, id: string): Promise<Restored> {
  const startedAt = performance.now();
  const { status, body } = await api.request(`/api/admin/backup/${id}/restore?wait=true`, {
    json: { confirm: id, withoutSafetyBackup: true },
  });
  const wholeSeconds = (performance.now() - startedAt) / 1000;
  if (status !== 200) throw new Error(`restore: ${status} ${JSON.stringify(body)}`);
  const { steps, detail } = body.operation;
  const download = steps.find(({ name }: { name: string }) => name === "Download");
  return {
    downloadSeconds: (Date.parse(download.finishedAt) - Date.parse(download.startedAt)) / 1000,
    wholeSeconds,
    megabytes: detail.fetchedBytes / 1e6,
    gateClosedMs: detail.gateClosedMs,
  };
}

async function removeDatabases(file: string): Promise<void> {
  for (const suffix of ["", ".wal"]) await rm(file + suffix, { force: true });
  await removeKept(file);
}

async function removeKept(file: string): Promise<void> {
  const folder = join(file, "..");
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name.includes(".before-restore-")) await rm(join(folder, name), { force: true });
  }
}

export function printRestore({ bytes, version, full, delta }: RestoreBench): void {
  const size = `${(bytes / 1e6).toFixed(0)} MB`;
  printRounds(`Full restore of ${size}, the database being gone`, version, full);
  printRounds(`Delta restore: ${CHANGED_ROWS.toLocaleString("en")} rows of ${size} changed since`, version, delta);
}

function printRounds(title: string, version: string | null, { rclone, plain, restore }: Rounds): void {
  console.log(`\n${title}; median of ${restore.length} (least to most)`);
  console.log(row("", ["seconds", "", "MB fetched", ...(version ? ["of rclone"] : [])]));
  const yardstick = median(rclone.map(({ seconds }) => seconds));
  const print = (name: string, seconds: number[], megabytes: number[]) => {
    if (seconds.length === 0) return;
    const range = `${Math.min(...seconds).toFixed(1)}-${Math.max(...seconds).toFixed(1)}`;
    const ratio = rclone.length > 0 ? [`${(median(seconds) / yardstick).toFixed(2)} x`] : [];
    console.log(row(name, [median(seconds), range, median(megabytes), ...ratio]));
  };
  const copied = (name: string, rows: Copied[]) =>
    print(
      name,
      rows.map(({ seconds }) => seconds),
      rows.map(({ megabytes }) => megabytes),
    );
  const fetched = restore.map(({ megabytes }) => megabytes);
  copied(version === null ? "rclone: not installed" : `${version.slice(0, 14)} copyto`, rclone);
  copied("cp", plain);
  print(
    "fetched and checked",
    restore.map(({ downloadSeconds }) => downloadSeconds),
    fetched,
  );
  print(
    "restored, rows compared",
    restore.map(({ wholeSeconds }) => wholeSeconds),
    fetched,
  );
}
