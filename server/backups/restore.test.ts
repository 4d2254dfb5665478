import { chmod, lstat, mkdir, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { fillOrders } from "./testing/fill-orders";
import { flipBit } from "./testing/flip-bit";

const { start } = serversOfTests();

test("a restore brings every row back, keeps the replaced database, and an undo brings that one back", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id < 7335");
  await server.sql("DROP TABLE coupons");
  await server.sql("CREATE TABLE later AS SELECT 1 AS x");

  const ended = await restore(server, backup.id);
  expect(ended).toMatchObject({ state: "ok", error: null, noReturn: true });
  expect(ended.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    "Download: ok",
    "Check the copy: ok",
    "Safety backup: ok",
    "Pause writes: ok",
    "Swap files: ok",
    "Reopen and compare: ok",
  ]);
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  expect(await server.sql("SELECT count(*) FROM coupons")).toEqual([["420"]]);
  expect((await server.nestegg.backups.get(backup.id)).status).toBe("latest_restored");
  const [kept] = await server.nestegg.restores.kept();
  expect(kept).toMatchObject({
    newest: true,
    replacedBy: backup.id,
    uncovered: false,
    safetyBackupId: expect.any(String),
  });

  await server.sql("INSERT INTO orders VALUES (900001, 'after the restore')");
  expect(await server.nestegg.restores.previewUndo()).toMatchObject({ changesSince: 1, compared: "content" });
  expect(await undoRestore(server)).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([[String(20000 - 7335)]]);
  expect(await server.sql("SELECT x FROM later")).toEqual([[1]]);
  expect((await server.nestegg.backups.get(backup.id)).status).toBeUndefined();
  // What was written after the restore is in the kept file of the undo and in its safety backup.
  expect(await server.nestegg.restores.kept()).toHaveLength(1);
  expect(await undoRestore(server)).toMatchObject({ state: "ok" });
  expect(await server.sql("SELECT text FROM orders WHERE id = 900001")).toEqual([["after the restore"]]);
  await server.settled();
  await server.stop();
}, 120_000);

test("the preview says exactly what would change, values included", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  expect((await server.nestegg.restores.preview({ id: backup.id })).tables?.map(({ change }) => change)).toEqual([
    "same",
    "same",
    "same",
  ]);
  await server.sql("UPDATE orders SET text = 'x' WHERE id = 17");
  await server.sql("DROP TABLE coupons");
  await server.sql("ALTER TABLE ballast DROP COLUMN text");
  await server.sql("CREATE TABLE later AS SELECT 1 AS x");
  const preview = await server.nestegg.restores.preview({ id: backup.id });
  expect(preview).toMatchObject({ compared: "content", blockers: [], state: "verified", keepsForDays: 7 });
  expect(preview.tables).toEqual([
    {
      schema: "main",
      name: "ballast",
      liveRows: 20000,
      backupRows: 20000,
      change: "changed",
      schemaChanges: ["column text VARCHAR comes back"],
    },
    { schema: "main", name: "coupons", liveRows: null, backupRows: 420, change: "back", schemaChanges: [] },
    { schema: "main", name: "later", liveRows: 1, backupRows: null, change: "gone", schemaChanges: [] },
    { schema: "main", name: "orders", liveRows: 20000, backupRows: 20000, change: "changed", schemaChanges: [] },
  ]);
  await server.stop();
}, 120_000);

test("only parts that the live file does not hold are fetched, and nothing for the backup that is in place already", async () => {
  const server = await fillOrders(await start(), 600_000);
  const backup = await server.backUp({ verify: true });
  const same = await restore(server, backup.id);
  expect(same.detail).toMatchObject({ fetchedBytes: 0, reusedBytes: backup.bytes });
  await server.sql("UPDATE orders SET text = 'x' WHERE id = 17");
  const small = await restore(server, backup.id);
  expect(small).toMatchObject({ state: "ok" });
  expect(Number(small.detail.fetchedBytes)).toBeLessThan(backup.bytes);
  expect(await server.sql("SELECT count(*) FROM orders WHERE text = 'x'")).toEqual([["0"]]);
  await server.stop();
}, 120_000);

test("a live database that is damaged or missing is replaced without a safety backup, and its files are kept", async () => {
  const first = await fillOrders(await start());
  const backup = await first.backUp({ verify: true });
  await first.stop();
  await flipBit(first.settings.databasePath, 4_100);
  await flipBit(first.settings.databasePath, 8_200);
  const damaged = await start({ folder: first.folder });
  expect(damaged.nestegg.health()).toMatchObject({ status: "degraded" });
  expect(await restore(damaged, backup.id)).toMatchObject({ state: "ok" });
  expect(damaged.nestegg.health()).toMatchObject({ status: "ready" });
  expect(await damaged.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  expect(await damaged.nestegg.restores.kept()).toMatchObject([{ uncovered: true, safetyBackupId: null }]);
  await damaged.settled();
  await damaged.stop();

  await rm(first.settings.databasePath);
  const missing = await start({ folder: first.folder });
  expect(missing.nestegg.health()).toMatchObject({ status: "degraded", reason: expect.stringContaining("is missing") });
  expect(await restore(missing, backup.id)).toMatchObject({ state: "ok" });
  expect(await missing.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  await missing.settled();
  await missing.stop();
}, 120_000);

test("a database behind a link is restored where the file itself lies, and the link stays", async () => {
  const first = await fillOrders(await start());
  const backup = await first.backUp({ verify: true });
  await first.sql("DELETE FROM orders");
  await first.stop();
  const path = first.settings.databasePath;
  const volume = join(first.folder, "volume");
  await mkdir(volume);
  await rename(path, join(volume, "hesocial.duckdb"));
  await symlink(join(volume, "hesocial.duckdb"), path);
  await chmod(path, 0o640);
  const server = await start({ folder: first.folder });
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok", error: null });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  // Who may read it stays as it was.
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect(await server.nestegg.restores.kept()).toHaveLength(1);
  expect((await readdir(volume)).some((name) => name.includes("before-restore"))).toBe(true);
  await server.settled();
  await server.stop();
}, 120_000);
