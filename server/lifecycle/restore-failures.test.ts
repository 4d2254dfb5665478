import { open, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { journalPath } from "../database/swap";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { besideDatabase, openElsewhere, restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { ADMIN, type RuntimeFixture, type startRuntime } from "../testing/runtime-fixture";

const { afterTest, start } = serversOfTests();

async function withOrders(options: Parameters<typeof startRuntime>[0] = {}): Promise<RuntimeFixture> {
  const server = await start(options);
  await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(100000)");
  return server;
}

test("a disk that is full at the exchange: the old database is open again, whole, and the error says that nothing changed", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  // A disk that is full just when the journal is written: the database is closed by then.
  const journal = journalPath(server.settings.databasePath);
  const waiting = restore(server, backup.id);
  await stepOf(server, "Safety backup");
  await symlink("/dev/full", `${journal}.tmp`);
  const ended = await waiting;
  expect(ended).toMatchObject({
    state: "failed",
    error: { code: "disk_full", message: expect.stringContaining("Your data is unchanged") },
  });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["99999"]]);
  expect(await server.nestegg.restores.kept()).toEqual([]);
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["100000"]]);
  await server.settled();
  await server.stop();
}, 120_000);

test("a file that this process cannot let go is not opened twice: the journal stands, and the next start makes the exchange", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const held = await open(server.settings.databasePath, "r");
  await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await server.restartWanted;
  await expect(server.sql("SELECT 1")).rejects.toMatchObject({ code: expect.stringMatching(/database_busy|degraded/) });
  await held.close();
  await server.runtime.close();

  const next = await start({ folder: server.folder });
  expect(await next.sql("SELECT count(*) FROM orders")).toEqual([["100000"]]);
  await next.settled();
  expect((await next.nestegg.backups.get(backup.id)).status).toBe("latest_restored");
  expect(await next.nestegg.restores.kept()).toMatchObject([{ replacedBy: backup.id }]);
  const { operations } = await next.nestegg.operations.list({ limit: 10, kinds: ["restore"] });
  expect(operations.map(({ title, state }) => [title, state])).toContainEqual([
    "An interrupted swap was finished",
    "ok",
  ]);
  await next.stop();
}, 120_000);

test("a stop in the middle of a restore: before the exchange it is cancelled, and the shutdown backup follows", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  server.runtime.beginStop();
  const result = await server.runtime.stop({ giveUp: new AbortController().signal, budgetLeftMs: 25_000 });
  expect(result).toMatchObject({ safe: true });
  expect(await server.nestegg.operations.get(operationId)).toMatchObject({ state: "cancelled" });
  await server.runtime.close();
  const next = await start({ folder: server.folder });
  expect(await next.sql("SELECT count(*) FROM orders")).toEqual([["99999"]]);
  await next.settled();
  await next.stop();
}, 120_000);

test("a stop after the point of no return lets the restore finish, and backs up what came out of it", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await new Promise<void>((resolve) => {
    void (async () => {
      for await (const event of server.nestegg.events(new AbortController().signal))
        if (event.type === "operation" && event.operation.id === operationId && event.operation.noReturn)
          return resolve();
    })();
  });
  await expect(server.nestegg.operations.cancel(ADMIN, operationId)).rejects.toMatchObject({ code: "conflict" });
  expect(await server.stop()).toMatchObject({ safe: true });
  const next = await start({ folder: server.folder });
  expect(await next.nestegg.operations.get(operationId)).toMatchObject({ state: "ok" });
  expect(await next.sql("SELECT count(*) FROM orders")).toEqual([["100000"]]);
  await next.settled();
  await next.stop();
}, 120_000);

test("a storage that fails half-way: the download goes on from the parts that are there", async () => {
  const simulator = await startR2Simulator();
  afterTest(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  afterTest(() => proxy.stop());
  const first = await withOrders({ storage: proxy.settings, look: simulator.settings });
  await first.sql("CREATE TABLE more AS SELECT range AS id, sha256(range::VARCHAR) AS text FROM range(900000)");
  const backup = await first.backUp({ verify: true });
  await first.stop();
  // With no file there, every part has to come from the storage.
  await rm(first.settings.databasePath);
  const server = await start({ folder: first.folder, storage: proxy.settings, look: simulator.settings });
  let gets = 0;
  proxy.inject({
    fault: { kind: "unavailable" },
    when: (request) => {
      if (request.verb !== "get" || !request.key?.endsWith(backup.id)) return false;
      gets += 1;
      return gets > 2;
    },
  });
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  for (;;) {
    const view = await server.nestegg.operations.get(operationId);
    if (view.state === "waiting" && view.summary?.includes("goes on")) break;
    if (view.finishedAt) throw new Error(`${view.state}: ${view.summary}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  proxy.clear();
  const ended = await server.nestegg.operations.wait(operationId);
  expect(ended.state).toBe("ok");
  expect(Number(ended.detail.fetchedBytes)).toBeLessThan(backup.bytes);
  expect(Number(ended.detail.reusedBytes)).toBeGreaterThan(0);
  expect(await server.sql("SELECT count(*) FROM more")).toEqual([["900000"]]);
  await server.settled();
  await server.stop();
}, 180_000);

test("an object that is replaced under its key during the download is noticed, and nothing is changed", async () => {
  const simulator = await startR2Simulator();
  afterTest(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  afterTest(() => proxy.stop());
  const first = await withOrders({ storage: proxy.settings, look: simulator.settings });
  const backup = await first.backUp({ verify: true });
  await first.stop();
  await rm(first.settings.databasePath);
  const server = await start({ folder: first.folder, storage: proxy.settings, look: simulator.settings });
  proxy.inject({
    fault: { kind: "slow", bytesPerSecond: 4_000_000 },
    when: ({ verb, key }) => verb === "get" && key.endsWith(backup.id),
  });
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await stepOf(server, "Download");
  await server.store.put(`backups/${backup.id}`, new Uint8Array(backup.bytes));
  const ended = await server.nestegg.operations.wait(operationId);
  expect(ended).toMatchObject({ state: "failed", error: { code: "backup_damaged" } });
  expect(await readdir(server.folder)).not.toContain("hesocial.duckdb");
  expect(await besideDatabase(server)).toEqual([]);
  await server.stop();
}, 180_000);

test("a disk that is full during the download ends the restore before the live file is touched", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const incoming = `${server.settings.databasePath}.incoming-${backup.id}`;
  await symlink("/dev/full", incoming);
  expect(await restore(server, backup.id)).toMatchObject({ state: "failed", error: { code: "disk_full" } });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["99999"]]);
  // What was fetched would keep the disk full.
  expect(await besideDatabase(server)).toEqual([]);
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  await server.settled();
  await server.stop();
}, 120_000);

test("a server that has lost its control database restores all the same, and finds what was kept before", async () => {
  const first = await withOrders();
  const backup = await first.backUp({ verify: true });
  await first.sql("DELETE FROM orders WHERE id = 1");
  expect(await restore(first, backup.id)).toMatchObject({ state: "ok" });
  await first.stop();
  for (const name of await readdir(first.folder)) {
    if (name.startsWith("control.db")) await rm(join(first.folder, name));
  }
  const server = await start({ folder: first.folder });
  expect(await server.nestegg.restores.kept()).toMatchObject([{ replacedBy: backup.id }]);
  expect(await undoRestore(server)).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["99999"]]);
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["100000"]]);
  await server.settled();
  await server.stop();
}, 120_000);

test("a file that another process holds is not exchanged under it: the restore names that process", async () => {
  const first = await withOrders();
  const backup = await first.backUp({ verify: true });
  await first.stop();
  const holder = await openElsewhere(first.settings.databasePath, "READ_WRITE");
  afterTest(holder.letGo);
  const server = await start({ folder: first.folder });
  expect(server.nestegg.health()).toMatchObject({ status: "degraded" });
  expect(await restore(server, backup.id)).toMatchObject({
    state: "failed",
    error: { code: "database_busy", message: expect.stringContaining(String(holder.pid)) },
  });
  expect(await server.nestegg.restores.preview({ id: backup.id })).toMatchObject({
    blockers: [{ code: "held", text: expect.stringContaining(String(holder.pid)) }],
  });
  await holder.letGo();
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  expect(server.nestegg.health()).toMatchObject({ status: "ready" });
  await server.settled();
  await server.stop();
}, 120_000);

async function stepOf(server: RuntimeFixture, name: string): Promise<void> {
  for await (const event of server.nestegg.events(new AbortController().signal)) {
    if (event.type !== "operation" || event.operation.kind !== "restore") continue;
    if (event.operation.steps.some((step) => step.name === name && step.state === "running")) return;
  }
}
