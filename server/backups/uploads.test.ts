import { mkdtemp, readdir, rename, rm, stat, statfs, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { plainChecksum } from "../database/block-checksum";
import { readBody } from "../read-body";
import { bring, inChunks, makeDatabase, partOf, sendPart } from "../testing/brought-database";
import { ADMIN, createRuntimeFor, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

const HOUR_MS = 3_600_000;
const ROWS = 700_000;
/** The machine may be busy; a test that waits for nothing never needs it. */
const PATIENCE = { timeout: 20_000 };

let folder: string;
let database: Buffer;
let server: RuntimeFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nestegg-brought-"));
  database = await makeDatabase(join(folder, "brought.duckdb"), ROWS);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  server = await startRuntime();
});

afterEach(async () => {
  await server.stop().catch(() => undefined);
  await server.remove();
});

const uploads = () => server.nestegg.uploads;
const begin = (bytes = database.length) => uploads().begin(ADMIN, { fileName: "brought.duckdb", bytes });

async function finish(id: string, note?: string) {
  const { operationId } = await uploads().finish(ADMIN, { id, note });
  return server.nestegg.operations.wait(operationId);
}

/** Files that are being brought, as they lie in the data folder. */
async function filesHere(): Promise<string[]> {
  const scratch = join(server.folder, "scratch");
  const names = await readdir(scratch, { recursive: true });
  return names.filter((name) => name.endsWith(".duckdb")).map((name) => join(scratch, name));
}

const backupKeys = async () => (await server.keys()).filter((key) => !key.endsWith("owner.json"));

test("a file that comes in parts, out of order, twice and two at once, becomes a verified backup with exactly its bytes", async () => {
  const upload = await uploads().begin(ADMIN, { fileName: "C:\\data\\brought.duckdb", bytes: database.length });
  expect(upload).toMatchObject({ fileName: "brought.duckdb", bytes: database.length, received: [], operationId: null });
  expect(upload.parts).toBeGreaterThan(2);
  const last = upload.parts - 1;
  await sendPart(uploads(), upload, { bytes: database, part: last });
  await sendPart(uploads(), upload, { bytes: database, part: 1 });
  expect((await uploads().get(upload.id)).received).toEqual([1, last]);
  await Promise.all([1, 1, 0, 0].map((part) => sendPart(uploads(), upload, { bytes: database, part })));
  for (let part = 2; part < last; part += 1) await sendPart(uploads(), upload, { bytes: database, part });
  const ended = await finish(upload.id, "from the old server");
  expect(ended).toMatchObject({ kind: "upload", state: "ok", title: "Upload, brought.duckdb" });
  expect(ended.steps.map(({ name, state }) => [name, state])).toEqual([
    ["Check the file", "ok"],
    ["Reserve the id", "ok"],
    ["Upload", "ok"],
    ["Confirm", "ok"],
    ["Register", "ok"],
  ]);
  const backup = await server.nestegg.backups.get(ended.backupId ?? "");
  expect(backup.id).toMatch(/^hesocial-upload-\d{8}-\d{6}\.duckdb$/);
  expect(backup).toMatchObject({ type: "upload", state: "verified", note: "from the old server" });
  expect(backup).toMatchObject({ createdBy: "admin@example.com", bytes: database.length });
  expect(backup.verification?.tables).toEqual([
    expect.objectContaining({ name: "members", rows: ROWS }),
    expect.objectContaining({ name: "notes", rows: 1 }),
  ]);
  const stored = await readBody(await server.nestegg.backups.read(ADMIN, { id: backup.id }));
  expect(stored.equals(database)).toBe(true);
  expect(await backupKeys()).toEqual([`backups/${backup.id}`, `backups/${backup.id}.json`]);
  expect(await filesHere()).toEqual([]);
  await expect(uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  const audit = (await server.nestegg.audit.list({ limit: 20 })).map(({ action }) => action);
  expect(audit).toEqual(expect.arrayContaining(["upload.begin", "upload.finish"]));
  // An ordinary backup from here on.
  const { operationId } = await server.nestegg.backups.verify(ADMIN, { id: backup.id });
  expect((await server.nestegg.operations.wait(operationId)).state).toBe("ok");
}, 120_000);

test("it is not finished while parts are missing, and says which", async () => {
  const upload = await begin();
  await sendPart(uploads(), upload, { bytes: database, part: 1 });
  await expect(uploads().finish(ADMIN, { id: upload.id })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/^3 of 4 parts .* \(0, 2, 3\)/),
  });
  expect((await uploads().get(upload.id)).received).toEqual([1]);
});

test("a part of the wrong length is refused, breaks no part that is there, and one that breaks off does neither", async () => {
  const upload = await bring(uploads(), database);
  const put = (part: number, body: AsyncIterable<Uint8Array>) => uploads().putPart({ id: upload.id, part, body });
  const zeros = Buffer.alloc(upload.partBytes + 1);
  await expect(put(0, inChunks(zeros))).rejects.toMatchObject({ code: "invalid_input" });
  await expect(put(0, inChunks(zeros.subarray(0, 100)))).rejects.toMatchObject({ code: "invalid_input" });
  await expect(put(upload.parts - 1, inChunks(zeros.subarray(1)))).rejects.toMatchObject({ code: "invalid_input" });
  await expect(put(upload.parts, inChunks(zeros))).rejects.toMatchObject({ code: "invalid_input" });
  const broken = async function* () {
    yield zeros.subarray(0, 5_000);
    throw new Error("the connection broke");
  };
  await expect(put(0, broken())).rejects.toThrow("the connection broke");
  expect(await finish(upload.id)).toMatchObject({ state: "ok" });
}, 60_000);

function flipped(position: number): Buffer {
  const bytes = Buffer.from(database);
  bytes[position] = (bytes[position] ?? 0) ^ 0x40;
  return bytes;
}

function ofNewerEngine(): Buffer {
  const bytes = Buffer.from(database);
  bytes.writeBigUInt64LE(69n, 12);
  bytes.writeBigUInt64LE(plainChecksum(bytes.subarray(8, 4096)), 0);
  return bytes;
}

const BLOCK_BYTES = 262_144;
const refusals: [string, () => Buffer, { code: string; message: RegExp }][] = [
  ["is no DuckDB database", () => Buffer.alloc(50_000, "letter"), { code: "invalid_input", message: /not a DuckDB/ }],
  ["was written by a newer engine", ofNewerEngine, { code: "invalid_input", message: /newer DuckDB \(format 69\)/ }],
  ["has a damaged header", () => flipped(5_000), { code: "backup_damaged", message: /header/ }],
  [
    "has a damaged block",
    () => flipped(12_288 + 20 * BLOCK_BYTES + 999),
    { code: "backup_damaged", message: /Block 20/ },
  ],
  [
    "was cut short between two blocks",
    () => database.subarray(0, 12_288 + 30 * BLOCK_BYTES),
    { code: "backup_damaged", message: /cut short|checksum of block|free blocks/ },
  ],
  ["was cut short in a block", () => database.subarray(0, 9_000_000), { code: "backup_damaged", message: /./ }],
];

test.each(refusals)(
  "a file that %s is refused with the reason, its bytes go, and nothing is stored",
  async (_, make, reason) => {
    const upload = await bring(uploads(), make());
    const ended = await finish(upload.id);
    expect(ended.state).toBe("failed");
    expect(ended.error?.code).toBe(reason.code);
    expect(ended.error?.message).toMatch(reason.message);
    expect(ended.error?.message).toContain("was not registered");
    expect(ended.error?.hint).not.toContain("DATABASE_PATH");
    expect(await backupKeys()).toEqual([]);
    await expect.poll(filesHere, PATIENCE).toEqual([]);
    await expect(uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  },
  60_000,
);

test("a file that was cut short where only an index lay is refused, though every row reads", async () => {
  const bytes = await makeDatabase(join(folder, "indexed.duckdb"), 100_000, "CREATE INDEX by_name ON members (name)");
  const upload = await bring(uploads(), bytes.subarray(0, bytes.length - BLOCK_BYTES));
  const ended = await finish(upload.id);
  expect(ended.error?.code).toBe("backup_damaged");
  expect(ended.error?.message).toContain("cut short");
}, 60_000);

test("a size that no DuckDB database has is refused at once", async () => {
  await expect(begin(12_000)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(begin(Number.NaN)).rejects.toMatchObject({ code: "invalid_input" });
});

test("a run that is cancelled takes the file with it; dropping it in the middle of a run does both", async () => {
  const first = await bring(uploads(), database);
  const { operationId } = await uploads().finish(ADMIN, { id: first.id });
  await expect(sendPart(uploads(), first, { bytes: database, part: 0 })).rejects.toMatchObject({ code: "conflict" });
  expect(await uploads().finish(ADMIN, { id: first.id })).toEqual({ operationId });
  await server.nestegg.operations.cancel(ADMIN, operationId);
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({ state: "cancelled" });
  await expect.poll(filesHere, PATIENCE).toEqual([]);
  const second = await bring(uploads(), database);
  const run = await uploads().finish(ADMIN, { id: second.id });
  await uploads().drop(ADMIN, { id: second.id });
  expect((await server.nestegg.operations.get(run.operationId)).state).toBe("cancelled");
  expect(await filesHere()).toEqual([]);
  await uploads().drop(ADMIN, { id: second.id });
  expect(await backupKeys()).toEqual([]);
}, 60_000);

test("while a backup is under way the file is checked, then waits for its turn and says for what", async () => {
  await server.sql("CREATE TABLE t AS SELECT 1 AS id");
  let commit: () => void = () => undefined;
  const open = server.nestegg.database.app().transaction(async (sql) => {
    // Of all writes, only a change of rows that are there keeps a checkpoint from passing.
    await sql("UPDATE t SET id = 2");
    await new Promise<void>((resolve) => {
      commit = resolve;
    });
  });
  const { operations, backups } = server.nestegg;
  const backup = await backups.create(ADMIN, {});
  await expect.poll(async () => (await operations.get(backup.operationId)).state, PATIENCE).toBe("waiting");
  const upload = await bring(uploads(), database);
  const { operationId } = await uploads().finish(ADMIN, { id: upload.id });
  await expect
    .poll(async () => (await operations.get(operationId)).summary, PATIENCE)
    .toBe("Checked. Waiting for its turn: Backup, manual is running.");
  commit();
  await open;
  const ended = await Promise.all([backup.operationId, operationId].map((id) => operations.wait(id)));
  expect(ended.map(({ state }) => state)).toEqual(["ok", "ok"]);
  expect(Date.parse(ended[1]?.finishedAt ?? "")).toBeGreaterThan(Date.parse(ended[0]?.finishedAt ?? ""));
}, 60_000);

test("one that is dropped leaves no bytes, and takes none any more", async () => {
  const upload = await bring(uploads(), database);
  expect(await filesHere()).toHaveLength(1);
  await uploads().drop(ADMIN, { id: upload.id });
  expect(await filesHere()).toEqual([]);
  await expect(sendPart(uploads(), upload, { bytes: database, part: 0 })).rejects.toMatchObject({ code: "not_found" });
});

test("without a part for a day it is dropped; a part in between keeps it", async () => {
  const upload = await begin();
  server.clock.move(20 * HOUR_MS);
  await sendPart(uploads(), upload, { bytes: database, part: 0 });
  server.clock.move(20 * HOUR_MS);
  expect((await uploads().get(upload.id)).received).toEqual([0]);
  server.clock.move(5 * HOUR_MS);
  await expect(uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  expect(await filesHere()).toEqual([]);
});

test("a restart drops it with its bytes; the clean-up of a start keeps what is brought meanwhile", async () => {
  await bring(uploads(), database);
  await server.stop();
  expect(await filesHere()).toHaveLength(1);
  const next = await createRuntimeFor(server);
  try {
    // Before the database is open: an admin may bring one because it cannot be opened.
    const early = await bring(next.nestegg.uploads, database);
    expect(await filesHere()).toHaveLength(1);
    await next.open();
    expect(await filesHere()).toHaveLength(1);
    expect((await next.nestegg.uploads.get(early.id)).received).toHaveLength(early.parts);
    await next.nestegg.uploads.drop(ADMIN, { id: early.id });
    expect(await filesHere()).toEqual([]);
  } finally {
    next.beginStop();
    await next.stop({ giveUp: new AbortController().signal, budgetLeftMs: 20_000 });
    await next.close();
  }
  server = await startRuntime({ folder: server.folder });
  expect(await filesHere()).toEqual([]);
}, 60_000);

test("a start of the server removes what an earlier process was brought", async () => {
  await bring(uploads(), database);
  await server.stop();
  server = await startRuntime({ folder: server.folder });
  expect(await filesHere()).toEqual([]);
}, 60_000);

test("without room for the whole file it does not begin, and what others have begun is counted", async () => {
  const disk = await statfs(server.folder);
  const free = disk.bavail * disk.bsize;
  await expect(begin(free)).rejects.toMatchObject({ code: "disk_full", hint: expect.stringContaining("Free disk") });
  expect(await filesHere()).toEqual([]);
  const most = Math.floor(free * 0.6);
  const first = await begin(most);
  await expect(begin(most)).rejects.toMatchObject({ code: "disk_full" });
  await uploads().drop(ADMIN, { id: first.id });
  await begin(most);
});

test("a disk that fills up in the middle fails the part alone, and the upload goes on when there is room", async () => {
  const upload = await begin();
  await sendPart(uploads(), upload, { bytes: database, part: 0 });
  const [path = ""] = await filesHere();
  await rename(path, `${path}.aside`);
  await symlink("/dev/full", path);
  await expect(sendPart(uploads(), upload, { bytes: database, part: 1 })).rejects.toMatchObject({
    code: "disk_full",
    message: expect.stringContaining("are kept"),
  });
  expect((await uploads().get(upload.id)).received).toEqual([0]);
  await rename(`${path}.aside`, path);
  for (let part = 1; part < upload.parts; part += 1) await sendPart(uploads(), upload, { bytes: database, part });
  expect(await finish(upload.id)).toMatchObject({ state: "ok" });
}, 60_000);

test("what was committed into a write-ahead log alone is never left out of a backup without a word", async () => {
  const upload = await bring(uploads(), database);
  const [path = ""] = await filesHere();
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run("PRAGMA disable_checkpoint_on_shutdown");
  await connection.run("INSERT INTO notes VALUES (2, 'late')");
  connection.closeSync();
  instance.closeSync();
  expect((await stat(`${path}.wal`)).size).toBeGreaterThan(0);
  const ended = await finish(upload.id);
  expect(ended).toMatchObject({ state: "failed", error: { code: "conflict" } });
  expect(ended.error?.message).toContain("write-ahead log");
  expect(await backupKeys()).toEqual([]);
}, 60_000);

test("a brought file does not count as protection of the data here, and a backup beside it keeps its own place in the line", async () => {
  const upload = await bring(uploads(), database);
  const [ended, backup] = await Promise.all([finish(upload.id), server.backUp()]);
  expect(ended.state).toBe("ok");
  await server.settled();
  const late = await bring(uploads(), database.subarray(0));
  expect(await finish(late.id)).toMatchObject({ state: "ok" });
  expect((await server.nestegg.status()).newestGood?.id).toBe(backup.id);
  expect((await server.nestegg.backups.get(backup.id)).protectedBecause).toBe("newest good");
  expect(partOf(upload, database, 0).length).toBe(upload.partBytes);
}, 60_000);
