import { rm, stat } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import type { RuntimeFixture } from "../testing/runtime-fixture";
import { createRuntimeFor, startRuntime } from "../testing/runtime-fixture";

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(options: Parameters<typeof startRuntime>[0] = {}): Promise<RuntimeFixture> {
  const server = await startRuntime(options);
  undo.push(server.remove);
  return server;
}

const rows = async (server: RuntimeFixture) => (await server.nestegg.backups.list({ fresh: true })).backups;

test("a stop backs up what has changed; the next start verifies that backup; a stop without changes stores nothing and says since when", async () => {
  const first = await start();
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  expect(await first.stop()).toMatchObject({ safe: true });

  const second = await start({ folder: first.folder });
  await second.settled();
  const [shutdown] = await rows(second);
  expect(shutdown).toMatchObject({
    type: "shutdown",
    state: "verified",
    id: expect.stringMatching(/^hesocial-backup-/),
  });
  expect(await second.sql("SELECT count(*) FROM t")).toEqual([["1000"]]);
  expect(await second.stop()).toMatchObject({ safe: true, message: expect.stringContaining(`since ${shutdown?.id}`) });

  const third = await start({ folder: first.folder });
  expect(await rows(third)).toHaveLength(1);
  await third.sql("UPDATE t SET id = -1 WHERE id = 0");
  expect(await third.stop()).toMatchObject({ safe: true });
  const fourth = await start({ folder: first.folder });
  expect(await rows(fourth)).toHaveLength(2);
  await fourth.stop();
});

test("with backups switched off a stop is safe without a backup, and the page says that nothing is protected", async () => {
  const server = await start({ environment: { BACKUP_ENABLED: "false" } });
  await server.sql("CREATE TABLE t (id INTEGER)");
  const status = await server.nestegg.status();
  expect(status.protection).toMatchObject({
    status: "unprotected",
    line: expect.stringContaining("Not protected: switched off"),
  });
  expect((await server.backUp()).type).toBe("manual");
  await server.sql("INSERT INTO t VALUES (1)");
  expect(await server.stop()).toMatchObject({ safe: true });
  const again = await start({ folder: server.folder, environment: { BACKUP_ENABLED: "false" } });
  expect((await rows(again)).map((backup) => backup.type)).toEqual(["manual"]);
  await again.stop();
});

test("a stop while the storage is away ends unsafe with the reason, and the next start takes the missing backup at once", async () => {
  const simulator = await startR2Simulator();
  undo.push(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  undo.push(() => proxy.stop());
  const first = await start({ storage: proxy.settings, look: simulator.settings });
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  proxy.inject({ fault: { kind: "forbidden" }, when: (request) => request.verb !== "get" && request.verb !== "head" });
  const result = await first.stop();
  expect(result.safe).toBe(false);
  expect(result.message).toContain("closed cleanly");

  proxy.clear();
  const second = await start({ folder: first.folder, storage: proxy.settings, look: simulator.settings });
  await second.settled();
  const [backup] = await rows(second);
  expect(backup).toMatchObject({ type: "scheduled", state: "verified" });
  expect((await second.nestegg.status()).protection.status).toBe("safe");
  const { operations } = await second.nestegg.operations.list({ limit: 50, kinds: ["backup"] });
  expect(operations.map((operation) => operation.state)).toEqual(["ok", "failed"]);
  await second.stop();
}, 120_000);

test("a stop whose upload does not fit the budget ends in time, unsafe, and leaves nothing that the next start does not remove", async () => {
  const simulator = await startR2Simulator();
  undo.push(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  undo.push(() => proxy.stop());
  const first = await start({ storage: proxy.settings, look: simulator.settings });
  await first.sql("CREATE TABLE t AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)");
  proxy.inject({ fault: { kind: "never-answer" }, when: (request) => request.verb === "putPart" });
  first.runtime.beginStop();
  const startedAt = Date.now();
  const result = await first.runtime.stop({ giveUp: new AbortController().signal, budgetLeftMs: 4_000 });
  await first.runtime.close();
  expect(result).toMatchObject({ safe: false, message: expect.stringContaining("SHUTDOWN_BUDGET_SECONDS") });
  expect(Date.now() - startedAt).toBeLessThan(4_000);

  proxy.clear();
  const second = await start({ folder: first.folder, storage: proxy.settings, look: simulator.settings });
  await second.settled();
  expect((await second.keys()).filter((key) => key.endsWith(".claim"))).toEqual([]);
  expect((await rows(second)).map((backup) => [backup.type, backup.state])).toEqual([["scheduled", "verified"]]);
  await second.stop();
}, 120_000);

test("a statement that ignores its interrupt does not keep a stop from its backup: it ends safe, and says that a thread is stuck", async () => {
  const server = await start();
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  // Its time grows with the square of the length: long enough to outlast a drain and an interrupt on any machine.
  const startedAt = performance.now();
  await server.sql("SELECT levenshtein(repeat('a', 10000), repeat('b', 10000))");
  const length = Math.round(10_000 * Math.sqrt(35_000 / (performance.now() - startedAt)));
  const long = server
    .sql(`SELECT levenshtein(repeat('a', ${length}), repeat('b', ${length}))`)
    .catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const result = await server.stop();
  expect(result).toMatchObject({ safe: true, stuck: true });
  await long;
  const keys = await server.keys();
  expect(keys.filter((key) => key.endsWith(".duckdb"))).toEqual([expect.stringContaining("hesocial-backup-")]);
}, 120_000);

test("a missing database file is not replaced by an empty one while backups of it exist; starting empty is an admin's decision", async () => {
  const first = await start();
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  await first.stop();
  await rm(first.settings.databasePath);

  const second = await start({ folder: first.folder });
  expect(second.nestegg.health()).toMatchObject({
    status: "degraded",
    reason: expect.stringContaining("holds 1 backup of it"),
  });
  await expect(stat(first.settings.databasePath)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(
    second.nestegg.backups.create({ actor: { kind: "system", id: "system", name: "test" }, address: null }, {}),
  ).rejects.toMatchObject({ code: "degraded" });
  expect(await rows(second)).toHaveLength(1);
  const caller = { actor: { kind: "system", id: "system", name: "test" }, address: null } as const;
  const twice = await Promise.allSettled([
    second.nestegg.database.startEmpty(caller),
    second.nestegg.database.startEmpty(caller),
  ]);
  expect(twice.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(second.nestegg.health()).toEqual({ status: "ready", reason: undefined, hint: undefined });
  expect(await second.sql("SELECT count(*) FROM duckdb_tables()")).toEqual([["0"]]);
  await second.stop();
});

test("a stop that comes during the start stays a stop", async () => {
  const first = await start();
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(10)");
  await first.stop();
  const second = await createRuntimeFor(first);
  const opened = second.open();
  second.beginStop();
  await opened;
  expect(second.health().status).toBe("stopping");
  expect(await second.stop({ giveUp: new AbortController().signal, budgetLeftMs: 20_000 })).toMatchObject({
    safe: true,
  });
  await second.close();
});

test("a second server on one path may back up, but deletes and registers nothing until an admin takes over", async () => {
  const first = await start();
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  const second = await start({ storage: first.settings.storage });
  const old = await first.backUp();
  await first.backUp();
  await second.sql("CREATE TABLE t AS SELECT range AS id FROM range(10)");
  await second.backUp();
  const caller = { actor: { kind: "system", id: "system", name: "test" }, address: null } as const;
  await expect(second.nestegg.backups.remove(caller, { id: old.id })).rejects.toMatchObject({ code: "not_owner" });
  await second.nestegg.storage.takeOver(caller);
  expect(await second.nestegg.backups.remove(caller, { id: old.id })).toMatchObject({ id: old.id });
  await second.nestegg.backups.undelete(caller, { id: old.id });
  await expect(first.nestegg.backups.remove(caller, { id: old.id })).rejects.toMatchObject({ code: "not_owner" });
  await first.stop();
  await second.stop();
});
