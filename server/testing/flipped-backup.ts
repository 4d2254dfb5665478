import { createHash } from "node:crypto";
import { copyFile, mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { bringBackup } from "../backups/bring-backup";
import { requireRestorable } from "../backups/require-restorable";
import { verifyWithin } from "../backups/verify";
import { type Bucket, openBucket } from "../cli/bucket";
import { putInPlace } from "../cli/put-in-place";
import { hasCode } from "../errors";
import { createLog } from "../log";
import { download } from "../worker/download";
import type { FromWorker, Job, ResultOf } from "../worker/protocol";
import type { RunJobOptions } from "../worker/run-job";
import { verify } from "../worker/verify";
import { startRuntime } from "./runtime-fixture";

/** One part of this database is `changed`: it was written to since the backup. `foreign` has no part of the backup. */
export type LiveFile = "changed" | "foreign";

export interface Flip {
  at: number;
  /** Not 0: what the byte is XORed with. */
  mask: number;
}

export interface FlipEnd {
  part: number;
  restore: "refused" | "ended in the backup";
}

const PART_BYTES = 512 * 1024;

/** A backup in a bucket that no server uses, and two files that may stand in the live one's place when it is restored. */
export interface FlipBench {
  bytes: number;
  partCount: number;
  /** Whether this live file holds the part at this byte, as the backup has it. */
  holds(live: LiveFile, at: number): boolean;
  /** Flips one byte, restores, verifies, flips it back, verifies; throws where one of them ends wrongly. */
  flip(flip: Flip, live: LiveFile): Promise<FlipEnd>;
  remove(): Promise<void>;
}

export async function makeFlipBench(): Promise<FlipBench> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-flip-"));
  // No backup at the stop: the one that is flipped shall be the only one.
  const environment = { BACKUP_ENABLED: "false" };
  const server = await startRuntime({ folder, environment });
  await server.sql(longTexts("ballast", 200));
  await server.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, text VARCHAR)");
  await server.sql("INSERT INTO orders SELECT range, md5(range::VARCHAR) FROM range(20000)");
  const { id } = await server.backUp({ verify: true });
  await server.sql("UPDATE orders SET text = 'x' WHERE id = 17");
  await server.settled();
  const { settings } = server;
  const lives: Record<LiveFile, string> = { changed: join(folder, "changed"), foreign: join(folder, "foreign") };
  await server.stop();
  await copyFile(settings.databasePath, lives.changed);

  const other = await startRuntime({ environment });
  await other.sql(longTexts("other", 150));
  await other.stop();
  await copyFile(other.settings.databasePath, lives.foreign);
  await other.remove();

  const bucket: Bucket = {
    ...(await openBucket({ settings, clock: server.clock, log: createLog("silent") })),
    runJob: runJobHere,
  };
  await bucket.catalog.refresh();
  const object = join(folder, "bucket", "backups", id);
  // As if it had been sent in smaller parts than R2 takes: a small file is enough for many.
  const parts = await partsOf(object);
  const { verification, file } = await bucket.manifests.update(id, (manifest) => ({
    ...manifest,
    file: { ...manifest.file, partBytes: PART_BYTES, parts },
  }));
  const partAt = (at: number) => Math.floor(at / PART_BYTES);
  const held = { changed: await partsOf(lives.changed), foreign: await partsOf(lives.foreign) };
  const holds = (live: LiveFile, at: number) => held[live][partAt(at)] === parts[partAt(at)];
  const pristine = await sha256(object);
  const tables = verification?.tables;

  async function flip({ at, mask }: Flip, live: LiveFile): Promise<FlipEnd> {
    const part = `Part ${partAt(at) + 1} of ${parts.length} `;
    await clearBeside(settings.databasePath);
    await copyFile(lives[live], settings.databasePath);
    await flipByte(object, { at, mask });
    const restored = await tryRestore(bucket, id, settings.databasePath);
    const now = await sha256(settings.databasePath);
    if (holds(live, at)) {
      expect(restored).toMatchObject({ error: null, tables });
      expect(now).toBe(pristine);
    } else {
      expect(restored).toMatchObject({ error: { code: "backup_damaged", message: expect.stringContaining(part) } });
      expect(now).toBe(await sha256(lives[live]));
      expect(await beside(settings.databasePath)).toEqual([]);
      expect(await stateOf(bucket, id)).toBe("failed");
    }

    await expect(verifyWithin(bucket, id, QUIET_RUN)).rejects.toMatchObject({
      code: "backup_damaged",
      message: expect.stringContaining(part),
    });
    expect(await stateOf(bucket, id)).toBe("failed");
    await expect(requireRestorable(bucket, id)).rejects.toMatchObject({ code: "backup_damaged" });

    await flipByte(object, { at, mask });
    expect(await verifyWithin(bucket, id, QUIET_RUN)).toMatchObject({ result: "verified", error: null });
    expect(await stateOf(bucket, id)).toBe("verified");
    await requireRestorable(bucket, id);
    return { part: partAt(at) + 1, restore: restored.error ? "refused" : "ended in the backup" };
  }

  return {
    bytes: file.bytes,
    partCount: parts.length,
    holds,
    flip,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Many parts and few rows: what a flip costs is the reading of rows, and what it tests is parts. */
const longTexts = (table: string, rows: number): string =>
  `CREATE TABLE ${table} AS SELECT a.range AS id, string_agg(md5('${table} ' || a.range || ' ' || b.range), '' ORDER BY b.range) AS text FROM range(${rows}) a, range(1000) b GROUP BY a.range ORDER BY a.range`;

/** A restore as the command line makes it, from the check of the manifest to the exchange of files. */
async function tryRestore(bucket: Bucket, id: string, databasePath: string) {
  try {
    await requireRestorable(bucket, id);
    const { path, inspection } = await bringBackup(bucket, { id, operation: QUIET_RUN, basePath: databasePath });
    await putInPlace(bucket, { reason: "restore", path, walPath: null, backupId: id, replacedBy: id });
    return { error: null, tables: inspection.tables };
  } catch (error) {
    if (!hasCode(error, "backup_damaged")) throw error;
    return { error, tables: null };
  }
}

const QUIET_RUN = {
  id: "flip",
  signal: new AbortController().signal,
  step: async () => undefined,
  stepDone: async () => undefined,
  progress: () => undefined,
  log: async () => undefined,
  waiting: async () => undefined,
};

/** The jobs themselves, without a process for each: 500 flips would spend most of their time on starting one. */
async function runJobHere<J extends Job>(job: J, { signal, onMessage }: RunJobOptions): Promise<ResultOf<J>> {
  const context = {
    signal,
    send: (message: FromWorker) => onMessage?.(message),
    spillWanted: new Promise<void>(() => undefined),
  };
  if (job.kind === "verify") return (await verify(job, context)) as ResultOf<J>;
  if (job.kind === "download") return (await download(job, context)) as ResultOf<J>;
  throw new Error(`no job ${job.kind} is run here`);
}

async function stateOf(bucket: Bucket, id: string): Promise<string | undefined> {
  return (await bucket.catalog.readManifest(id))?.manifest.verification?.result;
}

export async function flipByte(path: string, { at, mask }: Flip): Promise<void> {
  const file = await open(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ mask]), 0, 1, at);
  } finally {
    await file.close();
  }
}

export async function sha256(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

async function partsOf(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  return Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, part) =>
    createHash("sha256")
      .update(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES))
      .digest("hex"),
  );
}

async function beside(databasePath: string): Promise<string[]> {
  const folder = join(databasePath, "..");
  return (await readdir(folder)).filter((name) => name.startsWith("hesocial.duckdb."));
}

async function clearBeside(databasePath: string): Promise<void> {
  for (const name of await beside(databasePath)) await rm(join(databasePath, "..", name), { force: true });
}
