import { createHash } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../clock";
import { HEADER_BYTES } from "../database/file-format";
import { readBody } from "../read-body";
import { openStore } from "../storage/open-store";
import { existing } from "../storage/testing/object-store-suite";
import type { FromWorker, UploadJob } from "./protocol";
import { runJob } from "./run-job";

const BLOCK_BYTES = 262_144;

let folder: string;
let databasePath: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-upload-"));
  databasePath = join(folder, "app.duckdb");
  const instance = await DuckDBInstance.create(databasePath);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE kept AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
  await connection.run("CREATE TABLE dropped AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
  await connection.run("CHECKPOINT");
  await connection.run("DROP TABLE dropped");
  await connection.run("CREATE TABLE last AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(100000)");
  await connection.run("CHECKPOINT");
  connection.closeSync();
  instance.closeSync();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const storeFolder = () => join(folder, "bucket");
const bucket = () => openStore({ kind: "local", folder: storeFolder() }, { clock: systemClock });

function uploadJob(change: Partial<UploadJob> = {}): UploadJob {
  return {
    kind: "upload",
    databasePath,
    store: { kind: "local", folder: storeFolder() },
    key: "backups/app.duckdb",
    partBytes: 5 * 1024 * 1024,
    partsInFlight: 4,
    metadata: { type: "manual" },
    contentDisposition: 'attachment; filename="app.duckdb"',
    scratchFile: join(folder, "rest"),
    base: null,
    unfinished: null,
    keepUnfinished: false,
    knownSendRate: null,
    budgetMs: null,
    ...change,
  };
}

async function stored(key: string): Promise<Buffer> {
  return readBody(await existing((await bucket()).get(key)));
}

async function flip(path: string, position: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 0x40;
  await file.write(byte, 0, 1, position);
  await file.close();
}

/** Which blocks of the file a verification or an upload refuses when a byte in them is flipped. */
async function copyWithFlip(block: number): Promise<string> {
  const path = join(folder, `flipped-${block}.duckdb`);
  const file = await open(path, "w");
  await file.write(await readFile(databasePath));
  await file.close();
  await flip(path, HEADER_BYTES + block * BLOCK_BYTES + 5000);
  return path;
}

test("the object is byte for byte the file, in parts whose hashes are the manifest's, with the file let go before the end", async () => {
  const seen: FromWorker["type"][] = [];
  const result = await runJob(uploadJob(), {
    signal,
    lowPriority: false,
    onMessage: (message) => seen.push(message.type),
  });
  const file = await readFile(databasePath);
  expect((await stored("backups/app.duckdb")).equals(file.subarray(0, result.bytes))).toBe(true);
  expect(result.parts).toHaveLength(Math.ceil(result.bytes / (5 * 1024 * 1024)));
  expect(result.parts[0]).toBe(
    createHash("sha256")
      .update(file.subarray(0, 5 * 1024 * 1024))
      .digest("hex"),
  );
  expect(seen.filter((type) => type === "released")).toHaveLength(1);
  // How long it took and what was asked of the store are told after that.
  expect(seen.filter((type) => type !== "requests" && type !== "log").at(-1)).toBe("upload-over");
});

test("when the hold must end early the rest is set aside, the upload goes on from there, and the object is the same", async () => {
  const released: number[] = [];
  const result = await runJob(uploadJob({ key: "backups/spilled.duckdb", partBytes: 262_144, partsInFlight: 1 }), {
    signal,
    lowPriority: false,
    onStart: (send) => send({ type: "spill" }),
    onMessage: (message) => {
      if (message.type === "released") released.push(1);
    },
  });
  expect(result.spilledBytes).toBeGreaterThan(0);
  expect(released).toHaveLength(1);
  expect(
    (await stored("backups/spilled.duckdb")).equals((await readFile(databasePath)).subarray(0, result.bytes)),
  ).toBe(true);
});

test("a flipped byte in a block that a table owns stops the upload and leaves nothing; in a free block it is harmless and counted", async () => {
  const blocks = Math.floor(((await readFile(databasePath)).length - HEADER_BYTES) / BLOCK_BYTES);
  let harmless = 0;
  let refused = 0;
  for (let block = 0; block < blocks; block += Math.ceil(blocks / 8)) {
    const path = await copyWithFlip(block);
    const key = `backups/flip-${block}.duckdb`;
    const outcome = await runJob(uploadJob({ databasePath: path, key }), { signal, lowPriority: false }).catch(
      (error: { code: string; message: string }) => error,
    );
    if ("kind" in outcome) {
      expect(outcome.tornFreeBlocks).toBe(1);
      harmless += 1;
    } else {
      expect(outcome.code).toBe("snapshot_damaged");
      // A damaged metadata block may hold the free list itself, which is then what the error names.
      expect(outcome.message).toMatch(new RegExp(`Block ${block} |free blocks`));
      expect(
        (await readdir(storeFolder(), { recursive: true })).filter((name) => name.includes(`flip-${block}.`)),
      ).toEqual([]);
      refused += 1;
    }
    await rm(path);
  }
  expect(harmless).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
}, 120_000);

test("a cancelled job ends as cancelled, and a worker that is killed is told apart from one that failed", async () => {
  const stop = new AbortController();
  // Hundreds of parts, one after the other: the end comes long before the last of them.
  const slow = { partBytes: 16_384, partsInFlight: 1 };
  const cancelled = runJob(uploadJob({ key: "backups/cancelled.duckdb", ...slow }), {
    signal: stop.signal,
    lowPriority: true,
    onMessage: (message) => {
      if (message.type === "upload-started") stop.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  let worker = 0;
  const killed = runJob(uploadJob({ key: "backups/killed.duckdb", ...slow }), {
    signal,
    lowPriority: true,
    onStart: (_send, pid) => {
      worker = pid;
    },
    onMessage: (message) => {
      if (message.type === "upload-started") process.kill(worker, "SIGKILL");
    },
  });
  await expect(killed).rejects.toMatchObject({ code: "worker_died" });
}, 60_000);
