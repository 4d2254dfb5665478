import type { Clock } from "../../clock";
import { hasCode } from "../../errors";
import type { DoctorReport, DoctorRow } from "../../nestegg-operate";
import { explain, type Trial } from "./trials";

/** One thing to look at. What it throws becomes a fault of its title, so that the other rows come all the same. */
export interface Look {
  code: string;
  group: DoctorRow["group"];
  title: string;
  rows(): DoctorRow[] | DoctorRow | Promise<DoctorRow[] | DoctorRow>;
}

/** One after the other, in this order: the storage comes first, and the others read the list that it brought. */
export async function examine(clock: Pick<Clock, "now">, looks: Look[]): Promise<DoctorReport> {
  const startedAt = clock.now();
  const rows: DoctorRow[] = [];
  for (const { code, group, title, rows: look } of looks) {
    try {
      rows.push(...[await look()].flat());
    } catch (error) {
      if (hasCode(error, "cancelled", "stopping")) throw error;
      const { text, hint } = explain(error);
      rows.push({ code, group, title, state: "fault", text: `This could not be looked at: ${text}`, hint });
    }
  }
  return { at: startedAt.toISOString(), durationMs: clock.now().getTime() - startedAt.getTime(), rows };
}

export const asStorageRow = ({ durationMs: _, ...trial }: Trial): DoctorRow => ({ ...trial, group: "storage" });
