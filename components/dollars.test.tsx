import { describe, expect, it } from "vitest";
import { aboutDollars, formatDollars } from "@/components/dollars";

describe("dollars for people", () => {
  it.each([
    [0, "$0.00"],
    [0.0000027, "less than $0.0001"],
    [0.0000999, "less than $0.0001"],
    [0.0001, "$0.0001"],
    [0.00064, "$0.0006"],
    [0.00996, "$0.01"],
    [0.01518, "$0.015"],
    [0.7527, "$0.75"],
    [1204.5, "$1,204.50"],
  ])("prints %d as %s", (dollars, text) => {
    expect(formatDollars(dollars)).toBe(text);
  });

  it("says that a sum is about right, unless it says already that it is less", () => {
    expect(aboutDollars(0.00064)).toBe("about $0.0006");
    expect(aboutDollars(0.00001)).toBe("less than $0.0001");
  });
});
