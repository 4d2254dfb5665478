import { z } from "zod";
import type { Memory } from "../../control/types";
import type { DrillResult } from "../../nestegg-operate";

const RESULTS = "drill:results";
const ATTEMPT = "drill:attempt";
const RESULTS_KEPT = 20;

const resultsSchema = z.array(
  z.object({
    operationId: z.string(),
    at: z.string(),
    backupId: z.string(),
    state: z.enum(["ok", "failed"]),
    durationMs: z.number(),
    bytes: z.number(),
    rows: z.number(),
    error: z.string().nullable(),
  }),
) satisfies z.ZodType<DrillResult[]>;

/** "begun" stays when the process dies in the middle: such a drill must not be tried again at once, and again. */
const attemptSchema = z.object({ at: z.string(), ended: z.enum(["none", "begun", "ok", "failed"]) });
export type DrillAttempt = z.infer<typeof attemptSchema>;

/** Newest first. */
export async function readDrills(memory: Memory): Promise<DrillResult[]> {
  const text = await memory.get(RESULTS);
  return text === null ? [] : resultsSchema.parse(JSON.parse(text));
}

export async function addDrill(memory: Memory, result: DrillResult): Promise<void> {
  const results = [result, ...(await readDrills(memory))].slice(0, RESULTS_KEPT);
  await memory.set(RESULTS, JSON.stringify(results));
}

export async function readAttempt(memory: Memory): Promise<DrillAttempt | null> {
  const text = await memory.get(ATTEMPT);
  return text === null ? null : attemptSchema.parse(JSON.parse(text));
}

export const writeAttempt = (memory: Memory, attempt: DrillAttempt) => memory.set(ATTEMPT, JSON.stringify(attempt));
