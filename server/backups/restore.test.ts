import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BackupView } from "../nestegg";
import { besideDatabase, restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { ADMIN, type RuntimeFixture } from "../testing/runtime-fixture";

const { start } = serversOfTests();

/** Small unless a test is about parts: a part has 8 MiB. */
async function withOrders(ballastRows = 20_000): Promise<RuntimeFixture> {
  const server = await start();
  await server.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, text VARCHAR)");
  await server.sql("INSERT INTO orders SELECT range, md5(range::VARCHAR) FROM range(20000)");
  await server.sql("CREATE TABLE coupons AS SELECT range AS id FROM range(420)");
  await server.sql(
    `CREATE TABLE ballast AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(${ballastRows})`,
  );
  return server;
}

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
const objectOf = (server: RuntimeFixture, { id }: Pick<BackupView, "id">) =>
  join(server.folder, "bucket", "backups", id);

test("a restore brings every row back, keeps the replaced database, and an undo brings that one back", async () => {
  const server = await withOrders();
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
  const server = await withOrders();
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
  const server = await withOrders(600_000);
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

test("requests that wait while the files are exchanged go on with the restored database", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders");
  const app = server.nestegg.database.app();
  let stop = false;
  let errors = 0;
  const reader = (async () => {
    while (!stop) {
      await app.run("SELECT count(*) FROM orders").catch(() => {
        errors += 1;
      });
    }
  })();
  const ended = await restore(server, backup.id);
  expect((await app.run("SELECT count(*) FROM orders")).rows).toEqual([["20000"]]);
  stop = true;
  await reader;
  expect(ended.state).toBe("ok");
  expect(errors).toBe(0);
  await server.stop();
}, 120_000);

test("a query that runs for long is interrupted, and a transaction left open is undone", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  const app = server.nestegg.database.app();
  const long = app.run("SELECT count(*) FROM range(3000000) a, range(3000000) b").catch((error: unknown) => error);
  let release: () => void = () => undefined;
  const open = app
    .transaction(async (sql) => {
      await sql("DELETE FROM orders WHERE id = 1");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const ended = await restore(server, backup.id, { withoutSafetyBackup: true });
  release();
  expect(ended).toMatchObject({ state: "ok" });
  expect(await long).toMatchObject({ code: "sql_interrupted" });
  expect(await open).toMatchObject({ code: "sql_interrupted" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  await server.stop();
}, 120_000);

test("two restores at once: the second is refused and told who runs the first", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  // Not the last way back, so that only its use protects it.
  await server.backUp();
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await expect(server.nestegg.restores.start(ADMIN, { id: backup.id })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("admin@example.com is running a restore"),
  });
  await expect(server.nestegg.backups.remove(ADMIN, { id: backup.id })).rejects.toMatchObject({
    code: "backup_in_use",
  });
  expect((await server.nestegg.operations.wait(operationId)).state).toBe("ok");
  await server.stop();
}, 120_000);

test("a restore waits for the backup that is running, and says so", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  const creating = await server.nestegg.backups.create(ADMIN, { note: "in the way" });
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  const said = waitingOf(server, operationId);
  const ended = await server.nestegg.operations.wait(operationId);
  const created = await server.nestegg.operations.get(creating.operationId);
  expect(await said).toBe("A backup is running. This starts when it ends.");
  expect(created.state).toBe("ok");
  expect(ended.state).toBe("ok");
  expect((ended.steps[0]?.startedAt ?? "") >= (created.steps.at(-1)?.finishedAt ?? "z")).toBe(true);
  await server.stop();
}, 120_000);

test("a restore cancelled before the exchange changes nothing and leaves nothing", async () => {
  const server = await withOrders();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await server.nestegg.operations.cancel(ADMIN, operationId);
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({ state: "cancelled" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["19999"]]);
  expect(await besideDatabase(server)).toEqual([]);
  await server.stop();
}, 120_000);

const damages: [string, (server: RuntimeFixture, backup: BackupView) => Promise<void>, string][] = [
  ["one flipped byte in a header", (server, backup) => flip(objectOf(server, backup), 4_100), "backup_damaged"],
  [
    "one flipped byte in a block",
    (server, backup) => flip(objectOf(server, backup), 12_288 + 262_144 + 5_000),
    "backup_damaged",
  ],
  ["an object that is cut short", async (server, backup) => truncateBy(objectOf(server, backup), 1), "backup_missing"],
  ["an object that is gone", (server, backup) => rm(objectOf(server, backup)), "backup_missing"],
  ["a manifest that is gone", (server, backup) => rm(`${objectOf(server, backup)}.json`), "conflict"],
];

test.each(damages)(
  "%s: the restore refuses before the live file is touched",
  async (_name, damage, code) => {
    const server = await withOrders();
    const backup = await server.backUp({ verify: true });
    // The live file must not have the damaged part to give.
    await server.sql("DROP TABLE ballast");
    await server.sql("DROP TABLE orders");
    await server.sql("CREATE TABLE other AS SELECT range AS id, sha256(range::VARCHAR) AS text FROM range(30000)");
    await server.backUp();
    await damage(server, backup);
    await server.nestegg.backups.list({ fresh: true });
    const before = await sha256(server.settings.databasePath);
    const said = await restore(server, backup.id).then(
      (ended) => ended.error?.code,
      (error: { code: string }) => error.code,
    );
    expect(said).toBe(code);
    expect(await server.sql("SELECT count(*) FROM other")).toEqual([["30000"]]);
    expect(await sha256(server.settings.databasePath)).toBe(before);
    expect(await besideDatabase(server)).toEqual([]);
    expect(await server.nestegg.restores.kept()).toEqual([]);
    await server.settled();
    await server.stop();
  },
  120_000,
);

test("a live database that is damaged or missing is replaced without a safety backup, and its files are kept", async () => {
  const first = await withOrders();
  const backup = await first.backUp({ verify: true });
  await first.stop();
  await flip(first.settings.databasePath, 4_100);
  await flip(first.settings.databasePath, 8_200);
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
  const first = await withOrders();
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

/** What it says while it waits. */
async function waitingOf(server: RuntimeFixture, operationId: string): Promise<string | null> {
  const over = new AbortController();
  for await (const event of server.nestegg.events(over.signal)) {
    if (event.type !== "operation" || event.operation.id !== operationId) continue;
    if (event.operation.state === "waiting" || event.operation.finishedAt) return event.operation.summary;
  }
  return null;
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await file.write(byte, 0, 1, at);
  await file.close();
}

async function truncateBy(path: string, bytes: number): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  await file.truncate(size - bytes);
  await file.close();
}
