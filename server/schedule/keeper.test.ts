import { describe, expect, test } from "vitest";
import { BUILT_IN_SCHEDULE } from "../config";
import { createTestKeeper, minutes } from "./testing/test-keeper";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const PAUSE = { reason: "moving the bucket", by: "Ada", since: "2026-11-24T09:00:00.000Z" };

describe("slots and runs", () => {
  test("the first run comes one interval after the first start, and one per slot after that", async () => {
    const t = await createTestKeeper();
    for (let tick = 0; tick < 6 * 24; tick++) await t.tickAfter(10 * MINUTE_MS);
    expect(minutes(t.runs)).toEqual(["2026-11-24T15:00", "2026-11-24T21:00", "2026-11-25T03:00", "2026-11-25T09:00"]);
  });

  test("a first start owes nothing: what was missed before the first run ever is not made up for", async () => {
    const t = await createTestKeeper();
    t.clock.set("2026-11-26T10:00:00.000Z");
    await t.restart();
    await t.tickAfter(10_000);
    expect(t.runs).toEqual([]);
    await t.tickAt("2026-11-26T15:00:00.000Z");
    expect(t.runs).toHaveLength(1);
  });

  test("slots missed while the server was down are made up for by exactly one run at start", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:05.000Z");
    t.clock.set("2026-11-27T10:00:00.000Z");
    await t.restart();
    for (let tick = 0; tick < 10; tick++) await t.tickAfter(10_000);
    expect(minutes(t.runs)).toEqual(["2026-11-24T15:00", "2026-11-27T10:00"]);
  });

  test("a restart does not run a slot again, and nothing is made up for when nothing was missed", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:05.000Z");
    await t.restart();
    await t.tickAfter(10_000);
    await t.restart();
    await t.tickAfter(10_000);
    expect(t.runs).toHaveLength(1);
  });

  test("a backup that the start took after a crash answers the slots that were missed", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:05.000Z");
    t.clock.set("2026-11-25T10:00:00.000Z");
    await t.restart();
    await t.keeper.noteRun("op-crash", Promise.resolve({ state: "ok", backupId: "x" } as never));
    await t.tickAfter(10_000);
    expect(t.runs).toHaveLength(1);
  });

  test("a slot is noted before its run begins, so that a process killed in between does not run it twice", async () => {
    const t = await createTestKeeper();
    const noted: (string | undefined)[] = [];
    const { runs } = t;
    t.runs = Object.assign([...runs], {
      push: (at: string) => {
        noted.push(JSON.parse(t.memory.get("schedule-state") ?? "{}").settledUntil);
        return runs.push(at);
      },
    });
    await t.tickAt("2026-11-24T15:00:05.000Z");
    expect(noted).toEqual(["2026-11-24T15:00:05.000Z"]);
  });

  test("while nothing can be written the runs go on, each slot once, and it is written as soon as it can be", async () => {
    const t = await createTestKeeper();
    t.memoryFails = new Error("disk full");
    for (let tick = 0; tick < 6 * 24; tick++) await t.tickAfter(10 * MINUTE_MS);
    expect(minutes(t.runs)).toEqual(["2026-11-24T15:00", "2026-11-24T21:00", "2026-11-25T03:00", "2026-11-25T09:00"]);
    t.memoryFails = null;
    await t.tickAfter(10_000);
    await t.restart();
    expect(t.keeper.state).toMatchObject({
      settledUntil: "2026-11-25T09:00:00.000Z",
      lastRun: { operationId: "op-4" },
    });
    await t.tickAfter(10_000);
    expect(t.runs).toHaveLength(4);
  });

  test("a person's settings and pauses are refused while they cannot be written, and change nothing", async () => {
    const t = await createTestKeeper();
    t.memoryFails = new Error("disk full");
    await expect(t.keeper.save({ ...BUILT_IN_SCHEDULE, preset: "hourly" })).rejects.toThrow("disk full");
    await expect(t.keeper.setPause({ ...PAUSE, until: "2026-11-25T10:00:00.000Z" })).rejects.toThrow("disk full");
    expect([t.keeper.settings.preset, t.keeper.paused]).toEqual([BUILT_IN_SCHEDULE.preset, false]);
  });

  test("while a restore runs or the database is closed a slot waits, and has its run afterwards", async () => {
    const t = await createTestKeeper();
    t.hindrance = "a restore is under way";
    await t.tickAt("2026-11-24T15:00:05.000Z");
    await t.tickAt("2026-11-24T15:40:00.000Z");
    expect(t.runs).toEqual([]);
    expect(t.keeper.nextRunAt()?.toISOString()).toBe("2026-11-24T15:00:00.000Z");
    t.hindrance = null;
    await t.tickAfter(10_000);
    await t.tickAfter(10_000);
    expect(minutes(t.runs)).toEqual(["2026-11-24T15:40"]);
  });

  test("a run that could not even be recorded leaves its slot due", async () => {
    const t = await createTestKeeper();
    t.beginFails = new Error("no");
    await expect(t.tickAt("2026-11-24T15:00:05.000Z")).rejects.toThrow("no");
    t.beginFails = null;
    await t.tickAfter(10_000);
    expect(t.runs).toHaveLength(1);
  });

  test("a slot that comes while the run before is under way waits for its end", async () => {
    const t = await createTestKeeper({ settings: { preset: "hourly" } });
    t.ends = "never";
    for (let hour = 0; hour < 5; hour++) await t.tickAfter(HOUR_MS);
    expect(t.runs).toHaveLength(1);
  });

  test("BACKUP_ENABLED=false, or a schedule that is off: nothing runs by itself, and nothing is overdue", async () => {
    for (const options of [{ backupEnabled: false }, { settings: { enabled: false } }]) {
      const t = await createTestKeeper(options);
      for (let day = 0; day < 5; day++) await t.tickAfter(DAY_MS);
      expect([t.runs, t.told, t.keeper.nextRunAt(), t.keeper.overdueSince()]).toEqual([[], [], null, null]);
    }
  });

  test("the delay is drawn anew for each run, stays what it is until then, and is never longer than asked for", async () => {
    const t = await createTestKeeper({ settings: { jitterMinutes: 60 } });
    const delays: number[] = [];
    for (let slot = 0; slot < 8; slot++) {
      const due = t.keeper.nextRunAt()?.getTime() ?? 0;
      await t.restart();
      expect(t.keeper.nextRunAt()?.getTime()).toBe(due);
      const start = Date.parse("2026-11-24T15:00:00.000Z") + slot * 6 * HOUR_MS;
      delays.push(due - start);
      await t.tickAt(new Date(due - 1000).toISOString());
      expect(t.runs).toHaveLength(slot);
      await t.tickAt(new Date(due).toISOString());
      expect(t.runs).toHaveLength(slot + 1);
    }
    expect(new Set(delays).size).toBe(8);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(HOUR_MS);
  });

  test("saving another schedule makes no run due in the past, and keeps one that waits", async () => {
    const t = await createTestKeeper();
    t.coveredUntil = new Date("2026-11-24T09:00:00.000Z");
    await t.tickAt("2026-11-24T13:30:00.000Z");
    await t.keeper.save({ ...BUILT_IN_SCHEDULE, preset: "hourly" });
    await t.tickAfter(10_000);
    expect([t.runs, t.told]).toEqual([[], []]);
    await t.tickAt("2026-11-24T14:00:01.000Z");
    expect(t.runs).toHaveLength(1);
    t.hindrance = "a restore is under way";
    await t.tickAt("2026-11-24T15:00:01.000Z");
    await t.keeper.save({ ...BUILT_IN_SCHEDULE, preset: "daily" });
    t.hindrance = null;
    await t.tickAfter(10_000);
    expect(t.keeper.state.settledUntil).toBe("2026-11-24T14:00:01.000Z");
    await t.restart();
    expect(t.keeper.settings.preset).toBe("daily");
  });

  test("records that cannot be read are not taken for a schedule: the default holds", async () => {
    const t = await createTestKeeper();
    for (const text of ["not json", "{}", JSON.stringify({ ...BUILT_IN_SCHEDULE, preset: "never" })]) {
      t.memory.set("settings:schedule", text);
      t.memory.set("schedule-state", text);
      await t.restart();
      expect(t.keeper.settings).toEqual(BUILT_IN_SCHEDULE);
      expect(t.keeper.nextRunAt()?.toISOString()).toBe("2026-11-24T15:00:00.000Z");
    }
  });
});

describe("a run that failed", () => {
  test("is tried again after 15 minutes, then after longer, and leaves the slots where they are", async () => {
    const t = await createTestKeeper({ settings: { preset: "weekly", time: "10:00", weekday: 2 } });
    t.ends = "failed";
    for (let tick = 0; tick < 12 * 12; tick++) await t.tickAfter(5 * MINUTE_MS);
    expect(minutes(t.runs)).toEqual([
      "2026-11-24T10:00",
      "2026-11-24T10:15",
      "2026-11-24T10:45",
      "2026-11-24T11:45",
      "2026-11-24T13:45",
      "2026-11-24T17:45",
    ]);
    t.ends = "ok";
    await t.tickAt("2026-11-24T22:00:00.000Z");
    expect(t.runs).toHaveLength(7);
    expect(t.keeper.nextRunAt()?.toISOString()).toBe("2026-12-01T10:00:00.000Z");
  });

  test("is not tried again when a backup was made in another way, nor when a person cancelled it", async () => {
    const t = await createTestKeeper();
    t.ends = "failed";
    await t.tickAt("2026-11-24T15:00:05.000Z");
    t.coveredUntil = new Date("2026-11-24T15:05:00.000Z");
    await t.tickAt("2026-11-24T15:20:00.000Z");
    t.ends = "cancelled";
    await t.tickAt("2026-11-24T21:00:00.000Z");
    await t.tickAt("2026-11-24T22:00:00.000Z");
    expect(minutes(t.runs)).toEqual(["2026-11-24T15:00", "2026-11-24T21:00"]);
  });
});

describe("a pause", () => {
  test("keeps runs away, ends by itself, and what fell into it is not made up for", async () => {
    const t = await createTestKeeper();
    await t.keeper.setPause({ ...PAUSE, until: "2026-11-25T10:00:00.000Z" });
    for (let hour = 0; hour < 25; hour++) await t.tickAfter(HOUR_MS);
    expect([t.runs, t.told, t.keeper.nextRunAt()]).toEqual([[], [], expect.any(Date)]);
    expect(t.audited).toMatchObject([{ action: "schedule.resume", detail: { reason: PAUSE.reason } }]);
    expect(t.keeper.state.pause).toBeNull();
    await t.tickAt("2026-11-25T15:00:00.000Z");
    expect(minutes(t.runs)).toEqual(["2026-11-25T15:00"]);
  });

  test("that ended while the server was down: a slot after its end is made up for, one before is not", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:00.000Z");
    await t.keeper.setPause({ ...PAUSE, since: "2026-11-24T15:00:00.000Z", until: "2026-11-24T22:00:00.000Z" });
    t.clock.set("2026-11-25T02:00:00.000Z");
    await t.restart();
    await t.tickAfter(10_000);
    expect(t.runs).toHaveLength(1);
    await t.tickAt("2026-11-25T05:00:00.000Z");
    expect(t.runs).toHaveLength(2);
  });

  test("does not grow when the clock goes back behind its beginning", async () => {
    const t = await createTestKeeper({ at: "2027-11-24T09:00:00.000Z" });
    await t.keeper.setPause({ ...PAUSE, since: "2027-11-24T09:00:00.000Z", until: "2027-12-20T09:00:00.000Z" });
    for (let hour = 0; hour < 13; hour++)
      await t.tickAt(new Date(Date.parse("2026-11-24T09:00:00Z") + hour * HOUR_MS).toISOString());
    expect(t.runs).toHaveLength(2);
  });
});
