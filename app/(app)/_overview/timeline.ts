import { formatClock } from "@/components/time-format";
import type { Status } from "../_shell/use-status";

type Point = Status["timeline"][number];

export const WINDOW_MS = 24 * 60 * 60 * 1000;
/** Each mark needs 24 px of its own to be pressed; on the widest card that is 1/36 of the line. */
const MARKS_MAX = 36;
/** On a phone this many fit. */
const MARKS_NARROW = 8;
const TICK_EVERY_HOURS = 6;
/** Labels at both ends need this part of the width. */
const TICK_MARGIN = 0.09;

export interface TimelineMark extends Point {
  /** 0 is 24 hours ago, 1 is now. */
  position: number;
  /** How many backups the mark stands for. */
  count: number;
  /** Also drawn where only a few fit. */
  narrow: boolean;
}

/** One mark for each crowd: its failed backup if it has one, else its newest, so that a failed one is never hidden. */
export function timelineMarks(points: Point[], now: number): TimelineMark[] {
  const inside = points
    .map((point) => ({ ...point, position: Math.min(1, 1 - (now - Date.parse(point.at)) / WINDOW_MS) }))
    .filter(({ position }) => position >= 0)
    .sort((a, b) => b.position - a.position);
  const marks: TimelineMark[] = [];
  for (const point of inside) {
    const before = marks.at(-1);
    if (!before || before.position - point.position >= 1 / MARKS_MAX) marks.push({ ...point, count: 1, narrow: false });
    // Its place stays that of the newest in the crowd, so that marks keep their distance.
    else
      marks[marks.length - 1] = {
        ...(isBad(point) && !isBad(before) ? { ...point, position: before.position } : before),
        count: before.count + 1,
        narrow: false,
      };
  }
  marks.reverse();
  const step = Math.max(1, Math.ceil(marks.length / MARKS_NARROW));
  return marks.map((mark, index) => ({ ...mark, narrow: (marks.length - 1 - index) % step === 0 }));
}

export function isBad({ state }: Pick<Point, "state">): boolean {
  return state === "failed" || state === "missing";
}

export function timelineTicks(now: number, zone: string): { position: number; text: string }[] {
  const ticks: { position: number; text: string }[] = [];
  const hour = 60 * 60 * 1000;
  // Zones differ by quarters of an hour: go by quarters and take those on which a local clock strikes.
  const quarter = hour / 4;
  for (let at = Math.ceil((now - WINDOW_MS) / quarter) * quarter; at < now; at += quarter) {
    const text = formatClock(at, zone);
    const position = 1 - (now - at) / WINDOW_MS;
    const strikes = text.endsWith(":00") && Number(text.slice(0, 2)) % TICK_EVERY_HOURS === 0;
    if (strikes && position > TICK_MARGIN && position < 1 - TICK_MARGIN) ticks.push({ position, text });
  }
  return ticks;
}
