import { z } from "zod";
import type { Memory } from "../../control/types";
import type { DrillSettings, SettingSource } from "../../nestegg-operate";

const NAME = "settings:drill";
export const DRILL_DAYS = { min: 1, max: 90 };
/** Weekly: a drill reads two whole backups, and what it finds changes slowly. */
const DEFAULTS: DrillSettings = { enabled: true, everyDays: 7 };

const schema = z.object({
  enabled: z.boolean(),
  everyDays: z.number().int().min(DRILL_DAYS.min).max(DRILL_DAYS.max),
}) satisfies z.ZodType<DrillSettings>;

export async function readDrillSettings(memory: Memory): Promise<{ settings: DrillSettings; source: SettingSource }> {
  const text = await memory.get(NAME);
  if (text === null) return { settings: DEFAULTS, source: "default" };
  return { settings: schema.parse(JSON.parse(text)), source: "dashboard" };
}

export async function writeDrillSettings(memory: Memory, settings: DrillSettings): Promise<void> {
  await memory.set(NAME, JSON.stringify(schema.parse(settings)));
}
