import { describe, expect, it } from "vitest";
import { formatBytes, formatBytesOf, plural } from "@/components/bytes";

describe("bytes for people", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 KB"],
    [999_499, "999 KB"],
    [999_500, "1 MB"],
    [3_100_000, "3.1 MB"],
    [484_000_000, "484 MB"],
    [99_949_000, "99.9 MB"],
    [99_960_000, "100 MB"],
    [60_200_000_000, "60.2 GB"],
  ])("prints %d as %s, number and unit held together by a no-break space", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text.replace(" ", "\u00a0"));
  });

  it("names the unit once when done and total share it", () => {
    expect(formatBytesOf(1_900_000, 3_100_000)).toBe("1.9 of 3.1\u00a0MB");
    expect(formatBytesOf(500_000, 3_100_000)).toBe("500\u00a0KB of 3.1\u00a0MB");
  });

  it("counts one thing in the singular", () => {
    expect(plural(1, "backup")).toBe("1\u00a0backup");
    expect(plural(3214, "backup")).toBe("3,214\u00a0backups");
  });
});
