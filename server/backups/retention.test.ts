import { expect, test } from "vitest";
import { systemClock } from "../clock";
import type { Memory } from "../control/types";
import { createLog } from "../log";
import type { RetentionPolicy } from "../nestegg-operate";
import { earliestRun } from "./retention";
import { digestOf, isAccepted } from "./retention-blocked";
import { Retention, requirePolicy } from "./retention-settings";
import { eachUntilFailure } from "./run-retention";

const HOUR_MS = 3_600_000;

test("the first run waits an hour after the start, and for no start that a clock set back puts into the future", () => {
  expect(earliestRun(0, 0)).toBe(HOUR_MS);
  expect(earliestRun(0, 5 * HOUR_MS)).toBe(HOUR_MS);
  expect(earliestRun(48 * HOUR_MS, HOUR_MS)).toBe(HOUR_MS);
});

test("a run that fails begins no more marks, and ends only when those under way have", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const run = eachUntilFailure([...Array(50).keys()], async (item) => {
    begun.push(item);
    if (item === 3) throw new Error("no right");
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(item);
  });
  await expect(run).rejects.toThrow("no right");
  expect(begun.length).toBeLessThan(10);
  expect(ended.length).toBe(begun.length - 1);
});

test("rules that cannot be read delete nothing, and do not keep the server from its start", async () => {
  for (const text of ["{", "{}", JSON.stringify({ all: { keep: "days", days: 0 }, types: {}, timeZone: "UTC" })]) {
    const memory: Memory = { get: async () => text, set: async () => undefined };
    const retention = new Retention(memory, systemClock, 30);
    await retention.load(createLog("silent"));
    expect(retention).toMatchObject({ unreadable: true, source: "dashboard", policy: { all: { keep: "forever" } } });
    await retention.save({ all: { keep: "days", days: 9 }, types: {}, timeZone: "UTC" });
    expect(retention.unreadable).toBe(false);
  }
});

test("rules that a start could not read back are refused before they are saved, with the field's name", () => {
  const none = { keep: "generations", last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 } as const;
  const sound: RetentionPolicy = { all: { keep: "days", days: 9 }, types: {}, timeZone: "Europe/Berlin" };
  expect(() => requirePolicy(sound)).not.toThrow();
  for (const [change, field] of [
    [{ timeZone: "Mars/X" }, "timeZone: No such time zone"],
    [{ all: none }, "all: Keep at least one"],
    [{ types: { manual: none } }, "types.manual: Keep at least one"],
  ] as const)
    expect(() => requirePolicy({ ...sound, ...change })).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringContaining(field) }),
    );
});

test("an admin's word is for the deletions and for the suspicious backup that were shown, for no others", () => {
  expect(digestOf([{ id: "a" }, { id: "b" }])).toBe(digestOf([{ id: "b" }, { id: "a" }]));
  expect(digestOf([{ id: "a" }, { id: "b" }])).not.toBe(digestOf([{ id: "a" }, { id: "c" }]));
  const blocked = { code: "suspicious", text: "", hint: "", newestId: "small" };
  const confirmed = { deletes: 1, digest: "" };
  expect(isAccepted(blocked, { ...confirmed, acceptNewest: "small" })).toBe(true);
  expect(isAccepted(blocked, { ...confirmed, acceptNewest: "other" })).toBe(false);
  expect(isAccepted(blocked, { ...confirmed, acceptNewest: null })).toBe(false);
  expect(isAccepted(blocked, null)).toBe(false);
  expect(isAccepted({ code: "degraded", text: "", hint: "" }, { ...confirmed, acceptNewest: null })).toBe(false);
});
