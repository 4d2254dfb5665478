import { cp, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { startR2Simulator } from "../storage/testing/r2-simulator";
import { besideDatabase, restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { createRuntimeFor, type RuntimeFixture } from "../testing/runtime-fixture";

const { afterTest, start } = serversOfTests();

async function withOrders(): Promise<RuntimeFixture> {
  const server = await start();
  await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(100000)");
  return server;
}

test("a restore that found its bytes on this machine is no measure of a recovery", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok", detail: { fetchedBytes: 0 } });
  expect((await server.nestegg.status()).recoverySeconds).toBeNull();
  await server.settled();
  const { backups } = await server.nestegg.backups.list({ fresh: true });
  expect(backups.map(({ type, state }) => [type, state])).toEqual([
    ["safety", "verified"],
    ["manual", "verified"],
  ]);
  await server.stop();
}, 120_000);

test("a machine that is lost right after a restore gets the restored data back, not what was thrown away; the same after an undo", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders");
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  await server.settled();
  const status = await server.nestegg.status();
  expect(status.newestGood?.id).toBe(backup.id);
  expect(status.database.changedSinceBackup).toBe(false);
  expect(await rowsOnAnEmptyMachine(server)).toBe("100000");

  await server.sql("DELETE FROM orders WHERE id > 9");
  expect(await undoRestore(server)).toMatchObject({ state: "ok" });
  await server.settled();
  expect(await rowsOnAnEmptyMachine(server)).toBe("0");

  // A kept file that no backup covers is live again: a backup of it is taken by itself.
  await server.sql("INSERT INTO orders SELECT range, 'x' FROM range(7)");
  expect(await restore(server, backup.id, { withoutSafetyBackup: true })).toMatchObject({ state: "ok" });
  expect(await undoRestore(server)).toMatchObject({ state: "ok" });
  await server.settled();
  expect(await rowsOnAnEmptyMachine(server)).toBe("7");
  await server.stop();
}, 180_000);

/** What RESTORE_ON_START finds in this bucket when nothing else is left. */
async function rowsOnAnEmptyMachine(server: RuntimeFixture): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-empty-machine-"));
  afterTest(() => rm(folder, { recursive: true, force: true }));
  await cp(join(server.folder, "bucket"), join(folder, "bucket"), { recursive: true });
  const machine = await start({ folder, environment: { RESTORE_ON_START: "if-missing", BACKUP_ENABLED: "false" } });
  const [row] = await machine.sql("SELECT count(*) FROM orders");
  await machine.settled();
  await machine.stop();
  return row?.[0];
}

test("a missing database is fetched at start when the settings say so; a damaged newest one is passed over, and said", async () => {
  const first = await withOrders();
  await first.backUp({ verify: true });
  await first.sql("DELETE FROM orders WHERE id = 1");
  const newest = await first.backUp({ verify: true });
  await first.stop();
  await rm(first.settings.databasePath);
  const file = await open(join(first.folder, "bucket", "backups", newest.id), "r+");
  await file.write(Buffer.from([1, 2, 3]), 0, 3, 300_000);
  await file.close();
  const next = await start({ folder: first.folder, environment: { RESTORE_ON_START: "if-missing" } });
  expect(next.nestegg.health().status).toBe("ready");
  expect(await next.sql("SELECT count(*) FROM orders")).toEqual([["100000"]]);
  await next.settled();
  const { operations } = await next.nestegg.operations.list({ limit: 10, kinds: ["restore"] });
  expect(operations.map(({ state }) => state)).toEqual(["ok", "failed"]);
  expect((await next.nestegg.backups.get(newest.id)).state).toBe("failed");
  // All of it was fetched: that is what the Overview says a recovery takes.
  expect((await next.nestegg.status()).recoverySeconds).toBeGreaterThan(0);
  expect(await besideDatabase(next)).toEqual([]);
  await next.stop();
}, 120_000);

test("with nothing in the bucket it starts empty and says so; with the storage away it does not start empty", async () => {
  const empty = await start({ environment: { RESTORE_ON_START: "if-missing" } });
  expect(empty.nestegg.health().status).toBe("ready");
  const { operations } = await empty.nestegg.operations.list({ limit: 10, kinds: ["restore"] });
  expect(operations[0]?.summary).toContain("it starts empty");
  await empty.stop();

  const simulator = await startR2Simulator();
  afterTest(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  afterTest(() => proxy.stop());
  proxy.inject({ fault: { kind: "unavailable" }, when: () => true });
  const stopped = { ...empty, settings: { ...empty.settings, storage: proxy.settings } };
  await rm(empty.settings.databasePath);
  const away = await createRuntimeFor(stopped);
  await away.open();
  expect(away.health()).toMatchObject({
    status: "degraded",
    reason: expect.stringContaining("No empty database was created"),
  });
  await away.close();
}, 120_000);
