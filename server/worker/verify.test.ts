import { createHash } from "node:crypto";
import { renameSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../clock";
import { plainChecksum } from "../database/block-checksum";
import { openStore } from "../storage/open-store";
import type { UploadJob, VerifyJob } from "./protocol";
import { runJob } from "./run-job";
import { verify } from "./verify";

const KEY = "backups/proof.duckdb";
const PART_BYTES = 5 * 1024 * 1024;

let folder: string;
let databasePath: string;
let proof: VerifyJob;

const options = { signal: new AbortController().signal, lowPriority: false };
const store = () => ({ kind: "local" as const, folder: join(folder, "bucket") });
const objectPath = (key: string) => join(folder, "bucket", key);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-verify-"));
  databasePath = join(folder, "app.duckdb");
  const instance = await DuckDBInstance.create(databasePath);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE kept AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
  await connection.run("CREATE TABLE last AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(100000)");
  await connection.run("CHECKPOINT");
  connection.closeSync();
  instance.closeSync();
  const { parts, bytes } = await runJob(uploadJob(), options);
  proof = await verifyJob(KEY, { parts, bytes });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function uploadJob(change: Partial<UploadJob> = {}): UploadJob {
  return {
    kind: "upload",
    databasePath,
    store: store(),
    key: KEY,
    partBytes: PART_BYTES,
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

async function verifyJob(key: string, stored: { parts: string[]; bytes: number }): Promise<VerifyJob> {
  const bucket = await openStore(store(), { clock: systemClock });
  return {
    kind: "verify",
    store: store(),
    key,
    etag: (await bucket.head(key))?.etag ?? "",
    partBytes: PART_BYTES,
    scratchFile: join(folder, "proof"),
    ...stored,
  };
}

/** A second object, put there by hand, with the manifest that would belong to it. */
async function storeByHand(key: string, bytes: Buffer): Promise<VerifyJob> {
  await (await openStore(store(), { clock: systemClock })).put(key, bytes);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES)
    parts.push(
      createHash("sha256")
        .update(bytes.subarray(at, at + PART_BYTES))
        .digest("hex"),
    );
  return verifyJob(key, { parts, bytes: bytes.length });
}

test("a stored backup verifies with its rows, or is checked without opening it, and leaves no scratch file", async () => {
  const good = await runJob(proof, options);
  expect(good).toMatchObject({ result: "verified", error: null });
  expect(good.inspection?.tables).toMatchObject([
    { schema: "main", name: "kept", rows: 300_000 },
    { schema: "main", name: "last", rows: 100_000 },
  ]);
  expect(await runJob({ ...proof, scratchFile: null }, options)).toMatchObject({ result: "checked" });
  expect((await readdir(folder)).includes("proof")).toBe(false);
});

test("a flipped byte is found and its part named; a lost object is said to be gone", async () => {
  const job = await storeByHand("backups/flipped.duckdb", await readFile(databasePath));
  const file = await open(objectPath(job.key), "r+");
  await file.write(Buffer.from([0xa5]), 0, 1, 6 * 1024 * 1024);
  await file.close();
  const now = await verifyJob(job.key, { parts: job.parts, bytes: job.bytes });
  expect(await runJob(now, options)).toMatchObject({
    result: "failed",
    error: expect.stringContaining("Part 2 of "),
  });
  await rm(objectPath(job.key));
  expect(await runJob(now, options)).toMatchObject({
    result: "failed",
    error: expect.stringContaining("gone from the bucket"),
  });
});

/** Small parts, so that some are asked for only after the first one was checked: then `meanwhile` lies under the key. */
async function verifyExchanged(key: string, meanwhile: Buffer, known: { hashes: boolean }) {
  const bytes = await readFile(databasePath);
  const { etag } = await storeByHand(key, bytes);
  const partBytes = 256 * 1024;
  const parts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) =>
    createHash("sha256")
      .update(bytes.subarray(index * partBytes, (index + 1) * partBytes))
      .digest("hex"),
  );
  await writeFile(join(folder, "meanwhile"), meanwhile);
  let isThere = false;
  const job = { kind: "verify" as const, store: store(), key, etag, bytes: bytes.length, partBytes };
  const result = verify(
    { ...job, parts: known.hashes ? parts : [], scratchFile: null },
    {
      signal: options.signal,
      spillWanted: new Promise(() => undefined),
      send() {
        if (!isThere) renameSync(join(folder, "meanwhile"), objectPath(key));
        isThere = true;
      },
    },
  );
  return { etag, result };
}

test("an object that is exchanged for its own bytes while it is read stays good, and its new ETag is told", async () => {
  const same = await readFile(databasePath);
  const { etag, result } = await verifyExchanged("backups/renewed.duckdb", same, { hashes: true });
  const verdict = await result;
  const now = (await verifyJob("backups/renewed.duckdb", { parts: [], bytes: 0 })).etag;
  expect(now).not.toBe(etag);
  expect(verdict).toMatchObject({ result: "checked", error: null, etag: now });
  const unproven = await verifyExchanged("backups/unproven.duckdb", same, { hashes: false });
  await expect(unproven.result).rejects.toMatchObject({ code: "storage_precondition" });
});

test("an object that is exchanged for other bytes while it is read has failed, at its end and at its beginning", async () => {
  const whole = await readFile(databasePath);
  const head = Buffer.from(whole).fill(0, 0, 4096);
  const first = await verifyExchanged("backups/other-head.duckdb", head, { hashes: true });
  expect(await first.result).toMatchObject({ result: "failed", error: expect.stringContaining("Part 1 of ") });
  const tail = Buffer.from(whole).fill(0, whole.length - 4096);
  const last = await verifyExchanged("backups/other-tail.duckdb", tail, { hashes: true });
  expect(await last.result).toMatchObject({ result: "failed", error: expect.stringContaining("SHA-256") });
  const shorter = await verifyExchanged("backups/shorter.duckdb", whole.subarray(0, -1), { hashes: true });
  expect(await shorter.result).toMatchObject({ result: "failed", error: expect.stringContaining("Another object") });
});

test("an object that is no DuckDB file has failed, also when nobody knows its hashes", async () => {
  const job = await storeByHand("backups/letter.duckdb", Buffer.alloc(20_000, "x"));
  expect(await runJob({ ...job, parts: [] }, options)).toMatchObject({
    result: "failed",
    error: expect.stringContaining("not a DuckDB database"),
  });
});

describe("no verdict, but an error, when", () => {
  test("a newer engine wrote the backup", async () => {
    const bytes = await readFile(databasePath);
    bytes.writeBigUInt64LE(69n, 12);
    bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
    const job = await storeByHand("backups/newer.duckdb", bytes);
    await expect(runJob(job, options)).rejects.toMatchObject({
      code: "database_unusable",
      hint: expect.stringContaining("Update"),
    });
  });

  test("the disk of the scratch file is full", async () => {
    const scratchFile = join(folder, "full");
    await symlink("/dev/full", scratchFile);
    await expect(runJob({ ...proof, scratchFile }, options)).rejects.toMatchObject({
      code: "disk_full",
      message: expect.stringContaining("not affected"),
      hint: expect.stringContaining("Free space"),
    });
    expect((await readdir(folder)).includes("full")).toBe(false);
  });

  test("the folder of the scratch file is missing", async () => {
    const scratchFile = join(folder, "missing", "proof");
    await expect(runJob({ ...proof, scratchFile }, options)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("no such file or directory (ENOENT)"),
    });
  });
});

test("a full disk while the rest of a snapshot is set aside is said to be one, and nothing is stored", async () => {
  const scratchFile = join(folder, "full-rest");
  await symlink("/dev/full", scratchFile);
  const upload = runJob(uploadJob({ key: "backups/never.duckdb", scratchFile }), {
    ...options,
    onStart: (send) => send({ type: "spill" }),
  });
  await expect(upload).rejects.toMatchObject({ code: "disk_full" });
  expect((await readdir(join(folder, "bucket"), { recursive: true })).filter((name) => name.includes("never"))).toEqual(
    [],
  );
});

test("a cancelled verification says what that means for the backup", async () => {
  const stop = new AbortController();
  const cancelled = runJob(proof, {
    signal: stop.signal,
    lowPriority: false,
    onMessage: (message) => {
      if (message.type === "progress") stop.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({
    code: "cancelled",
    message: expect.stringMatching(/^The verification was cancelled/),
  });
});
