import { mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../clock";
import { swapFiles } from "../database/exchange";
import { journalPath, startSwap } from "../database/swap";
import { createLog } from "../log";
import { ended, openElsewhere, restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { ADMIN, type RuntimeFixture } from "../testing/runtime-fixture";

const { afterTest, start } = serversOfTests();

async function withOrders(rows = 1_000): Promise<RuntimeFixture> {
  const server = await start();
  await server.sql(`CREATE TABLE orders AS SELECT range AS id, sha256(range::VARCHAR) AS text FROM range(${rows})`);
  return server;
}

const restoreAlone = (server: RuntimeFixture, id: string) => restore(server, id, { withoutSafetyBackup: true });

test("an undo names the process that has the kept database open, and leaves everything as it is", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  expect(await restoreAlone(server, backup.id)).toMatchObject({ state: "ok" });
  const [kept] = await server.nestegg.restores.kept();
  const reader = await openElsewhere(join(server.folder, String(kept?.name)), "READ_ONLY");
  afterTest(reader.letGo);
  const undoing = () => undoRestore(server, { withoutSafetyBackup: true });
  expect(await undoing()).toMatchObject({
    state: "rolled-back",
    error: { code: "restore_rolled_back", message: expect.stringContaining(String(reader.pid)) },
  });
  expect(server.nestegg.health()).toMatchObject({ status: "ready" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["1000"]]);
  await reader.letGo();
  expect(await undoing()).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["999"]]);
  await server.settled();
  await server.stop();
}, 120_000);

test("while a restore is under way nobody starts with an empty database beside it", async () => {
  const first = await withOrders();
  const backup = await first.backUp({ verify: true });
  await first.stop();
  await rm(first.settings.databasePath);
  const server = await start({ folder: first.folder });
  const started = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  const restoring = ended(server, Promise.resolve(started));
  const empty = server.nestegg.database.startEmpty(ADMIN);
  await expect(empty).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(backup.id) });
  expect(await restoring).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["1000"]]);
  await server.settled();
  await server.stop();
}, 120_000);

test("a file that cannot be let go ends the process also when the disk has no room for the journal", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  const held = await open(server.settings.databasePath, "r");
  const journal = `${journalPath(server.settings.databasePath)}.tmp`;
  await symlink("/dev/full", journal);
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  const first = await Promise.race([
    server.restartWanted.then(() => "restart"),
    server.nestegg.operations.wait(operationId).then(({ state }) => state),
  ]);
  expect(first).toBe("restart");
  await held.close();
  await rm(journal);
  await server.runtime.close();
  const next = await start({ folder: server.folder });
  expect(await next.sql("SELECT count(*) FROM orders")).toEqual([["1000"]]);
  expect(await next.nestegg.restores.kept()).toEqual([]);
  await next.settled();
  await next.stop();
}, 120_000);

test("an undo that the next start ends takes the mark away, as one that ends by itself does", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  expect(await restoreAlone(server, backup.id)).toMatchObject({ state: "ok" });
  expect((await server.nestegg.backups.get(backup.id)).status).toBe("latest_restored");
  const held = await open(server.settings.databasePath, "r");
  await server.nestegg.restores.undo(ADMIN, { withoutSafetyBackup: true });
  await server.restartWanted;
  await held.close();
  await server.runtime.close();
  const next = await start({ folder: server.folder });
  await next.settled();
  expect((await next.nestegg.backups.get(backup.id)).status).toBeUndefined();
  await next.stop();
}, 120_000);

test("a replaced database whose safety backup is gone is backed up before it may go", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  const [kept] = await server.nestegg.restores.kept();
  expect(kept).toMatchObject({ uncovered: false, safetyBackupId: expect.any(String) });
  await server.settled();
  for (const key of await server.keys())
    if (key.includes(String(kept?.safetyBackupId))) await rm(join(server.folder, "bucket", key));
  const view = await ended(server, server.nestegg.restores.letGo(ADMIN, { name: String(kept?.name) }));
  expect(view).toMatchObject({ state: "ok", detail: { safetyBackupId: expect.any(String) } });
  expect(await server.nestegg.restores.kept()).toEqual([]);
  await server.settled();
  await server.stop();
}, 120_000);

test("a journal that stands from before is neither undone nor ended by another exchange", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-swap-"));
  afterTest(() => rm(folder, { recursive: true }));
  const databasePath = join(folder, "app.duckdb");
  for (const name of ["app.duckdb", "first", "second"]) await writeFile(join(folder, name), name);
  const plan = { databasePath, reason: "restore" as const, newWal: null };
  const first = { ...plan, newDatabase: join(folder, "first"), keptPath: `${databasePath}.before-restore-1` };
  await startSwap(first, systemClock);
  const before = (await readdir(folder)).sort();
  const second = { ...plan, newDatabase: join(folder, "second"), keptPath: `${databasePath}.before-restore-2` };
  await expect(swapFiles(second, { clock: systemClock, log: createLog("silent") })).rejects.toMatchObject({
    code: "conflict",
    hint: expect.stringContaining("Restart"),
  });
  expect((await readdir(folder)).sort()).toEqual(before);
  expect(await readFile(databasePath, "utf8")).toBe("first");
});
