import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackupType } from "../nestegg";
import type { RetentionPolicy, RetentionRule } from "../nestegg-operate";
import type { CatalogEntry } from "./catalog";
import { isGood } from "./protect";
import { catalogEntry } from "./testing/catalog-entry";
import { generations, goingOf, NOW, plan, policyOf } from "./testing/retention-policies";

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const TYPES: BackupType[] = ["shutdown", "manual", "scheduled", "safety", "upload"];
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati"];
const YEARS_MS = 3 * 366 * DAY_MS;

const someEntries = fc
  .uniqueArray(
    fc.record({
      agoMs: fc.oneof(fc.integer({ min: 0, max: 3 * DAY_MS }), fc.integer({ min: 0, max: YEARS_MS })),
      type: fc.constantFrom(...TYPES),
      result: fc.constantFrom(undefined, "checked" as const, "verified" as const, "failed" as const),
      missing: fc.nat(9).map((n) => n === 0),
      locked: fc.nat(9).map((n) => n === 0),
      restored: fc.nat(9).map((n) => n === 0),
      fromFile: fc.nat(9).map((n) => n === 0),
    }),
    { maxLength: 40, selector: ({ agoMs }) => Math.floor(agoMs / 1000) },
  )
  .map((all) =>
    all.map(({ agoMs, type, result, missing, locked, restored, fromFile }) => {
      const at = new Date(NOW.getTime() - agoMs);
      const mark = restored ? { restored: { at: at.toISOString(), by: "me" } } : {};
      return catalogEntry({ at, type, result, missing, manifest: { locked, fromFile, ...mark } });
    }),
  );

const someRule: fc.Arbitrary<RetentionRule> = fc.oneof(
  fc.constant({ keep: "forever" as const }),
  fc.record({ keep: fc.constant("days" as const), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({
    keep: fc.constant("generations" as const),
    last: fc.nat(5),
    hourly: fc.nat(30),
    daily: fc.nat(30),
    weekly: fc.nat(10),
    monthly: fc.nat(12),
    yearly: fc.nat(3),
  }),
);

const somePolicy: fc.Arbitrary<RetentionPolicy> = fc.record({
  all: someRule,
  types: fc.dictionary(fc.constantFrom(...TYPES), someRule, { maxKeys: 3 }),
  timeZone: fc.constantFrom(...ZONES),
});

const without = (entries: CatalogEntry[], ids: string[]) => entries.filter(({ id }) => !ids.includes(id));

describe("whatever the policy and the backups", () => {
  test("never the last good one, never a locked one, never the latest restored", () => {
    fc.assert(
      fc.property(someEntries, somePolicy, (entries, policy) => {
        const going = goingOf(entries, policy);
        const left = without(entries, going);
        if (entries.some(isGood)) expect(left.some(isGood)).toBe(true);
        const gone = entries.filter(({ id }) => going.includes(id));
        expect(gone.some(({ manifest }) => manifest?.locked)).toBe(false);
        const marks = entries.flatMap(({ id, manifest }) =>
          manifest?.restored ? [{ id, at: manifest.restored.at }] : [],
        );
        const holder = marks.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
        if (holder) expect(going).not.toContain(holder.id);
      }),
      { numRuns: 300 },
    );
  });

  test("what goes goes later too, when nothing else has changed", () => {
    fc.assert(
      fc.property(someEntries, somePolicy, fc.nat(400 * DAY_MS), (entries, policy, laterMs) => {
        const later = goingOf(entries, policy, new Date(NOW.getTime() + laterMs));
        for (const id of goingOf(entries, policy)) expect(later).toContain(id);
      }),
      { numRuns: 200 },
    );
  });

  test("once done there is nothing more to do", () => {
    fc.assert(
      fc.property(someEntries, somePolicy, (entries, policy) => {
        expect(goingOf(without(entries, goingOf(entries, policy)), policy)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("asking for more never lets more go", () => {
    const counts = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
    fc.assert(
      fc.property(
        someEntries,
        somePolicy,
        fc.constantFrom(...counts),
        fc.integer({ min: 1, max: 20 }),
        (entries, policy, count, more) => {
          const grow = (rule: RetentionRule): RetentionRule => {
            if (rule.keep === "days") return { ...rule, days: rule.days + more };
            return rule.keep === "generations" ? { ...rule, [count]: rule[count] + more } : rule;
          };
          const types = Object.fromEntries(Object.entries(policy.types).map(([type, rule]) => [type, grow(rule)]));
          const going = goingOf(entries, policy);
          for (const id of goingOf(entries, { ...policy, all: grow(policy.all), types })) expect(going).toContain(id);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a row says when it goes, and then it does, and not before", () => {
    fc.assert(
      fc.property(someEntries, somePolicy, (entries, policy) => {
        for (const { id, stays, goesAt } of plan(entries, policy)) {
          if (!stays || goesAt === null) continue;
          expect(goingOf(entries, policy, new Date(Date.parse(goesAt) - 1))).not.toContain(id);
          expect(goingOf(entries, policy, new Date(goesAt))).toContain(id);
        }
      }),
      { numRuns: 50 },
    );
  });
});

test("a year of backups every six hours, some failing and weeks away: there is always a good one, and what the rules promise is there", () => {
  const policy = policyOf(generations({ hourly: 12, daily: 14, weekly: 8, monthly: 12 }), {
    timeZone: "Europe/Berlin",
  });
  let entries: CatalogEntry[] = [];
  for (let hour = 0; hour < 366 * 24; hour += 6) {
    const now = new Date(Date.UTC(2027, 10, 24) + hour * HOUR_MS);
    const away = hour % (60 * 24) > 45 * 24;
    // Every seventh is stored and found damaged the run after, as a late verification does.
    if (!away) entries = [catalogEntry({ at: now }), ...entries];
    const damaged = Math.floor(hour / 6) % 7 === 0;
    entries = entries.map((entry, index) =>
      index === 1 && !entry.manifest?.verification
        ? catalogEntry({ at: entry.manifest?.createdAt ?? now, result: damaged ? "failed" : "verified" })
        : entry,
    );
    if (hour % 24 === 0) entries = without(entries, goingOf(entries, policy, now));
    expect(entries.some(isGood)).toBe(true);
  }
  const months = new Set(entries.filter(isGood).map(({ manifest }) => manifest?.createdAt.slice(0, 7)));
  expect(months.size).toBeGreaterThanOrEqual(12);
  expect(entries.length).toBeLessThan(60);
});
