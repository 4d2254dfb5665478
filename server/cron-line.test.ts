import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronFault, cronOf } from "./cron-line";

describe("a cron line", () => {
  test.each([
    ["30 3 * * 1-5", null],
    ["*/15 * * * *", null],
    ["0 0 29 2 *", null],
    ["0 0 L * *", null],
    ["", "has 0"],
    ["* * * *", "has 4"],
    ["0 0 * * * *", "has 6"],
    ["@daily", "has 1"],
    ["61 * * * *", "“61” is no minute"],
    ["0 25 * * *", "“25” is no hour"],
    ["0 0 32 * *", "“32” is no day of the month"],
    ["0 0 1 13 *", "“13” is no month"],
    ["0 0 * * FUNDAY", "“FUNDAY” is no day of the week"],
    ["0 0 31 2 *", "would never run"],
  ])("%s: %s", (line, fault) => {
    const found = cronFault(line, new Date("2026-11-24"));
    if (fault === null) expect(found).toBeNull();
    else expect(found).toContain(fault);
  });

  test("whatever is typed is judged, never thrown at the reader, and what is taken has slots", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9*/,\-LW# ]{0,20}$/)), (line) => {
        const now = new Date("2026-11-24");
        if (cronFault(line, now) === null)
          expect(cronOf(line.trim().split(/\s+/).join(" "), "UTC").nextRun(now)).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
