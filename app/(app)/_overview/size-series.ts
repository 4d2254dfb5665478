import { dayKey } from "@/components/time-format";
import type { Status } from "../_shell/use-status";

type Sample = Status["sizes"][number];

const DAY_MS = 24 * 60 * 60 * 1000;
/** A younger history is stretched over a week, else its few hours would look like a trend. */
const SPAN_MIN_MS = 7 * DAY_MS;
const GRID_LINES = 3;

export interface SizeSeries {
  /** In percent of the plot, from its upper left corner. */
  line: { x: number; y: number }[];
  bars: { x: number; height: number; day: string; sentBytes: number }[];
  grid: { y: number; bytes: number }[];
  labels: { x: number; at: number }[];
  /** Of the newest sample against the oldest. */
  grownBytes: number;
  spanDays: number;
  days: { day: string; at: number; bytes: number; sentBytes: number; count: number }[];
}

/** Everything the drawing needs, in plain numbers. Null without a sample. */
export function sizeSeries(samples: Sample[], now: number, zone: string): SizeSeries | null {
  const points = samples
    .map(({ at, ...rest }) => ({ at: Date.parse(at), ...rest }))
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at);
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return null;
  const start = Math.min(first.at, now - SPAN_MIN_MS);
  const x = (at: number) => ((at - start) / (now - start)) * 100;

  const byDay = new Map<string, SizeSeries["days"][number]>();
  for (const { at, bytes, sentBytes } of points) {
    const day = dayKey(at, zone);
    const before = byDay.get(day);
    byDay.set(day, {
      day,
      at,
      bytes,
      sentBytes: (before?.sentBytes ?? 0) + sentBytes,
      count: (before?.count ?? 0) + 1,
    });
  }
  const days = [...byDay.values()];
  const step = niceStep(
    Math.max(...points.map(({ bytes }) => bytes), ...days.map(({ sentBytes }) => sentBytes)) / GRID_LINES,
  );
  const top = step * GRID_LINES;
  const y = (bytes: number) => 100 - (bytes / top) * 100;
  return {
    line: [...points.map((point) => ({ x: x(point.at), y: y(point.bytes) })), { x: 100, y: y(last.bytes) }],
    bars: days.map(({ day, at, sentBytes }) => ({ x: x(at), height: (sentBytes / top) * 100, day, sentBytes })),
    grid: Array.from({ length: GRID_LINES + 1 }, (_, index) => ({ y: y(index * step), bytes: index * step })),
    labels: [0.08, 0.5, 0.92].map((part) => ({ x: part * 100, at: start + part * (now - start) })),
    grownBytes: last.bytes - first.bytes,
    spanDays: Math.round((last.at - first.at) / DAY_MS),
    days,
  };
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `wanted`. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= wanted) ?? 10;
  return factor * power;
}
