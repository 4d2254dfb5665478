import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackupType } from "../nestegg";
import type { RetentionPolicy, RetentionRule } from "../nestegg-operate";
import type { CatalogEntry } from "./catalog";
import { planRetention } from "./plan-retention";
import { isGood } from "./protect";
import { wouldHalve } from "./retention-blocked";
import { catalogEntry } from "./testing/catalog-entry";

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const NOW = new Date("2026-11-24T12:00:00Z");
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const generations = (counts: Partial<typeof NONE>): RetentionRule => ({ keep: "generations", ...NONE, ...counts });
const policyOf = (all: RetentionRule, rest: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  all,
  types: {},
  timeZone: "UTC",
  ...rest,
});
const days = (count: number) => policyOf({ keep: "days", days: count });
const plan = (entries: CatalogEntry[], policy: RetentionPolicy, now = NOW) => planRetention({ entries, policy, now });
const goingOf = (entries: CatalogEntry[], policy: RetentionPolicy, now = NOW) =>
  plan(entries, policy, now)
    .filter(({ stays }) => !stays)
    .map(({ id }) => id);
const stayingOf = (entries: CatalogEntry[], policy: RetentionPolicy) =>
  plan(entries, policy).flatMap(({ stays, timestamp, why }) => (stays ? [`${timestamp} ${why}`] : []));

describe("by days", () => {
  test("what is older goes, what is younger says when it will", () => {
    const entries = ["2026-11-24T10:00:00Z", "2026-10-26T12:00:00Z", "2026-10-25T12:00:00Z"].map((at) =>
      catalogEntry({ at }),
    );
    const rows = plan(entries, days(30));
    expect(rows.map(({ stays, why, goesAt }) => [stays, why, goesAt])).toEqual([
      [true, "newest good", null],
      [true, "younger than 30 days", "2026-11-25T12:00:00.000Z"],
      [false, "older than 30 days", "2026-11-24T12:00:00.000Z"],
    ]);
  });

  test("a newest that was only stored does not take the verified one before it with it, should it turn out to be damaged", () => {
    const entries = [
      catalogEntry({ at: "2026-11-24T10:00:00Z" }),
      catalogEntry({ at: "2026-08-01T00:00:00Z", result: "verified" }),
      catalogEntry({ at: "2026-07-01T00:00:00Z", result: "verified" }),
    ];
    expect(plan(entries, days(30)).map(({ why }) => why)).toEqual([
      "newest good",
      "newest verified",
      "older than 30 days",
    ]);
  });

  test("locked, latest restored and used ones stay; what is unregistered, unreadable or on its way out is not judged", () => {
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    const used = catalogEntry({ at: at(3) });
    const entries = [
      catalogEntry({ at: NOW }),
      catalogEntry({ at: at(1), manifest: { locked: true } }),
      catalogEntry({ at: at(2), manifest: { restored: { at: NOW.toISOString(), by: "me" } } }),
      used,
      catalogEntry({ at: at(4), manifest: { deletesAt: NOW.toISOString() } }),
      { ...catalogEntry({ at: at(5) }), manifest: null },
      { ...catalogEntry({ at: at(6) }), manifest: null, problem: "cannot be read" },
    ];
    const rows = planRetention({ entries, policy: days(30), now: NOW, inUse: new Set([used.id]) });
    expect(rows.map(({ stays, why }) => `${stays} ${why}`)).toEqual([
      "true newest good",
      "true in use by a run",
      "true latest restored",
      "true locked",
    ]);
  });
});

describe("by generations", () => {
  test("each keeps the newest good one of its newest spans, and a pause costs nothing", () => {
    const entries = [
      "2026-11-24T11:40:00Z",
      "2026-11-24T11:10:00Z",
      "2026-11-24T09:00:00Z",
      "2026-11-23T23:00:00Z",
      "2026-11-23T01:00:00Z",
      "2026-03-02T08:00:00Z",
      "2026-03-01T08:00:00Z",
      "2025-12-31T08:00:00Z",
    ].map((at) => catalogEntry({ at }));
    expect(stayingOf(entries, policyOf(generations({ hourly: 2, daily: 2, monthly: 2, yearly: 2 })))).toEqual([
      "2026-11-24T11:40:00Z newest good",
      "2026-11-24T09:00:00Z hourly of 24 Nov 2026, 09:00",
      "2026-11-23T23:00:00Z daily of 23 Nov 2026",
      "2026-03-02T08:00:00Z monthly of Mar 2026",
      "2025-12-31T08:00:00Z yearly of 2025",
    ]);
  });

  test("a failed or missing one keeps nobody's place, and goes when there was time to look into it", () => {
    const entries = [
      catalogEntry({ at: "2026-11-24T11:00:00Z" }),
      catalogEntry({ at: "2026-11-23T23:00:00Z", result: "failed" }),
      catalogEntry({ at: "2026-11-23T22:00:00Z", missing: true }),
      catalogEntry({ at: "2026-11-23T21:00:00Z" }),
      catalogEntry({ at: "2026-10-01T00:00:00Z", result: "failed" }),
    ];
    const rows = plan(entries, policyOf(generations({ daily: 2 })));
    expect(rows.map(({ stays, why }) => `${stays} ${why}`)).toEqual([
      "true newest good",
      "true failed its check, younger than 30 days",
      "true its file is missing, younger than 30 days",
      "true daily of 23 Nov 2026",
      "false failed its check, older than 30 days",
    ]);
  });

  test("days, ISO weeks and years are those of the policy's zone; the hour that comes twice is two hours", () => {
    const at = ["2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-24T22:30:00Z", "2026-10-24T21:30:00Z"];
    const entries = at.map((time) => catalogEntry({ at: time }));
    const berlin = { timeZone: "Europe/Berlin" };
    expect(stayingOf(entries, policyOf(generations({ daily: 2 }), berlin))).toHaveLength(2);
    expect(stayingOf(entries, policyOf(generations({ daily: 2 }), berlin))[1]).toBe(
      "2026-10-24T21:30:00Z daily of 24 Oct 2026",
    );
    // 02:30 comes twice in that night.
    expect(stayingOf(entries, policyOf(generations({ hourly: 2 }), berlin))).toHaveLength(2);
    const newYear = ["2027-01-03T12:00:00Z", "2026-12-31T12:00:00Z", "2026-12-27T12:00:00Z"];
    expect(
      stayingOf(
        newYear.map((time) => catalogEntry({ at: time })),
        policyOf(generations({ weekly: 2 })),
      )[1],
    ).toBe("2026-12-27T12:00:00Z weekly of week 52 of 2026");
  });

  test("a type with a rule of its own is counted by itself", () => {
    const entries = [
      catalogEntry({ at: "2026-11-24T11:00:00Z", type: "scheduled" }),
      catalogEntry({ at: "2026-11-24T10:00:00Z", type: "manual" }),
      catalogEntry({ at: "2026-11-24T09:00:00Z", type: "scheduled" }),
      catalogEntry({ at: "2024-02-29T09:00:00Z", type: "manual" }),
    ];
    const policy = policyOf(generations({ last: 1 }), { types: { manual: { keep: "forever" } } });
    expect(goingOf(entries, policy)).toEqual([entries[2]?.id]);
  });
});

test("more than half of the good ones is more than half: failed ones do not soften it", () => {
  const good = (day: number) => catalogEntry({ at: new Date(Date.UTC(2026, 0, day)) });
  const entries = [
    catalogEntry({ at: NOW }),
    good(1),
    good(2),
    catalogEntry({ at: NOW, type: "shutdown", result: "failed" }),
  ];
  expect(wouldHalve(plan(entries, days(30)), entries)).toBe(true);
  expect(wouldHalve(plan(entries.slice(0, 2), days(30)), entries.slice(0, 2))).toBe(false);
});

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
