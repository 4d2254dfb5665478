import { expect, test } from "vitest";
import { BUILT_IN_SCHEDULE } from "../config";
import type { Caller } from "../control/types";
import { scheduleFacts } from "./schedule-facts";
import { createSchedule } from "./schedule-verbs";
import { createTestKeeper } from "./testing/test-keeper";

const ADA: Caller = { actor: { kind: "user", id: "u", name: "Ada", role: "admin" }, address: null };
const soon = (days: number) => new Date(Date.parse("2026-11-24T09:00:00Z") + days * 86_400_000).toISOString();

test.each<[string, Partial<typeof BUILT_IN_SCHEDULE>, string]>([
  ["a zone that is none", { timeZone: "Moon/Base" }, "time zone"],
  ["a line that is none", { preset: "cron", cron: "0 25 * * *" }, "“25” is no hour"],
  ["a day that never comes", { preset: "cron", cron: "0 0 31 2 *" }, "would never run"],
  ["a delay longer than half the gap", { preset: "hourly", jitterMinutes: 31 }, "too long"],
])("%s is refused by preview and save, and the schedule stays", async (_name, change, words) => {
  const t = await createTestKeeper();
  const verbs = createSchedule(t.keeper);
  const settings = { ...BUILT_IN_SCHEDULE, ...change };
  for (const refused of [verbs.preview(settings), verbs.save(ADA, settings)]) {
    await expect(refused).rejects.toMatchObject({ code: "invalid_input", message: expect.stringContaining(words) });
  }
  expect([t.keeper.settings, t.audited]).toEqual([BUILT_IN_SCHEDULE, []]);
});

test("a preview changes nothing; a save lasts, is audited, and counts before the environment until it equals it again", async () => {
  const t = await createTestKeeper({ settings: { timeZone: "Asia/Taipei" } });
  const verbs = createSchedule(t.keeper);
  const daily = { ...t.keeper.settings, preset: "daily" as const };
  expect((await verbs.preview(daily)).next[0]).toBe("2026-11-24T19:00:00.000Z");
  expect((await verbs.get()).settings.preset).toBe("every-6-hours");
  expect(await verbs.save(ADA, daily)).toMatchObject({
    source: "dashboard",
    nextRunAt: "2026-11-24T19:00:00.000Z",
    intervalSeconds: 86_400,
  });
  expect(t.audited).toMatchObject([{ action: "schedule.save", detail: { words: "daily at 03:00 Asia/Taipei" } }]);
  await verbs.save(ADA, t.keeper.deps.defaults);
  expect([(await verbs.get()).source, t.memory.has("settings:schedule")]).toEqual(["default", false]);
});

test("a pause wants a reason and an end within 30 days", async () => {
  const t = await createTestKeeper();
  const verbs = createSchedule(t.keeper);
  for (const pause of [
    { reason: " ", until: soon(1) },
    { reason: "moving", until: soon(-1) },
    { reason: "moving", until: soon(31) },
    { reason: "moving", until: "soon" },
  ]) {
    await expect(verbs.pause(ADA, pause)).rejects.toMatchObject({ code: "invalid_input" });
  }
  const view = await verbs.pause(ADA, { reason: "moving", until: soon(30) });
  expect(view).toMatchObject({ nextRunAt: null, pause: { by: "Ada", until: soon(30) } });
  expect(Date.parse(view.next[0] ?? "")).toBeGreaterThan(Date.parse(soon(30)));
  expect(scheduleFacts(t.keeper).next).toEqual({
    state: "paused",
    at: null,
    text: "paused until 24 Dec, 09:00 UTC: moving",
  });
  expect((await verbs.resume(ADA)).pause).toBeNull();
  expect(t.audited.map(({ action }) => action)).toEqual(["schedule.pause", "schedule.resume"]);
});
