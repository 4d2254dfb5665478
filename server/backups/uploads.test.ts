import { expect, test } from "vitest";
import { readBody } from "../read-body";
import { bring, inChunks, partOf, sendPart } from "../testing/brought-database";
import { ADMIN } from "../testing/runtime-fixture";
import { BROUGHT_ROWS, uploadsOfTests } from "./testing/brought-uploads";

/** The machine may be busy; a test that waits for nothing never needs it. */
const PATIENCE = { timeout: 20_000 };
const t = uploadsOfTests();

test("a file that comes in parts, out of order, twice and two at once, becomes a verified backup with exactly its bytes", async () => {
  const upload = await t.uploads().begin(ADMIN, { fileName: "C:\\data\\brought.duckdb", bytes: t.database.length });
  expect(upload).toMatchObject({
    fileName: "brought.duckdb",
    bytes: t.database.length,
    received: [],
    operationId: null,
  });
  expect(upload.parts).toBeGreaterThan(2);
  const last = upload.parts - 1;
  await sendPart(t.uploads(), upload, { bytes: t.database, part: last });
  await sendPart(t.uploads(), upload, { bytes: t.database, part: 1 });
  expect((await t.uploads().get(upload.id)).received).toEqual([1, last]);
  await Promise.all([1, 1, 0, 0].map((part) => sendPart(t.uploads(), upload, { bytes: t.database, part })));
  for (let part = 2; part < last; part += 1) await sendPart(t.uploads(), upload, { bytes: t.database, part });
  const ended = await t.finish(upload.id, "from the old server");
  expect(ended).toMatchObject({ kind: "upload", state: "ok", title: "Upload, brought.duckdb" });
  expect(ended.steps.map(({ name, state }) => [name, state])).toEqual([
    ["Check the file", "ok"],
    ["Reserve the id", "ok"],
    ["Upload", "ok"],
    ["Confirm", "ok"],
    ["Register", "ok"],
  ]);
  const backup = await t.server.nestegg.backups.get(ended.backupId ?? "");
  expect(backup.id).toMatch(/^hesocial-upload-\d{8}-\d{6}\.duckdb$/);
  expect(backup).toMatchObject({ type: "upload", state: "verified", note: "from the old server" });
  expect(backup).toMatchObject({ createdBy: "admin@example.com", bytes: t.database.length });
  expect(backup.verification?.tables).toEqual([
    expect.objectContaining({ name: "members", rows: BROUGHT_ROWS }),
    expect.objectContaining({ name: "notes", rows: 1 }),
  ]);
  const stored = await readBody(await t.server.nestegg.backups.read(ADMIN, { id: backup.id }));
  expect(stored.equals(t.database)).toBe(true);
  expect(await t.backupKeys()).toEqual([`backups/${backup.id}`, `backups/${backup.id}.json`]);
  expect(await t.filesHere()).toEqual([]);
  await expect(t.uploads().get(upload.id)).rejects.toMatchObject({ code: "not_found" });
  const audit = (await t.server.nestegg.audit.list({ limit: 20 })).map(({ action }) => action);
  expect(audit).toEqual(expect.arrayContaining(["upload.begin", "upload.finish"]));
  // An ordinary backup from here on.
  const { operationId } = await t.server.nestegg.backups.verify(ADMIN, { id: backup.id });
  expect((await t.server.nestegg.operations.wait(operationId)).state).toBe("ok");
}, 120_000);

test("it is not finished while parts are missing, and says which", async () => {
  const upload = await t.begin();
  await sendPart(t.uploads(), upload, { bytes: t.database, part: 1 });
  await expect(t.uploads().finish(ADMIN, { id: upload.id })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/^3 of 4 parts .* \(0, 2, 3\)/),
  });
  expect((await t.uploads().get(upload.id)).received).toEqual([1]);
});

test("a part of the wrong length is refused, breaks no part that is there, and one that breaks off does neither", async () => {
  const upload = await bring(t.uploads(), t.database);
  const put = (part: number, body: AsyncIterable<Uint8Array>) => t.uploads().putPart({ id: upload.id, part, body });
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
  expect(await t.finish(upload.id)).toMatchObject({ state: "ok" });
}, 60_000);

test("a run that is cancelled takes the file with it; dropping it in the middle of a run does both", async () => {
  const first = await bring(t.uploads(), t.database);
  const { operationId } = await t.uploads().finish(ADMIN, { id: first.id });
  await expect(sendPart(t.uploads(), first, { bytes: t.database, part: 0 })).rejects.toMatchObject({
    code: "conflict",
  });
  expect(await t.uploads().finish(ADMIN, { id: first.id })).toEqual({ operationId });
  await t.server.nestegg.operations.cancel(ADMIN, operationId);
  expect(await t.server.nestegg.operations.wait(operationId)).toMatchObject({ state: "cancelled" });
  await expect.poll(t.filesHere, PATIENCE).toEqual([]);
  const second = await bring(t.uploads(), t.database);
  const run = await t.uploads().finish(ADMIN, { id: second.id });
  await t.uploads().drop(ADMIN, { id: second.id });
  expect((await t.server.nestegg.operations.get(run.operationId)).state).toBe("cancelled");
  expect(await t.filesHere()).toEqual([]);
  await t.uploads().drop(ADMIN, { id: second.id });
  expect(await t.backupKeys()).toEqual([]);
}, 60_000);

test("while a backup is under way the file is checked, then waits for its turn and says for what", async () => {
  await t.server.sql("CREATE TABLE t AS SELECT 1 AS id");
  let commit: () => void = () => undefined;
  const open = t.server.nestegg.database.app().transaction(async (sql) => {
    // Of all writes, only a change of rows that are there keeps a checkpoint from passing.
    await sql("UPDATE t SET id = 2");
    await new Promise<void>((resolve) => {
      commit = resolve;
    });
  });
  const { operations, backups } = t.server.nestegg;
  const backup = await backups.create(ADMIN, {});
  await expect.poll(async () => (await operations.get(backup.operationId)).state, PATIENCE).toBe("waiting");
  const upload = await bring(t.uploads(), t.database);
  const { operationId } = await t.uploads().finish(ADMIN, { id: upload.id });
  await expect
    .poll(async () => (await operations.get(operationId)).summary, PATIENCE)
    .toBe("Checked. Waiting for its turn: Backup, manual is running.");
  commit();
  await open;
  const ended = await Promise.all([backup.operationId, operationId].map((id) => operations.wait(id)));
  expect(ended.map(({ state }) => state)).toEqual(["ok", "ok"]);
  expect(Date.parse(ended[1]?.finishedAt ?? "")).toBeGreaterThan(Date.parse(ended[0]?.finishedAt ?? ""));
}, 60_000);

test("a brought file does not count as protection of the data here, and a backup beside it keeps its own place in the line", async () => {
  const upload = await bring(t.uploads(), t.database);
  const [ended, backup] = await Promise.all([t.finish(upload.id), t.server.backUp()]);
  expect(ended.state).toBe("ok");
  await t.server.settled();
  const late = await bring(t.uploads(), t.database.subarray(0));
  expect(await t.finish(late.id)).toMatchObject({ state: "ok" });
  expect((await t.server.nestegg.status()).newestGood?.id).toBe(backup.id);
  expect((await t.server.nestegg.backups.get(backup.id)).protectedBecause).toBe("newest good");
  expect(partOf(upload, t.database, 0).length).toBe(upload.partBytes);
}, 60_000);
