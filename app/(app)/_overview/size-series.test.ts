import { describe, expect, it } from "vitest";
import { sizeSeries } from "./size-series";

const now = Date.parse("2026-11-24T12:00:00Z");
const MB = 1_000_000;

describe("size over time", () => {
  it("has nothing to draw without a backup", () => {
    expect(sizeSeries([], now, "UTC")).toBeNull();
  });

  it("adds up what was sent on one day of the reader's zone", () => {
    const samples = [
      { at: "2026-11-23T23:30:00Z", bytes: 480 * MB, sentBytes: 480 * MB },
      { at: "2026-11-24T00:30:00Z", bytes: 484 * MB, sentBytes: 3 * MB },
    ];
    expect(sizeSeries(samples, now, "UTC")?.days.map(({ sentBytes }) => sentBytes)).toEqual([480 * MB, 3 * MB]);
    expect(sizeSeries(samples, now, "Asia/Taipei")?.days.map(({ sentBytes }) => sentBytes)).toEqual([483 * MB]);
  });

  it("draws the line up to now, inside the plot, on a grid of round numbers", () => {
    const series = sizeSeries(
      [
        { at: "2026-10-25T12:00:00Z", bytes: 456 * MB, sentBytes: 456 * MB },
        { at: "2026-11-24T00:00:00Z", bytes: 484 * MB, sentBytes: 3 * MB },
      ],
      now,
      "UTC",
    );
    expect(series?.grid.map(({ bytes }) => bytes)).toEqual([0, 200 * MB, 400 * MB, 600 * MB]);
    expect(series?.line[0]?.x).toBe(0);
    expect(series?.line.at(-1)?.x).toBe(100);
    expect(series?.line.every(({ y }) => y >= 0 && y <= 100)).toBe(true);
    expect(series?.grownBytes).toBe(28 * MB);
    expect(series?.spanDays).toBe(30);
  });
});
