import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILT_IN_SCHEDULE } from "../config";
import { cronFault } from "../cron-line";
import type { ScheduleSettings } from "../nestegg-operate";
import { longestGapMs, shortestGapMs } from "./gaps";
import { planOf, slotsAfter } from "./slots";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Whole and half hours, both halves of the globe, a change of 30 minutes, one at midnight, one that stopped, none. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "Africa/Cairo",
  "Asia/Taipei",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
  "Pacific/Chatham",
] as const;

const schedule = (change: Partial<ScheduleSettings>): ScheduleSettings => ({ ...BUILT_IN_SCHEDULE, ...change });
const moment = fc.date({ min: new Date("2024-01-01"), max: new Date("2036-12-31"), noInvalidDate: true });
const zone = fc.constantFrom(...ZONES);
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${two(hour)}:${two(minute)}`);
const cronLine = fc
  .tuple(
    fc.constantFrom("0", "30", "15,45", "*/20", "59"),
    fc.constantFrom("*", "2", "2,14", "*/6", "0", "9-17"),
    fc.constantFrom("*", "1", "29", "31", "*/7"),
    fc.constantFrom("*", "*/3", "2,10"),
    fc.constantFrom("*", "1-5", "SUN", "0"),
  )
  .map((fields) => fields.join(" "))
  .filter((line) => cronFault(line, new Date("2026-11-24")) === null);
const anySchedule = fc
  .record({
    preset: fc.constantFrom("hourly", "every-6-hours", "daily", "weekly", "cron"),
    cron: cronLine,
    time: timeOfDay,
    weekday: fc.integer({ min: 0, max: 6 }),
    timeZone: zone,
  })
  .map((change) => schedule(change as Partial<ScheduleSettings>));

const wallOf: Record<string, Intl.DateTimeFormat> = Object.fromEntries(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("en-CA", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    }),
  ]),
);

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** What a clock on the wall of that zone shows, by the platform's own table. */
function wall(at: Date, timeZone: string): { date: string; time: string; weekday: number; minutes: number } {
  const parts = Object.fromEntries(wallOf[timeZone]?.formatToParts(at).map(({ type, value }) => [type, value]) ?? []);
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  return {
    date,
    time: `${parts.hour}:${parts.minute}`,
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay(),
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

describe("slots of any schedule", () => {
  test("are in whole seconds, later than the moment asked for, and strictly increasing", () => {
    fc.assert(
      fc.property(anySchedule, moment, moment, (settings, anchor, after) => {
        const slots = slotsAfter(planOf(settings, anchor), after, 12).map((slot) => slot.getTime());
        expect(slots.length).toBe(12);
        for (const [index, slot] of slots.entries()) {
          expect(slot).toBeGreaterThan(index === 0 ? after.getTime() : (slots[index - 1] ?? 0));
          expect(slot % 1000).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("do not depend on where one asks from: between two slots the next one is the same, and never goes back", () => {
    fc.assert(
      fc.property(anySchedule, moment, fc.double({ min: 0, max: 1, noNaN: true }), (settings, after, share) => {
        const plan = planOf(settings, new Date("2026-01-01T00:00:07Z"));
        const [first, second] = slotsAfter(plan, after, 2).map((slot) => slot.getTime());
        if (first === undefined || second === undefined) throw new Error("no slots");
        const between = first + Math.floor((second - 1 - first) * share);
        expect(plan.nextAfter(new Date(between))?.getTime()).toBe(second);
        const before = after.getTime() + Math.floor((first - 1 - after.getTime()) * share);
        expect(plan.nextAfter(new Date(before))?.getTime()).toBe(first);
      }),
      { numRuns: 300 },
    );
  });

  test("have a longest and a shortest gap that their own listing confirms", () => {
    fc.assert(
      fc.property(anySchedule, moment, (settings, from) => {
        const plan = planOf(settings, from);
        const longest = longestGapMs(plan, from) ?? 0;
        const slots: number[] = [];
        let slot = plan.nextAfter(from);
        while (slot && slot.getTime() < from.getTime() + 35 * DAY_MS) {
          slots.push(slot.getTime());
          slot = plan.nextAfter(slot);
        }
        const gaps = slots.slice(1).map((at, index) => at - (slots[index] ?? 0));
        for (const gap of gaps) expect(gap).toBeLessThanOrEqual(longest);
        expect(shortestGapMs(plan, from)).toBeLessThanOrEqual(longest);
      }),
      { numRuns: 40 },
    );
  });
});

describe("hourly and every six hours", () => {
  test("are lengths from the first start on, through every clock change", () => {
    fc.assert(
      fc.property(
        moment,
        moment,
        fc.constantFrom("hourly", "every-6-hours"),
        zone,
        (anchor, after, preset, timeZone) => {
          const everyMs = preset === "hourly" ? HOUR_MS : 6 * HOUR_MS;
          const start = Math.floor(anchor.getTime() / 1000) * 1000;
          const [first] = slotsAfter(planOf(schedule({ preset, timeZone }), anchor), after, 1);
          expect(Math.abs((first?.getTime() ?? 0) - start) % everyMs).toBe(0);
          expect((first?.getTime() ?? 0) - after.getTime()).toBeLessThanOrEqual(everyMs);
        },
      ),
    );
  });

  test("the first comes one interval after the first start", () => {
    const anchor = new Date("2026-11-24T09:17:42.900Z");
    expect(
      planOf(schedule({ preset: "hourly" }), anchor)
        .nextAfter(anchor)
        ?.toISOString(),
    ).toBe("2026-11-24T10:17:42.000Z");
    expect(planOf(schedule({}), anchor).nextAfter(anchor)?.toISOString()).toBe("2026-11-24T15:17:42.000Z");
  });
});

describe("daily and weekly on a wall clock", () => {
  test("daily comes once on every day of the zone, at its time or, where a change leaves that out, at the next that exists", () => {
    fc.assert(
      fc.property(timeOfDay, zone, moment, (time, timeZone, after) => {
        const slots = slotsAfter(planOf(schedule({ preset: "daily", time, timeZone }), after), after, 370);
        const days = slots.map((slot) => wall(slot, timeZone).date);
        expect(new Set(days).size).toBe(days.length);
        for (const [index, slot] of slots.entries()) {
          const next = days[index + 1];
          const day = days[index] ?? "";
          if (next) expect(Date.parse(next) - Date.parse(day)).toBe(DAY_MS);
          const shown = wall(slot, timeZone);
          if (shown.time === time) continue;
          // Not at its time: a minute earlier the wall showed something before it, so its time was never there.
          const before = wall(new Date(slot.getTime() - MINUTE_MS), timeZone);
          const wanted = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
          expect(shown.minutes).toBeGreaterThan(wanted);
          expect(before.date < shown.date || before.minutes < wanted).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("weekly comes on its weekday, every seventh day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), timeOfDay, zone, moment, (weekday, time, timeZone, after) => {
        const settings = schedule({ preset: "weekly", weekday, time, timeZone });
        const days = slotsAfter(planOf(settings, after), after, 60).map((slot) => wall(slot, timeZone));
        for (const [index, day] of days.entries()) {
          expect(day.weekday).toBe(weekday);
          const next = days[index + 1];
          if (next) expect(Date.parse(next.date) - Date.parse(day.date)).toBe(7 * DAY_MS);
        }
      }),
      { numRuns: 30 },
    );
  });
});

const from = (settings: Partial<ScheduleSettings>, after: string, count: number) =>
  slotsAfter(planOf(schedule(settings), new Date(after)), new Date(after), count).map((slot) =>
    slot.toISOString().slice(0, 16),
  );

describe("days on which clocks change", () => {
  test.each<[string, Partial<ScheduleSettings>, string, string[]]>([
    [
      "half past two does not exist in Berlin on 29 March: three o'clock is the next moment",
      { preset: "daily", time: "02:30", timeZone: "Europe/Berlin" },
      "2026-03-28T12:00:00Z",
      ["2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "half past two comes twice in Berlin on 25 October: the first one counts",
      { preset: "daily", time: "02:30", timeZone: "Europe/Berlin" },
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "a list of hours is as fixed as one hour",
      { preset: "cron", cron: "30 2,14 * * *", timeZone: "Europe/Berlin" },
      "2026-10-24T22:00:00Z",
      ["2026-10-25T00:30", "2026-10-25T13:30", "2026-10-26T01:30"],
    ],
    [
      "midnight does not exist in Cairo on 24 April: one o'clock is the next moment",
      { preset: "daily", time: "00:00", timeZone: "Africa/Cairo" },
      "2026-04-22T22:00:00Z",
      ["2026-04-23T22:00", "2026-04-24T21:00"],
    ],
    [
      "every hour by cron is every hour that passes, the doubled one too",
      { preset: "cron", cron: "0 * * * *", timeZone: "America/New_York" },
      "2026-11-01T04:30:00Z",
      ["2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T07:00"],
    ],
    [
      "the leap day comes in leap years only",
      { preset: "cron", cron: "0 12 29 2 *", timeZone: "Asia/Taipei" },
      "2026-11-24T00:00:00Z",
      ["2028-02-29T04:00", "2032-02-29T04:00"],
    ],
    [
      "a daily run comes on the leap day as on any other",
      { preset: "daily", time: "00:00", timeZone: "UTC" },
      "2028-02-28T00:00:00Z",
      ["2028-02-29T00:00", "2028-03-01T00:00"],
    ],
  ])("%s", (_name, settings, after, slots) => {
    expect(from(settings, after, slots.length)).toEqual(slots);
  });
});
