import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test, vi } from "vitest";
import type { OperationView } from "../control/types";
import { restore, serversOfTests, undoRestore } from "../testing/restore-fixture";
import { ADMIN, type RuntimeFixture } from "../testing/runtime-fixture";

const { start } = serversOfTests();
const DAY_MS = 24 * 3_600_000;

async function withCoupons(): Promise<RuntimeFixture> {
  const server = await start();
  await server.sql("CREATE TABLE coupons AS SELECT range AS id FROM range(420)");
  return server;
}

test("a kept database goes by itself when its seven days are over, and not before", async () => {
  const server = await withCoupons();
  const backup = await server.backUp({ verify: true });
  expect(await restore(server, backup.id)).toMatchObject({ state: "ok" });
  await server.settled();
  const [kept] = await server.nestegg.restores.kept();
  expect(Date.parse(kept?.expiresAt ?? "") - Date.parse(kept?.replacedAt ?? "")).toBe(7 * DAY_MS);
  server.clock.move(6 * DAY_MS);
  const before = (await letGoes(server)).length;
  server.clock.move(2 * DAY_MS);
  await vi.waitFor(async () => expect(await letGoes(server)).toMatchObject([{ state: "ok" }]), { timeout: 30_000 });
  expect(before).toBe(0);
  expect((await letGoes(server))[0]?.actor.name).toBe("kept for 7 days");
  expect(await server.nestegg.restores.kept()).toEqual([]);
  await server.settled();
  await server.stop();
}, 120_000);

test("a kept database with changes in no backup is backed up before it goes", async () => {
  const server = await withCoupons();
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM coupons WHERE id < 20");
  expect(await restore(server, backup.id, { withoutSafetyBackup: true })).toMatchObject({ state: "ok" });
  const [kept] = await server.nestegg.restores.kept();
  expect(kept).toMatchObject({ uncovered: true });
  const { operationId } = await server.nestegg.restores.letGo(ADMIN, { name: kept?.name ?? "" });
  const ended = await server.nestegg.operations.wait(operationId);
  expect(ended).toMatchObject({ state: "ok", detail: { safetyBackupId: expect.stringContaining("-safety-") } });
  expect(await server.nestegg.restores.kept()).toEqual([]);
  const safety = await server.nestegg.backups.get(String(ended.detail.safetyBackupId));
  expect(safety.verification?.tables).toContainEqual(expect.objectContaining({ name: "coupons", rows: 400 }));
  await server.stop();
}, 120_000);

test("what a kept database has only in its write-ahead log is backed up before it goes, and an undo brings it back", async () => {
  const server = await withCoupons();
  await server.sql("CREATE TABLE history AS SELECT 'live' AS text");
  const made = join(server.folder, "crashed.duckdb");
  const instance = await DuckDBInstance.create(made, { storage_compatibility_version: "v1.5.0" });
  const connection = await instance.connect();
  await connection.run("PRAGMA disable_checkpoint_on_shutdown");
  await connection.run("CREATE TABLE history AS SELECT 'in the file' AS text");
  await connection.run("CHECKPOINT");
  await connection.run("INSERT INTO history VALUES ('only in the log')");
  connection.closeSync();
  instance.closeSync();
  const keep = async (stamp: string) => {
    const kept = `${server.settings.databasePath}.before-restore-${stamp}`;
    for (const suffix of ["", ".wal"]) await copyFile(made + suffix, kept + suffix);
    // Of now: one that is older than its 7 days would be let go of under the test.
    const about = { version: 1, replacedAt: server.clock.now().toISOString(), replacedBy: "a test", backupId: null };
    await writeFile(
      `${kept}.about.json`,
      JSON.stringify({ ...about, actor: "test", operationId: null, safetyBackupId: null, uncovered: true }),
    );
    return basename(kept);
  };
  const { operationId } = await server.nestegg.restores.letGo(ADMIN, { name: await keep("20241230-000000") });
  const gone = await server.nestegg.operations.wait(operationId);
  expect(gone).toMatchObject({ state: "ok" });
  const safety = await server.nestegg.backups.get(String(gone.detail.safetyBackupId));
  expect(safety.verification?.tables).toMatchObject([{ name: "history", rows: 2 }]);

  await keep("20241230-000001");
  expect((await server.nestegg.restores.previewUndo())?.tables).toContainEqual(
    expect.objectContaining({ name: "history", liveRows: 1, backupRows: 2 }),
  );
  expect(await undoRestore(server)).toMatchObject({ state: "ok", error: null });
  expect(await server.sql("SELECT text FROM history ORDER BY text")).toEqual([["in the file"], ["only in the log"]]);
  await server.settled();
  await server.stop();
}, 120_000);

/** The server's look is due whenever the clock has moved; a kept file that is due then is in this list soon after. */
async function letGoes(server: RuntimeFixture): Promise<OperationView[]> {
  await pause(500);
  return (await server.nestegg.operations.list({ limit: 5, kinds: ["let-go"] })).operations;
}
