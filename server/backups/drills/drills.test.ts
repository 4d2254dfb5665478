import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Memory, OperationView } from "../../control/types";
import { startFaultyProxy } from "../../storage/testing/faulty-proxy";
import { startR2Simulator } from "../../storage/testing/r2-simulator";
import { ended, restore, serversOfTests } from "../../testing/restore-fixture";
import { ADMIN, type RuntimeFixture } from "../../testing/runtime-fixture";
import type { CatalogEntry } from "../catalog";
import type { BackupContext } from "../context";
import { chooseDrilled } from "./choose-drilled";
import { writeAttempt } from "./drill-records";
import { createDrills } from "./drills";
import { nextDrillAt } from "./next-drill";

vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 24 * 3_600_000;
const servers = serversOfTests();

async function drillOf(server: RuntimeFixture, id?: string): Promise<OperationView> {
  return ended(server, server.nestegg.operate.drills.run(ADMIN, id === undefined ? {} : { id }));
}

async function withOrders(server: RuntimeFixture): Promise<void> {
  await server.sql("CREATE TABLE orders AS SELECT range AS id, md5(range::VARCHAR) AS text FROM range(60000)");
}

const scratch = (server: RuntimeFixture) =>
  readdir(join(server.folder, "scratch")).then(
    (names) => names.filter((name) => name.includes(".duckdb")),
    () => [],
  );

async function damage(server: RuntimeFixture, id: string): Promise<void> {
  const file = await open(join(server.folder, "bucket", "backups", id), "r+");
  await file.write(Buffer.from("damage"), 0, 6, 300_000);
  await file.close();
}

test("two backups are fetched whole, opened and read; the time stands on the Overview, and nothing stays on the disk", async () => {
  const server = await servers.start();
  await withOrders(server);
  const older = await server.backUp();
  await server.sql("INSERT INTO orders SELECT 100000 + range, 'x' FROM range(10)");
  const newest = await server.backUp();
  await server.settled();
  expect((await server.nestegg.status()).recoveryMeasured).toBeNull();

  const run = await drillOf(server);
  expect(run).toMatchObject({ kind: "drill", state: "ok", backupId: newest.id });
  expect(run.steps.map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
  const { results, nextAt } = await server.nestegg.operate.drills.get();
  expect(results.map(({ backupId, state, rows }) => [backupId, state, rows])).toEqual([
    [newest.id, "ok", 60_010],
    [older.id, "ok", 60_000],
  ]);
  expect(results[0]?.bytes).toBe(newest.bytes);
  expect(Date.parse(nextAt ?? "") - Date.parse(results[0]?.at ?? "")).toBeGreaterThan(6.9 * DAY_MS);
  const status = await server.nestegg.status();
  expect(status.recoveryMeasured?.by).toBe("drill");
  expect(status.recoverySeconds).toBeGreaterThan(0);
  expect(await scratch(server)).toEqual([]);

  await damage(server, newest.id);
  const failed = await drillOf(server);
  expect(failed).toMatchObject({ state: "failed", error: { code: "backup_damaged" } });
  expect(failed.error?.message).toContain(newest.id);
  expect(failed.error?.message).toContain(`${older.id} passed`);
  expect((await server.nestegg.backups.get(newest.id)).state).toBe("failed");
  expect((await server.nestegg.operate.drills.get()).results.slice(0, 2)).toMatchObject([
    { backupId: newest.id, state: "failed" },
    { backupId: older.id, state: "ok" },
  ]);
  expect(await scratch(server)).toEqual([]);
  const { rows: found } = await server.nestegg.operate.doctor.run(ADMIN);
  expect(found.find(({ code }) => code === "drill")).toMatchObject({ state: "fault" });
  await server.stop();
});

test("a day after there is something to drill the first one runs by itself, then after the interval that was saved", async () => {
  const { ctx, drills, move, begun, catalog } = drillsInMemory();
  await expect(drills.run(ADMIN, {})).rejects.toMatchObject({ code: "not_found" });
  expect(await move(30 * DAY_MS)).toBe(0);
  catalog.push(entry(1, true));
  expect((await drills.get()).nextAt).toBeNull();
  expect(await move(60_000)).toBe(0);
  expect(Date.parse((await drills.get()).nextAt ?? "") - ctx.clock.now().getTime()).toBe(DAY_MS);
  expect(await move(0.9 * DAY_MS)).toBe(0);
  expect(await move(0.2 * DAY_MS)).toBe(1);
  await drills.save(ADMIN, { enabled: true, everyDays: 3 });
  expect(await move(2.9 * DAY_MS)).toBe(1);
  expect(await move(0.2 * DAY_MS)).toBe(2);
  begun.ends = "failed";
  expect(await move(3.1 * DAY_MS)).toBe(3);
  // Tried again after a day, and never twice in one.
  expect(await move(0.9 * DAY_MS)).toBe(3);
  expect(await move(0.2 * DAY_MS)).toBe(4);
  begun.restoring = true;
  expect(await move(2 * DAY_MS)).toBe(4);
  begun.restoring = false;
  expect(await move(60_000)).toBe(5);
  await drills.save(ADMIN, { enabled: false, everyDays: 3 });
  expect(await drills.get()).toMatchObject({ nextAt: null, source: "dashboard" });
  expect(await move(99 * DAY_MS)).toBe(5);
  await expect(drills.save(ADMIN, { enabled: true, everyDays: 0 })).rejects.toThrow();
});

function drillsInMemory() {
  const rows = new Map<string, string>();
  let now = Date.parse("2026-01-01T12:00:00Z");
  const catalog: CatalogEntry[] = [];
  const begun = { count: 0, ends: "ok" as "ok" | "failed", restoring: false };
  const memory: Memory = {
    get: async (name) => rows.get(name) ?? null,
    set: async (name, value) => void (value === null ? rows.delete(name) : rows.set(name, value)),
  };
  const ctx = {
    memory,
    backupEnabled: true,
    clock: { now: () => new Date(now), randomHex: () => "00000001", sleep: async () => undefined },
    catalog: { entries: () => catalog, readAt: new Date(now) },
    operations: { active: () => [] },
    restoring: {
      get holder() {
        return begun.restoring ? { who: "ann", what: "a restore", operationId: null } : null;
      },
    },
    audit: async () => undefined,
  } as unknown as BackupContext;
  const drills = createDrills(ctx, async () => {
    begun.count += 1;
    await writeAttempt(memory, { at: ctx.clock.now().toISOString(), ended: begun.ends });
    return { operationId: `op-${begun.count}` };
  });
  return {
    ctx,
    drills,
    catalog,
    begun,
    /** Some rounds of the chores after that time; how many drills have begun since the start. */
    async move(ms: number): Promise<number> {
      now += ms;
      for (let round = 0; round < 3; round += 1) await drills.tick();
      return begun.count;
    },
  };
}

test("a restore that begins ends a drill, and none begins beside one", async () => {
  const simulator = await startR2Simulator();
  servers.afterTest(() => simulator.stop());
  const proxy = await startFaultyProxy({ target: simulator.settings });
  servers.afterTest(() => proxy.stop());
  const server = await servers.start({ storage: proxy.settings, look: simulator.settings });
  await withOrders(server);
  const { id } = await server.backUp();
  await server.settled();
  let letGo: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  proxy.inject({ fault: { kind: "hold", until }, when: ({ verb, key }) => verb === "get" && key.endsWith(".duckdb") });
  const { operationId } = await server.nestegg.operate.drills.run(ADMIN, {});
  expect(await server.nestegg.operate.drills.run(ADMIN, {})).toEqual({ operationId });
  await expect.poll(() => proxy.requests.some(({ fault }) => fault === "hold"), { timeout: 30_000 }).toBe(true);
  const restored = restore(server, id);
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({ state: "cancelled" });
  await expect(server.nestegg.operate.drills.run(ADMIN, {})).rejects.toMatchObject({ code: "conflict" });
  letGo();
  expect(await restored).toMatchObject({ state: "ok" });
  expect((await server.nestegg.operate.drills.get()).results).toEqual([]);
  expect(await scratch(server)).toEqual([]);
  await server.stop();
});

function entry(second: number, good: boolean): CatalogEntry {
  const id = `hesocial-manual-20260101-0000${String(second).padStart(2, "0")}.duckdb`;
  const at = `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;
  const manifest = { id, createdAt: at, file: { bytes: 1 }, verification: good ? null : { result: "failed" } };
  return { id, object: { bytes: 1 }, manifestEtag: "e", manifest, problem: null } as unknown as CatalogEntry;
}

describe("what is drilled, and when", () => {
  test("the newest good one, and one of the older good ones, whichever chance names", () => {
    const seconds = fc.uniqueArray(fc.record({ second: fc.integer({ min: 0, max: 59 }), good: fc.boolean() }), {
      selector: ({ second }) => second,
    });
    fc.assert(
      fc.property(
        seconds,
        fc.nat().map((n) => n.toString(16)),
        (all, hex) => {
          const sorted = all.toSorted((a, b) => b.second - a.second);
          const good = sorted.filter((one) => one.good).map((one) => entry(one.second, true).id);
          const chosen = chooseDrilled(
            sorted.map((one) => entry(one.second, one.good)),
            { randomHex: () => hex },
          );
          expect(chosen).toHaveLength(Math.min(2, good.length));
          expect(chosen[0]).toBe(good[0]);
          if (chosen[1] !== undefined) expect(good.slice(1)).toContain(chosen[1]);
        },
      ),
    );
  });

  test("a good one waits for its interval, any other is tried again after a day at most", () => {
    const at = "2026-03-01T00:00:00.000Z";
    const settings = { enabled: true, everyDays: 7 };
    expect(nextDrillAt(settings, { at, ended: "ok" })).toEqual(new Date("2026-03-08T00:00:00Z"));
    for (const end of ["failed", "begun", "none"] as const)
      expect(nextDrillAt(settings, { at, ended: end })).toEqual(new Date("2026-03-02T00:00:00Z"));
    expect(nextDrillAt({ ...settings, enabled: false }, { at, ended: "ok" })).toBeNull();
    expect(nextDrillAt(settings, null)).toBeNull();
  });
});
