import { z } from "zod";

const MAX_DAYS = 36_500;
const MAX_KEPT = 10_000;

const kept = z
  .number({ error: "use a whole number" })
  .int("use a whole number")
  .min(0, "use a number from 0 to 10,000")
  .max(MAX_KEPT, "use a number from 0 to 10,000");

const rule = z.discriminatedUnion("keep", [
  z.object({ keep: z.literal("forever") }),
  z.object({
    keep: z.literal("days"),
    days: z
      .number({ error: "use a whole number" })
      .int("use whole days")
      .min(1, "keep at least 1 day")
      .max(MAX_DAYS, `at most ${MAX_DAYS} days`),
  }),
  z.object({
    keep: z.literal("generations"),
    last: kept,
    hourly: kept,
    daily: kept,
    weekly: kept,
    monthly: kept,
    yearly: kept,
  }),
]);

/** The verb judges the time zone, and that a rule keeps anything at all. */
export const retentionPolicyInput = z.object({
  all: rule,
  types: z.partialRecord(z.enum(["shutdown", "manual", "scheduled", "safety", "upload"]), rule),
  timeZone: z.string().trim().min(1, "name a time zone, such as UTC").max(100),
});

const confirmed = z.object({
  deletes: z.number().int().min(0),
  digest: z.string().max(100),
  acceptNewest: z.string().max(500).nullable(),
});

/** `was`: what the form showed when it was opened. */
export const saveRetentionInput = z.object({
  policy: retentionPolicyInput,
  confirmed,
  was: retentionPolicyInput.optional(),
});

export const runRetentionInput = z.object({ dryRun: z.boolean(), confirmed: confirmed.optional() });
