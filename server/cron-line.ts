import { Cron } from "croner";

const FIELDS = [
  { name: "minute", range: "0 to 59" },
  { name: "hour", range: "0 to 23" },
  { name: "day of the month", range: "1 to 31" },
  { name: "month", range: "1 to 12, or JAN to DEC" },
  { name: "day of the week", range: "0 to 7, or SUN to SAT" },
] as const;
/** Far enough for a 29 February that is a Sunday; a line without a slot until then never comes. */
const NEVER_AFTER_YEARS = 40;

/**
 * A cron line on the wall clock of a zone. A fixed time that a clock change leaves out comes at the next moment that exists, one
 * that comes twice counts once; with lists too ("30 2,14 * * *"), which croner by default takes for an interval.
 */
export function cronOf(line: string, timeZone: string): Cron {
  return new Cron(line, { mode: "5-part", fixedTimeRule: "no-wildcard", timezone: timeZone });
}

/** What is wrong with a line of five fields, in words for whoever wrote it; null when it is right. */
export function cronFault(line: string, now: Date): string | null {
  const fields = line.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    const count = line.trim() === "" ? 0 : fields.length;
    return `a cron line has five fields (minute, hour, day, month, weekday), this one has ${count}`;
  }
  for (const [index, { name, range }] of FIELDS.entries()) {
    const alone = FIELDS.map((_, place) => (place === index ? fields[index] : "*")).join(" ");
    if (!parses(alone))
      return `“${fields[index]}” is no ${name}: use ${range}, *, lists with commas, ranges and */steps`;
  }
  if (!parses(fields.join(" "))) return "these five fields do not go together";
  const next = cronOf(fields.join(" "), "UTC").nextRun(now);
  const never = !next || next.getUTCFullYear() > now.getUTCFullYear() + NEVER_AFTER_YEARS;
  return never ? "there is no such day, so it would never run" : null;
}

/** By an IANA name such as Europe/Berlin or UTC. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function parses(line: string): boolean {
  try {
    cronOf(line, "UTC");
    return true;
  } catch {
    return false;
  }
}
