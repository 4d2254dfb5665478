import { describe, expect, test } from "vitest";
import { planRetention } from "./plan-retention";
import { wouldHalve } from "./retention-blocked";
import { catalogEntry } from "./testing/catalog-entry";
import { days, generations, goingOf, NOW, plan, policyOf, stayingOf } from "./testing/retention-policies";

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
