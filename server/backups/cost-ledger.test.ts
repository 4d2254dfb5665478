import fc from "fast-check";
import { expect, test } from "vitest";
import { advance, emptyLedger, foresee, gbMonthsOf, type Ledger, presentMonth } from "./cost-ledger";
import { billOf, R2_PRICES } from "./prices";
import { NO_REQUESTS } from "./request-tally";

const HOUR_MS = 3_600_000;
const at = (text: string) => new Date(text);
const asked = (classA: number, classB = 0) => ({ classA, classB, free: 0 });

test("bytes of a time that spans months are counted by the second into each of them, also while nobody was running", () => {
  let ledger = emptyLedger(at("2026-01-31T00:00:00Z"));
  ledger = advance(ledger, at("2026-01-31T00:00:00Z"), { requests: asked(5), bytes: 10e9 });
  ledger = advance(ledger, at("2026-03-02T00:00:00Z"), { requests: asked(7), bytes: 1e9 });
  const days = ledger.months.map(({ name, byteSeconds, classA }) => [name, byteSeconds / 10e9 / 86_400, classA]);
  expect(days).toEqual([
    ["2026-01", 1, 5],
    ["2026-02", 28, 0],
    ["2026-03", 1, 7],
  ]);
  expect(ledger.months[1] && gbMonthsOf(ledger.months[1])).toBeCloseTo(10);
});

test("however the time is cut into ticks, the sums are the same; what is not known leaves the bytes as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 35 * 24 }), { minLength: 1, maxLength: 30 }), (hours) => {
      const start = at("2026-05-20T10:00:00Z");
      const begun = advance(emptyLedger(start), start, { requests: NO_REQUESTS, bytes: 3e9 });
      let now = start.getTime();
      let cut: Ledger = begun;
      for (const one of hours) {
        now += one * HOUR_MS;
        cut = advance(cut, new Date(now), { requests: asked(1, 2), bytes: null });
      }
      let whole = begun;
      for (let next = start.getTime(); next < now; ) {
        next = Math.min(now, next + 35 * 24 * HOUR_MS);
        whole = advance(whole, new Date(next), { requests: NO_REQUESTS, bytes: null });
      }
      expect(cut.months.length).toBeLessThanOrEqual(24);
      expect(cut.months.map(({ name }) => name)).toEqual(whole.months.map(({ name }) => name));
      cut.months.forEach((month, index) => {
        expect(month.byteSeconds).toBeCloseTo(whole.months[index]?.byteSeconds ?? Number.NaN, -3);
      });
      if (now - start.getTime() < 300 * 24 * HOUR_MS)
        expect(cut.months.reduce((sum, { classB }) => sum + classB, 0)).toBe(2 * hours.length);
    }),
    { numRuns: 60 },
  );
});

test("however the clock jumps, the present month has at most the most bytes for all its time, and no request is lost", () => {
  const jump = fc.oneof(
    fc.integer({ min: -60, max: 600 }),
    fc.integer({ min: -40 * 24 * 60, max: 40 * 24 * 60 }),
    fc.integer({ min: -60 * 365 * 24 * 60, max: 60 * 365 * 24 * 60 }),
  );
  const steps = fc.array(fc.record({ minutes: jump, bytes: fc.integer({ min: 0, max: 1e9 }) }), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (jumps) => {
      const start = at("2026-05-20T10:00:00Z");
      let now = start.getTime();
      let ledger = advance(emptyLedger(start), start, { requests: NO_REQUESTS, bytes: 1e9 });
      jumps.forEach(({ minutes, bytes }, index) => {
        now = Math.max(0, now + minutes * 60_000);
        ledger = advance(ledger, new Date(now), { requests: asked(1), bytes });
        const month = presentMonth(ledger, new Date(now));
        const elapsedSeconds = (now - Date.parse(`${month.name}-01T00:00:00Z`)) / 1000;
        expect(month.byteSeconds).toBeLessThanOrEqual(1e9 * elapsedSeconds * (1 + 1e-9));
        expect(ledger.months.reduce((sum, { classA }) => sum + classA, 0)).toBe(index + 1);
      });
    }),
    { numRuns: 300 },
  );
});

test("a start in 1970, before the time is known, takes no month away and makes none of the years between", () => {
  const real = at("2026-11-20T00:00:00Z");
  let ledger = advance(emptyLedger(at("2026-10-30T00:00:00Z")), at("2026-10-30T00:00:00Z"), {
    requests: asked(3),
    bytes: 1e9,
  });
  ledger = advance(ledger, real, { requests: asked(1), bytes: null });
  const before = presentMonth(ledger, real);
  ledger = advance(ledger, at("1970-01-01T00:00:05Z"), { requests: NO_REQUESTS, bytes: null });
  ledger = advance(ledger, real, { requests: NO_REQUESTS, bytes: null });
  expect(ledger.months.map(({ name }) => name)).toEqual(["1970-01", "2026-10", "2026-11"]);
  expect(presentMonth(ledger, real)).toEqual(before);
});

test("a clock that was ahead for a while, or for years, leaves the month as it is now and nothing is counted twice", () => {
  const real = at("2026-11-11T00:00:00Z");
  const begun = at("2026-11-01T00:00:00Z");
  let ledger = advance(emptyLedger(begun), begun, { requests: asked(3), bytes: 1e9 });
  ledger = advance(ledger, real, { requests: NO_REQUESTS, bytes: null });
  for (const ahead of ["2026-12-10T00:00:00Z", "2031-01-01T00:00:00Z"]) {
    ledger = advance(ledger, at(ahead), { requests: NO_REQUESTS, bytes: null });
    ledger = advance(ledger, real, { requests: NO_REQUESTS, bytes: null });
    expect(presentMonth(ledger, real).byteSeconds).toBeCloseTo(10 * 86_400 * 1e9, -3);
  }
  const end = at("2026-11-30T00:00:00Z");
  ledger = advance(ledger, end, { requests: NO_REQUESTS, bytes: null });
  expect(presentMonth(ledger, end).byteSeconds).toBeCloseTo(29 * 86_400 * 1e9, -3);
});

test("the forecast of a month's end is the month itself, and the first minutes do not make a month of one check", () => {
  const start = at("2026-11-01T00:00:00Z");
  let ledger = advance(emptyLedger(start), start, { requests: asked(20), bytes: 50e9 });
  const [first] = ledger.months;
  if (!first) throw new Error("no month");
  // Twenty requests in no time: at most twenty a day.
  expect(foresee(first, start, 50e9).classA).toBeLessThanOrEqual(20 * 31);
  expect(foresee(first, start, 50e9).gbMonths).toBeCloseTo(50);
  ledger = advance(ledger, at("2026-11-30T23:59:59Z"), { requests: asked(30), bytes: null });
  const [last] = ledger.months;
  if (!last) throw new Error("no month");
  expect(foresee(last, at("2026-11-30T23:59:59Z"), 50e9)).toMatchObject({ classA: expect.closeTo(50, 2) });
});

test("a bill is zero within the free allowance and pro rata beyond it", () => {
  expect(billOf({ gbMonths: 10, classA: 1e6, classB: 1e7 }, R2_PRICES).totalDollars).toBe(0);
  const bill = billOf({ gbMonths: 110, classA: 2e6, classB: 2e7 }, R2_PRICES);
  expect(bill.storageDollars).toBeCloseTo(1.5);
  expect(bill.requestDollars).toBeCloseTo(4.5 + 3.6);
});
