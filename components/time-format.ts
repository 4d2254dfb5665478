/** One language, one order of day and month on every machine; only the zone is the reader's. */
const LOCALE = "en-GB";
const NBSP = "\u00a0";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function formatClock(at: number, zone: string): string {
  return new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
}

/** "24 Nov", with the year when it is not this one. */
export function formatDay(at: number, now: number, zone: string): string {
  const part = (moment: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone }).format(moment);
  const sameYear = part(at, { year: "numeric" }) === part(now, { year: "numeric" });
  // Intl says "Sept" for September alone; three letters keep the columns even.
  return part(at, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) }).replace("Sept", "Sep");
}

/** "24 Nov, 14:00". */
export function formatAbsolute(at: number, now: number, zone: string): string {
  return `${formatDay(at, now, zone)}, ${formatClock(at, zone)}`;
}

/** For titles and tooltips: "Tuesday 24 November 2026, 14:00:03". */
export function formatFull(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeZone: zone }).format(at).replace(",", "");
  const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium", timeZone: zone }).format(at);
  return `${parts}, ${clock}`;
}

/** For a page's head: "Tuesday 24 November, 14:12". */
export function formatMoment(at: number, zone: string): string {
  const day = new Intl.DateTimeFormat(LOCALE, {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: zone,
  }).format(at);
  return `${day.replace(",", "")}, ${formatClock(at, zone)}`;
}

/** "14 s", "12 min", "5 h", "3 days", "4 months": how long, without direction. */
export function formatSpan(ms: number): string {
  const length = Math.abs(ms);
  if (length < MINUTE_MS) return length < 1000 ? `0${NBSP}s` : `${Math.floor(length / 1000)}${NBSP}s`;
  if (length < HOUR_MS) return `${Math.floor(length / MINUTE_MS)}${NBSP}min`;
  if (length < 2 * DAY_MS) return `${Math.floor(length / HOUR_MS)}${NBSP}h`;
  if (length < 60 * DAY_MS) return `${Math.floor(length / DAY_MS)}${NBSP}days`;
  if (length < 730 * DAY_MS) return `${Math.floor(length / (30 * DAY_MS))}${NBSP}months`;
  return `${Math.floor(length / (365 * DAY_MS))}${NBSP}years`;
}

/** "just now", "12 min ago", "in 48 min". A page's clock moves once a minute: what it has not reached yet has just been. */
export function formatRelative(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < MINUTE_MS) return "just now";
  return ms > 0 ? `${formatSpan(ms)} ago` : `in ${formatSpan(ms)}`;
}

/** "38 ms", "2.4 s", "14 s", "3 min 12 s", "2 h 5 min": a measured length. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}${NBSP}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}${NBSP}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}${NBSP}s`;
  if (seconds < 3600) {
    const rest = seconds % 60;
    return `${Math.floor(seconds / 60)}${NBSP}min${rest ? ` ${rest}${NBSP}s` : ""}`;
  }
  const minutes = Math.round(seconds / 60);
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${NBSP}h${rest ? ` ${rest}${NBSP}min` : ""}`;
}

/** "2026-11-24" in that zone: the key of a day group. */
export function dayKey(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);
}
