import { dayKey } from "@/components/time-format";

export interface RowGroup<Row> {
  label: string;
  rows: Row[];
}

const DAY_MS = 86_400_000;

/** Runs of rows under "Today", "Yesterday", "Last 7 days", then one group a month; the order of the rows stays. */
export function groupRows<Row>(
  rows: Row[],
  timeOf: (row: Row) => string,
  { now, zone }: { now: number; zone: string },
): RowGroup<Row>[] {
  const groups: RowGroup<Row>[] = [];
  const today = dayNumber(now, zone);
  for (const row of rows) {
    const at = Date.parse(timeOf(row));
    const label = groupLabel(at, today - dayNumber(at, zone), zone);
    const last = groups.at(-1);
    if (last?.label === label) last.rows.push(row);
    else groups.push({ label, rows: [row] });
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
