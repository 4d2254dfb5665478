import type { Status } from "../_shell/use-status";

type Day = Status["days"][number];

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEKS = 5;

export interface WeekDay {
  date: string;
  /** good: all worked; mixed: some failed; bad: all failed; none: nothing ran; future; unknown: older than is kept. */
  state: "good" | "mixed" | "bad" | "none" | "future" | "unknown";
  good: number;
  failed: number;
  today: boolean;
}

/** Five rows from Monday to Sunday, the last one with today in it. All in UTC, as the ids are. */
export function lastWeeks(days: Day[], now: number): WeekDay[][] {
  const known = new Map(days.map((day) => [day.date, day]));
  const today = isoDay(now);
  const sinceMonday = (new Date(now).getUTCDay() + 6) % 7;
  const start = Date.parse(`${today}T00:00:00Z`) - (sinceMonday + (WEEKS - 1) * 7) * DAY_MS;
  return Array.from({ length: WEEKS }, (_, week) =>
    Array.from({ length: 7 }, (_, weekday) => {
      const date = isoDay(start + (week * 7 + weekday) * DAY_MS);
      const day = known.get(date);
      const { good, failed } = day ?? { good: 0, failed: 0 };
      return {
        date,
        good,
        failed,
        today: date === today,
        state: date > today ? "future" : day ? stateOf(good, failed) : "unknown",
      };
    }),
  );
}

function stateOf(good: number, failed: number): WeekDay["state"] {
  if (good === 0 && failed === 0) return "none";
  if (failed === 0) return "good";
  return good > 0 ? "mixed" : "bad";
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
