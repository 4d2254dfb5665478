import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestKeeper, minutes } from "./testing/test-keeper";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe("a clock that jumps", () => {
  test("a correction by seconds does not run the slot of a moment ago again", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:01.000Z");
    await t.tickAt("2026-11-24T14:59:50.000Z");
    await t.tickAt("2026-11-24T15:00:02.000Z");
    expect(t.runs).toHaveLength(1);
  });

  test("a year forward is one run; a year back again is no silence, and nothing is overdue for it", async () => {
    const t = await createTestKeeper();
    await t.tickAt("2026-11-24T15:00:00.000Z");
    await t.tickAt("2027-11-24T15:00:00.000Z");
    expect(t.runs).toHaveLength(2);
    await t.tickAt("2026-11-24T16:00:00.000Z");
    await t.tickAt("2026-11-24T20:59:00.000Z");
    expect(t.runs).toHaveLength(2);
    await t.tickAt("2026-11-24T21:00:00.000Z");
    expect(minutes(t.runs).at(-1)).toBe("2026-11-24T21:00");
    expect(t.told).toEqual([]);
  });

  test("however it jumps: never more than one run a tick, no more runs than slots and jumps, and none missing for longer than an interval", async () => {
    const step = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({ real: fc.integer({ min: 10_000, max: 20 * MINUTE_MS }), jump: fc.constant(0) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          real: fc.constant(10_000),
          jump: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ real: fc.constant(10_000), jump: fc.integer({ min: -10_000, max: 10_000 }) }),
      },
    );
    const presets = fc.constantFrom("hourly", "every-6-hours", "daily" as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 200 }), presets, async (steps, preset) => {
        const t = await createTestKeeper({ settings: { preset, timeZone: "Europe/Berlin" } });
        const everyMs = { hourly: HOUR_MS, "every-6-hours": 6 * HOUR_MS, daily: 25 * HOUR_MS }[preset as "daily"];
        let realMs = 0;
        let jumps = 0;
        let quietMs = 0;
        for (const { real, jump } of steps) {
          const before = t.runs.length;
          realMs += real;
          quietMs = jump === 0 ? quietMs + real : 0;
          jumps += jump === 0 ? 0 : 1;
          await t.tickAfter(real + jump);
          expect(t.runs.length - before).toBeLessThanOrEqual(1);
          if (t.runs.length > before) quietMs = 0;
          // The corrections by seconds and up to five minutes may delay a slot by as much.
          expect(quietMs).toBeLessThanOrEqual(everyMs + 26 * MINUTE_MS);
        }
        expect(t.runs.length).toBeLessThanOrEqual(
          realMs / (everyMs - 2 * HOUR_MS > 0 ? everyMs - 2 * HOUR_MS : everyMs) + jumps + 1,
        );
      }),
      { numRuns: 60 },
    );
  });
});
