import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OperationView } from "../control/types";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { ADMIN, type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

let server: RuntimeFixture;
const undo: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await startRuntime();
  await server.sql("CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT)");
  await server.sql("INSERT INTO members SELECT range, 'member ' || range FROM range(1000)");
});

afterEach(async () => {
  await server.stop().catch(() => undefined);
  await server.remove();
  for (const step of undo.splice(0)) await step();
});

async function rowsOf(file: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function download(id: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-copy-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const body = await server.nestegg.backups.read(ADMIN, { id });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  const file = join(folder, id);
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

const ourKeys = async () => (await server.keys()).filter((key) => !key.endsWith("owner.json"));

test("a manual backup is a plain DuckDB file with its manifest beside it, and nothing else is left in the bucket", async () => {
  const backup = await server.backUp({ note: "before v3", tags: { release: "v3" } });
  expect(backup.id).toMatch(/^hesocial-manual-\d{8}-\d{6}\.duckdb$/);
  expect(backup).toMatchObject({
    type: "manual",
    note: "before v3",
    tags: { release: "v3" },
    createdBy: "admin@example.com",
  });
  expect(backup.id).toContain(backup.timestamp.replace(/[-:Z]/g, "").replace("T", "-"));
  expect(await ourKeys()).toEqual([`backups/${backup.id}`, `backups/${backup.id}.json`]);
  expect(await rowsOf(await download(backup.id), "SELECT count(*), min(name), max(id) FROM members")).toEqual([
    ["1000", "member 0", 999],
  ]);
  expect(await readdir(join(server.folder, "scratch"))).toEqual([]);
});

test("a manual backup of unchanged data is a new backup each time, with ids in order", async () => {
  const first = await server.backUp();
  const second = await server.backUp();
  expect(second.id > first.id).toBe(true);
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  expect(backups.map((backup) => backup.id)).toEqual([second.id, first.id]);
});

test("equal requests that wait share one backup, different ones queue in order, the twelfth is told to come back", async () => {
  const create = (note: string) => server.nestegg.backups.create(ADMIN, { note });
  const [a, b] = await Promise.all([create("same"), create("same")]);
  expect(b).toEqual({ operationId: a.operationId, joined: true });
  const others = [];
  for (let index = 0; index < 10; index += 1) others.push(await create(`other ${index}`));
  expect(new Set(others.map((other) => other.operationId)).size).toBe(10);
  await expect(create("one too many")).rejects.toMatchObject({ code: "too_many_requests" });
  const ended = await Promise.all([a, ...others].map(({ operationId }) => server.nestegg.operations.wait(operationId)));
  expect(ended.map((operation) => operation.state)).toEqual(Array(11).fill("ok"));
  const ids = ended.map((operation) => operation.backupId ?? "");
  expect(ids).toEqual([...ids].sort());
}, 120_000);

test("forty different requests at one moment: the eleventh and later are told to come back", async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => server.nestegg.backups.create(ADMIN, { note: `at once ${index}` })),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  expect(refused.length).toBe(30);
  expect(refused[0]?.reason).toMatchObject({ code: "too_many_requests", retryAfterSeconds: 30 });
  for (const answer of answers) {
    if (answer.status === "fulfilled") await server.nestegg.operations.cancel(ADMIN, answer.value.operationId);
  }
  await server.settled();
});

test("nobody joins a run that was cancelled while it waited: the new request gets a backup", async () => {
  await server.nestegg.backups.create(ADMIN, { note: "running" });
  const queued = await server.nestegg.backups.create(ADMIN, { note: "wanted" });
  await server.nestegg.operations.cancel(ADMIN, queued.operationId);
  const again = await server.nestegg.backups.create(ADMIN, { note: "wanted" });
  expect(again.operationId).not.toBe(queued.operationId);
  expect((await server.nestegg.operations.wait(again.operationId)).state).toBe("ok");
});

test("a request that comes after the snapshot was begun gets a backup of its own, which holds what was written before it", async () => {
  const first = await server.nestegg.backups.create(ADMIN, {});
  await until(server, first.operationId, (operation) =>
    operation.steps.some((step) => step.name === "Upload" && step.state !== "pending"),
  );
  await server.sql("INSERT INTO members VALUES (5000, 'late')");
  const second = await server.nestegg.backups.create(ADMIN, {});
  expect(second.joined).toBe(false);
  const ended = await server.nestegg.operations.wait(second.operationId);
  expect(await rowsOf(await download(ended.backupId ?? ""), "SELECT name FROM members WHERE id = 5000")).toEqual([
    ["late"],
  ]);
});

test("when the clock goes back, ids go on from the newest one", async () => {
  const first = await server.backUp();
  server.clock.move(-3_600_000);
  const second = await server.backUp();
  expect(second.id > first.id).toBe(true);
  expect(Date.parse(second.timestamp) - Date.parse(first.timestamp)).toBe(1000);
});

test("an id that another server holds is left to it", async () => {
  server.clock.move(10_000);
  const seconds = [0, 1, 2, 3].map((later) => new Date(Math.floor(server.clock.now().getTime() / 1000 + later) * 1000));
  const taken = seconds.map(
    (time) => `hesocial-manual-${time.toISOString().replace(/[-:]/g, "").slice(0, 15).replace("T", "-")}.duckdb`,
  );
  for (const id of taken)
    await server.store.put(`backups/${id}.claim`, Buffer.from('{"serverId":"other","operationId":"x"}'));
  const backup = await server.backUp();
  expect(taken).not.toContain(backup.id);
  expect(await ourKeys()).toEqual(expect.arrayContaining(taken.map((id) => `backups/${id}.claim`)));
});

test("a backup is verified by itself: parts, blocks and every row, with the rows of each table", async () => {
  const { id } = await server.backUp({ verify: true });
  const backup = await server.nestegg.backups.get(id);
  expect(backup.state).toBe("verified");
  expect(backup.verification?.tables).toEqual([{ schema: "main", name: "members", rows: 1000 }]);
});

test("a cancelled backup leaves nothing in the bucket and the next one works", async () => {
  const { operationId } = await server.nestegg.backups.create(ADMIN, {});
  await until(server, operationId, (operation) => operation.backupId !== null);
  await server.nestegg.operations.cancel(ADMIN, operationId);
  expect((await server.nestegg.operations.wait(operationId)).state).toBe("cancelled");
  expect(await ourKeys()).toEqual([]);
  expect((await server.backUp()).state).not.toBe("failed");
});

test("a transaction that stays open makes the backup wait and says since when; it goes on when the transaction ends", async () => {
  const app = server.nestegg.database.app();
  let finish: () => void = () => undefined;
  const open = app.transaction(async (sql) => {
    await sql("UPDATE members SET name = 'changed' WHERE id = 1");
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  const { operationId } = await server.nestegg.backups.create(ADMIN, {});
  const waiting = await until(server, operationId, (operation) => operation.state === "waiting");
  expect(waiting.summary).toMatch(/open since \d\d:\d\d:\d\d UTC/);
  finish();
  await open;
  const ended = await server.nestegg.operations.wait(operationId);
  expect(ended.state).toBe("ok");
  expect(await rowsOf(await download(ended.backupId ?? ""), "SELECT name FROM members WHERE id = 1")).toEqual([
    ["changed"],
  ]);
});

test("with the storage away the backup fails with the reason, nothing is listed, the app goes on, and what was left is removed later", async () => {
  const simulator = await startR2Simulator();
  undo.push(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  undo.push(() => proxy.stop());
  const remote = await startRuntime({ storage: proxy.settings, look: simulator.settings });
  undo.unshift(async () => {
    await remote.stop().catch(() => undefined);
    await remote.remove();
  });
  await remote.sql("CREATE TABLE t AS SELECT range AS id, repeat('x', 200) AS text FROM range(200000)");
  proxy.inject({
    fault: { kind: "forbidden" },
    when: (request) => request.verb === "putPart" || request.verb === "startMultipart",
  });
  const { operationId } = await remote.nestegg.backups.create(ADMIN, {});
  const ended = await remote.nestegg.operations.wait(operationId);
  expect(ended.state).toBe("failed");
  expect(ended.error?.code).toBe("storage_forbidden");
  expect(ended.error?.hint).toBeTruthy();
  expect(await remote.sql("SELECT count(*) FROM t")).toEqual([["200000"]]);
  expect((await remote.nestegg.backups.list({ fresh: true })).backups).toEqual([]);
}, 60_000);

async function until(
  from: RuntimeFixture,
  id: string,
  holds: (operation: OperationView) => boolean,
): Promise<OperationView> {
  for (;;) {
    const operation = await from.nestegg.operations.get(id);
    if (holds(operation)) return operation;
    if (operation.finishedAt)
      throw new Error(`the run ended first: ${operation.state} ${JSON.stringify(operation.error)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
