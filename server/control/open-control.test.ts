import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { openControlDatabase } from "./control-database";
import { migrate } from "./migrate";
import { openControl } from "./open-control";
import { createHandClock } from "./testing/hand-clock";
import { CHEAP_COST, listeningLog, MIGRATIONS, openTestControl, tempFolder } from "./testing/test-control";

function open(path: string, migrationsFolder = MIGRATIONS) {
  const { log } = listeningLog();
  return openControl({
    url: `file:${path}`,
    migrationsFolder,
    clock: createHandClock(),
    log,
    passwordCost: CHEAP_COST,
  });
}

test("the control database and its companions are for their owner only", async () => {
  const { control, path } = await openTestControl();
  await control.memory.set("server id", "s1");
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    expect((await stat(file)).mode & 0o777, file).toBe(0o600);
  }
});

test("a file that others could read is closed to them", async () => {
  const path = join(await tempFolder(), "control.db");
  await writeFile(path, "", { mode: 0o644 });
  const control = await open(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await control.close();
});

test("it is in WAL mode, waits for another writer and keeps what was written over a close", async () => {
  const { control, path, reopen } = await openTestControl();
  await control.memory.set("lineage", "abc");
  const client = createClient({ url: `file:${path}` });
  expect((await client.execute("PRAGMA journal_mode")).rows[0]?.journal_mode).toBe("wal");
  client.close();
  const again = await reopen();
  expect(await again.memory.get("lineage")).toBe("abc");
  await again.memory.set("lineage", null);
  expect(await again.memory.get("lineage")).toBeNull();
});

test("a folder that does not exist yet and has odd letters in its name is made", async () => {
  const folder = await tempFolder();
  const path = join(folder, "a b", "c%d", "control.db");
  const { log } = listeningLog();
  const control = await openControl({
    url: `file:${encodeURI(path)}`,
    migrationsFolder: MIGRATIONS,
    clock: createHandClock(),
    log,
  });
  await control.memory.set("a", "b");
  await control.close();
  expect((await stat(path)).size).toBeGreaterThan(0);
});

test("a newer schema is refused and stays as it was", async () => {
  const { control, path } = await openTestControl();
  await control.close();
  const client = createClient({ url: `file:${path}` });
  await client.execute("INSERT INTO nestegg_migrations VALUES (99, '0099-future.sql', '2030-01-01')");
  client.close();
  const known = (await readdir(new URL("migrations", import.meta.url))).length;
  await expect(open(path)).rejects.toMatchObject({
    code: "setting_invalid",
    message: expect.stringContaining(`newer Nestegg (schema 99, this one knows ${known})`),
    hint: expect.stringContaining("newer version"),
  });
});

test("a file that is not a database is refused and stays byte for byte", async () => {
  const path = join(await tempFolder(), "control.db");
  const bytes = "these are the notes of somebody else\n".repeat(500);
  await writeFile(path, bytes);
  await expect(open(path)).rejects.toMatchObject({
    code: "setting_invalid",
    message: expect.stringContaining("is damaged"),
  });
  expect(await readFile(path, "utf8")).toBe(bytes);
});

test("a control database with a damaged page is refused at start, not in the middle of a backup", async () => {
  const { control, path } = await openTestControl();
  for (let name = 0; name < 200; name++) await control.memory.set(`name ${name}`, "x".repeat(500));
  await control.close();
  const bytes = await readFile(path);
  bytes.fill(0xff, 4096 * 20, 4096 * 24);
  await writeFile(path, bytes);
  await expect(open(path)).rejects.toMatchObject({ code: "setting_invalid", hint: expect.stringContaining("-wal") });
});

test("somebody else's SQLite database is refused and keeps its journal mode", async () => {
  const path = join(await tempFolder(), "app.db");
  const client = createClient({ url: `file:${path}` });
  await client.execute("CREATE TABLE users (id INTEGER)");
  client.close();
  await expect(open(path)).rejects.toMatchObject({
    code: "setting_invalid",
    message: expect.stringContaining("belongs to something else"),
  });
  const after = createClient({ url: `file:${path}` });
  expect((await after.execute("PRAGMA journal_mode")).rows[0]?.journal_mode).toBe("delete");
  after.close();
});

test("a place that cannot be written is a setting error that names the file", async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, "blocked"), "");
  await expect(open(join(folder, "blocked", "control.db"))).rejects.toMatchObject({
    code: "setting_invalid",
    message: expect.stringContaining(join("blocked", "control.db")),
  });
});

test("an address of no known kind is a setting error that does not repeat it, for it may hold a secret", async () => {
  const { log } = listeningLog();
  const opening = openControl({
    url: "postgres://me:hunter2@db/x",
    migrationsFolder: MIGRATIONS,
    clock: createHandClock(),
    log,
  });
  await expect(opening).rejects.toMatchObject({
    code: "setting_invalid",
    message: expect.not.stringContaining("hunter2"),
  });
});

test("a migration that fails in its middle leaves nothing of it, and the next try continues there", async () => {
  const folder = join(await tempFolder(), "migrations");
  await mkdir(folder);
  await writeFile(join(folder, "0001-a.sql"), "CREATE TABLE a (x);");
  await writeFile(join(folder, "0002-b.sql"), "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);");
  const database = await openControlDatabase(`file:${join(folder, "c.db")}`);
  const tables = async () => {
    const found = await database.client.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    return found.rows.map((row) => row.name);
  };
  await expect(migrate(database, folder, createHandClock())).rejects.toThrow("nowhere");
  expect(await tables()).toEqual(["a", "nestegg_migrations"]);
  await writeFile(join(folder, "0002-b.sql"), "CREATE TABLE b (x); INSERT INTO a VALUES (1);");
  await migrate(database, folder, createHandClock());
  await migrate(database, folder, createHandClock());
  expect(await tables()).toEqual(["a", "b", "nestegg_migrations"]);
  expect((await database.client.execute("SELECT count(*) AS n FROM a")).rows[0]?.n).toBe(1);
  await database.close();
});

test("a missing migration file is noticed", async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, "0002-b.sql"), "CREATE TABLE b (x);");
  await expect(open(join(folder, "c.db"), folder)).rejects.toThrow("not complete before 0002-b.sql");
});
