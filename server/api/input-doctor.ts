import { z } from "zod";
import { backupIdSchema } from "./input";

const DAYS = "use a whole number of days from 1 to 90";

export const drillSettingsInput = z.object({
  enabled: z.boolean(),
  everyDays: z.number({ error: DAYS }).int(DAYS).min(1, DAYS).max(90, DAYS),
});

/** `was`: what the form began with; with it, a save over somebody else's is refused. */
export const saveDrillsInput = drillSettingsInput.extend({ was: drillSettingsInput.optional() });

/** Without an id: the newest good backup and a random older one. */
export const runDrillInput = z.object({ id: backupIdSchema.optional() });
