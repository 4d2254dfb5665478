import { describe, expect, it } from "vitest";
import { lastWeeks } from "./weeks";

const tuesday = Date.parse("2026-11-24T14:12:00Z");

describe("the last five weeks", () => {
  it("are rows from Monday to Sunday, the last one with today and the days to come", () => {
    const weeks = lastWeeks([], tuesday);
    expect(weeks.map((week) => week[0]?.date)).toEqual([
      "2026-10-26",
      "2026-11-02",
      "2026-11-09",
      "2026-11-16",
      "2026-11-23",
    ]);
    expect(weeks[4]?.map(({ state }) => state)).toEqual(["unknown", "unknown", ...Array(5).fill("future")]);
    expect(weeks[4]?.[1]?.today).toBe(true);
  });

  it("tell days on which all, some or none worked from days without a run", () => {
    const days = [
      { date: "2026-11-16", good: 24, failed: 0 },
      { date: "2026-11-17", good: 22, failed: 2 },
      { date: "2026-11-18", good: 0, failed: 3 },
      { date: "2026-11-19", good: 0, failed: 0 },
    ];
    expect(
      lastWeeks(days, tuesday)[3]
        ?.slice(0, 4)
        .map(({ state }) => state),
    ).toEqual(["good", "mixed", "bad", "none"]);
  });

  it("begin with a whole week on a Sunday, too", () => {
    expect(lastWeeks([], Date.parse("2026-11-22T23:00:00Z"))[4]?.[6]?.today).toBe(true);
  });
});
