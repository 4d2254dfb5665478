/** The spans of which a generation keeps one backup each. */
export const SPANS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Span = (typeof SPANS)[number];

export interface SpanOf {
  /** Equal for two moments exactly when they lie in the same span. */
  key: string;
  /** For people: "18 Nov 2026", "week 47 of 2026". */
  name: string;
}

export type Calendar = (time: Date) => Record<Span, SpanOf>;

const DAY_MS = 24 * 3_600_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** In ISO 8601 a week belongs to the year of its Thursday. */
const THURSDAY = 4;

/** Hours, days, ISO weeks, months and years as the clocks of `timeZone` count them. Throws RangeError for a name that is no zone. */
export function createCalendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (time) => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    const date = Date.UTC(year, month - 1, day);
    const week = isoWeek(date);
    // The hour that comes twice when clocks are set back is two hours, told apart by their distance to UTC.
    const offset = Math.round((date + (hour * 60 + minute) * 60_000 - time.getTime()) / 60_000);
    const dayName = `${day} ${MONTHS[month - 1]} ${year}`;
    return {
      hourly: { key: `${date} ${hour} ${offset}`, name: `${dayName}, ${String(hour).padStart(2, "0")}:00` },
      daily: { key: String(date), name: dayName },
      weekly: { key: `${week.year}-${week.number}`, name: `week ${week.number} of ${week.year}` },
      monthly: { key: `${year}-${month}`, name: `${MONTHS[month - 1]} ${year}` },
      yearly: { key: String(year), name: String(year) },
    };
  };
}

function isoWeek(date: number): { year: number; number: number } {
  const weekday = new Date(date).getUTCDay() || 7;
  const thursday = new Date(date + (THURSDAY - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, number: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) };
}

/** "24 Dec 2026" on the clocks of the zone. */
export function dayIn(timeZone: string, time: Date): string {
  return createCalendar(timeZone)(time).daily.name;
}
