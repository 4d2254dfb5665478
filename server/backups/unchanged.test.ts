import { open, readFile, stat } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { readBody } from "../read-body";
import { existing } from "../storage/testing/object-store-suite";
import { type RuntimeFixture, startRuntime } from "../testing/runtime-fixture";

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(options: Parameters<typeof startRuntime>[0] = {}): Promise<RuntimeFixture> {
  const server = await startRuntime(options);
  undo.push(server.remove);
  return server;
}

const stored = async (server: RuntimeFixture, id: string) =>
  readBody(await existing(server.store.get(`${server.settings.backupPrefix}${id}`)));

test("a manual backup of an unchanged database is one of its own, copied inside the store without a byte sent", async () => {
  const server = await start();
  await server.sql("CREATE TABLE t AS SELECT range AS id FROM range(100000)");
  const first = await server.backUp();
  const second = await server.backUp();
  expect(second.id).not.toBe(first.id);
  expect(second).toMatchObject({
    bytes: first.bytes,
    sentBytes: 0,
    reusedBytes: first.bytes,
    transfer: { baseId: first.id, unchanged: true },
  });
  expect((await stored(server, second.id)).equals(await stored(server, first.id))).toBe(true);
  const verified = await server.backUp({ verify: true, note: "read back" });
  expect(verified.state).toBe("verified");
  await server.stop();
});

/** As a second signal ends it: the next start takes a scheduled backup at once. */
async function stopWithoutBackup(server: RuntimeFixture): Promise<void> {
  server.runtime.beginStop();
  const { safe } = await server.runtime.stop({ giveUp: AbortSignal.abort(), budgetLeftMs: 25_000 });
  expect(safe).toBe(false);
  await server.runtime.close();
}

const scheduledRuns = async (server: RuntimeFixture) => {
  const { operations } = await server.nestegg.operations.list({ limit: 10, kinds: ["backup"] });
  return operations.filter(({ title }) => title === "Backup, scheduled");
};

test("a scheduled backup of an unchanged database stores nothing when the settings say so; a changed one, or a manual one, always does", async () => {
  const environment = { BACKUP_SKIP_UNCHANGED: "true" };
  const first = await start({ environment });
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  const { id } = await first.backUp();
  await stopWithoutBackup(first);

  const second = await start({ folder: first.folder, environment });
  await second.settled();
  const [skipped] = await scheduledRuns(second);
  expect(skipped).toMatchObject({ state: "ok", backupId: null, detail: { unchangedSince: id } });
  expect(skipped?.summary).toContain(`Nothing has changed since ${id}`);
  await second.sql("INSERT INTO t VALUES (-1)");
  await stopWithoutBackup(second);

  const third = await start({ folder: first.folder, environment });
  await third.settled();
  const [taken] = await scheduledRuns(third);
  expect(taken?.backupId).toMatch(/^hesocial-scheduled-/);
  await third.backUp();
  await stopWithoutBackup(third);

  const withoutSetting = await start({ folder: first.folder });
  await withoutSetting.settled();
  expect((await withoutSetting.nestegg.backups.list({ fresh: true })).total).toBe(4);
  await withoutSetting.stop();
}, 60_000);

test("a file that was copied over the database while the server was stopped is not taken for the one that was backed up", async () => {
  const first = await start();
  await first.sql("CREATE TABLE t AS SELECT range AS id FROM range(1000)");
  await first.backUp();
  await first.stop();
  const path = first.settings.databasePath;
  // The other history: the same file, opened and changed elsewhere, written back under the same inode. Its header may well be equal.
  const { ino } = await stat(path);
  await overwrite(path, await readFile(path));
  expect((await stat(path)).ino).toBe(ino);

  const second = await start({ folder: first.folder });
  const before = await second.nestegg.status();
  expect(before.database.changedSinceBackup).toBe(true);
  const backup = await second.backUp();
  // By its hash it is the same after all.
  expect(backup).toMatchObject({ sentBytes: 0, transfer: { unchanged: true } });
  await second.stop();
  const third = await start({ folder: first.folder });
  expect((await third.nestegg.status()).database.changedSinceBackup).toBe(false);
  await third.stop();
});

async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, 0);
  await file.close();
}

test("how long a stop would take is told from what the last backups sent, and that it does not fit when it does not", async () => {
  const server = await start({ environment: { SHUTDOWN_BUDGET_SECONDS: "1" } });
  expect((await server.nestegg.status()).stop).toMatchObject({ seconds: null, fits: true });
  await server.sql("CREATE TABLE t AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(1200000)");
  const first = await server.backUp();
  const unchanged = (await server.nestegg.status()).stop;
  expect(unchanged.text).toContain("nothing has changed");
  await server.sql("INSERT INTO t VALUES (-1, 'x')");
  const whole = (await server.nestegg.status()).stop;
  expect(whole.text).toContain(`up to ${Math.round(first.bytes / 1e6)} MB to send`);
  expect(whole).toMatchObject({ budgetSeconds: 1, fits: false });
  const second = await server.backUp();
  expect(second.reusedBytes).toBeGreaterThan(0);
  await server.sql("INSERT INTO t VALUES (-2, 'x')");
  const part = (await server.nestegg.status()).stop;
  expect(part.text).toContain(`up to ${Math.max(1, Math.round(second.sentBytes / 1e6))} MB to send`);
  await server.stop();
});
