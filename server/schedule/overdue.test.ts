import { describe, expect, test } from "vitest";
import { createTestKeeper } from "./testing/test-keeper";

const MINUTE_MS = 60_000;

describe("overdue", () => {
  test("is said once when a slot has made no good backup within its grace, and taken back once when there is one", async () => {
    const t = await createTestKeeper();
    t.coveredUntil = new Date("2026-11-24T09:00:00.000Z");
    t.ends = "cancelled";
    await t.tickAt("2026-11-24T15:00:00.000Z");
    await t.tickAt("2026-11-24T18:04:59.000Z");
    expect([t.told, t.keeper.overdueSince()]).toEqual([[], null]);
    await t.tickAt("2026-11-24T18:05:00.000Z");
    expect(t.keeper.overdueSince()?.toISOString()).toBe("2026-11-24T15:00:00.000Z");
    await t.restart();
    await t.tickAfter(10_000);
    expect(t.told).toMatchObject([{ event: "backup-overdue", key: "overdue", kind: "trouble" }]);
    expect(t.told[0]?.text).toContain("every 6 hours");
    expect(t.told[0]?.text).toContain("24 Nov, 15:00 UTC");
    t.coveredUntil = new Date("2026-11-24T18:30:00.000Z");
    await t.tickAt("2026-11-24T18:31:00.000Z");
    await t.tickAfter(10_000);
    expect(t.told.map(({ kind }) => kind)).toEqual(["trouble", "recovered"]);
  });

  test("a run that found nothing changed makes its slot good, although it stored nothing", async () => {
    const t = await createTestKeeper({ settings: { preset: "hourly", onlyIfChanged: true } });
    t.coveredUntil = new Date("2026-11-24T09:00:00.000Z");
    t.ends = "unchanged";
    for (let tick = 0; tick < 6 * 48; tick++) await t.tickAfter(10 * MINUTE_MS);
    expect([t.runs.length, t.told, t.keeper.overdueSince()]).toEqual([48, [], null]);
  });

  test("a stored backup that later did not pass its check makes it overdue again", async () => {
    const t = await createTestKeeper({ settings: { preset: "hourly" } });
    await t.tickAt("2026-11-24T10:00:00.000Z");
    t.ends = "never";
    await t.tickAt("2026-11-24T11:00:00.000Z");
    t.coveredUntil = new Date("2026-11-24T09:00:00.000Z");
    await t.tickAt("2026-11-24T11:20:00.000Z");
    expect(t.told.map(({ kind }) => kind)).toEqual(["trouble"]);
  });

  test("a run that has just begun is given its time before anything is said; after a long stop too", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:00.000Z");
    t.clock.set("2026-11-30T10:00:00.000Z");
    await t.restart();
    t.ends = "never";
    await t.tickAfter(10_000);
    await t.tickAfter(14 * MINUTE_MS);
    expect(t.told).toEqual([]);
    await t.tickAfter(2 * MINUTE_MS);
    expect(t.told).toHaveLength(1);
  });

  test("is told once also when no run can begin and nothing can be written", async () => {
    const t = await createTestKeeper();
    t.beginFails = new Error("no");
    t.memoryFails = new Error("disk full");
    for (let tick = 0; tick < 3; tick++) await expect(t.tickAt(`2026-11-24T19:0${tick}:00.000Z`)).rejects.toThrow("no");
    expect(t.told.map(({ kind }) => kind)).toEqual(["trouble"]);
  });

  test("is told without a database, with what it waits for", async () => {
    const t = await createTestKeeper();
    t.hindrance = "the database is not open";
    await t.tickAt("2026-11-24T19:00:00.000Z");
    expect(t.told[0]?.text).toContain("It waits: the database is not open.");
  });

  test("a storage that was never read says nothing against the last good run", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:00.000Z");
    await t.restart();
    t.coveredUntil = "unknown";
    await t.tickAt("2026-11-24T20:00:00.000Z");
    expect(t.told).toEqual([]);
  });
});
