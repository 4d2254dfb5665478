import { describe, expect, it } from "vitest";
import { timelineMarks, timelineTicks } from "./timeline";

const now = Date.parse("2026-11-24T14:12:00Z");
const point = (at: string, state: "verified" | "failed" = "verified") => ({ id: at, at, bytes: 1, state });

describe("the line of the last 24 hours", () => {
  it("places a backup by its age and leaves older ones out", () => {
    const marks = timelineMarks([point("2026-11-24T02:12:00Z"), point("2026-11-23T14:00:00Z")], now);
    expect(marks).toHaveLength(1);
    expect(marks[0]?.position).toBeCloseTo(0.5);
  });

  it("draws one mark where many crowd, says how many, and lets a failed one win over newer good ones", () => {
    const crowd = ["10:00:00", "10:00:20", "10:00:40"].map((clock) => point(`2026-11-24T${clock}Z`));
    const marks = timelineMarks([...crowd, point("2026-11-24T10:00:10Z", "failed")], now);
    expect(marks).toHaveLength(1);
    expect(marks[0]).toMatchObject({ count: 4, state: "failed" });
  });

  it("never draws two marks closer than a finger needs", () => {
    const often = Array.from({ length: 200 }, (_, index) => point(new Date(now - index * 7 * 60_000).toISOString()));
    const places = timelineMarks(often, now).map(({ position }) => position);
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1 / 36 - 1e-9);
    expect(places.at(-1)).toBe(1);
  });

  it("always keeps the newest mark on a narrow screen, and about eight in all", () => {
    const hourly = Array.from({ length: 24 }, (_, hour) => point(`2026-11-24T${String(hour).padStart(2, "0")}:05:00Z`));
    const marks = timelineMarks(hourly, Date.parse("2026-11-24T23:30:00Z"));
    expect(marks.at(-1)?.narrow).toBe(true);
    expect(marks.filter(({ narrow }) => narrow).length).toBeLessThanOrEqual(8);
  });

  it("labels the local hours that divide by six, also in zones off by half an hour", () => {
    expect(timelineTicks(now, "UTC").map(({ text }) => text)).toEqual(["18:00", "00:00", "06:00", "12:00"]);
    expect(timelineTicks(now, "Asia/Kolkata").map(({ text }) => text)).toEqual(["00:00", "06:00", "12:00"]);
  });
});
