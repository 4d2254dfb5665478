import { dayKey } from "@/components/time-format";
import type { BackupView } from "@/server/nestegg";

export interface BackupGroup {
  label: string;
  backups: BackupView[];
}

const DAY_MS = 86_400_000;

/** Runs of rows under "Today", "Yesterday", "Last 7 days", then one group a month; the order of the rows stays. */
export function groupByDay(backups: BackupView[], now: number, zone: string): BackupGroup[] {
  const groups: BackupGroup[] = [];
  const today = dayNumber(now, zone);
  for (const backup of backups) {
    const at = Date.parse(backup.timestamp);
    const label = groupLabel(at, today - dayNumber(at, zone), zone);
    const last = groups.at(-1);
    if (last?.label === label) last.backups.push(backup);
    else groups.push({ label, backups: [backup] });
  }
  return groups;
}

function groupLabel(at: number, daysAgo: number, zone: string): string {
  if (daysAgo <= 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  if (daysAgo < 7) return "Last 7 days";
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, month: "long", year: "numeric" }).format(at);
}

/** Days since 1970 on the calendar of that zone. */
function dayNumber(at: number, zone: string): number {
  return Date.parse(`${dayKey(at, zone)}T00:00:00Z`) / DAY_MS;
}
