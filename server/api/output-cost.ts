import { z } from "zod";
import { saveCostInput } from "./input-cost";

export const costSchema = z.object({
  settings: saveCostInput,
  source: z.enum(["default", "environment", "dashboard"]),
  isR2: z.boolean(),
  billed: z.boolean(),
  month: z.object({
    name: z.string(),
    since: z.string(),
    storedGbMonths: z.number(),
    classA: z.number(),
    classB: z.number(),
    storageDollars: z.number(),
    requestDollars: z.number(),
    totalDollars: z.number(),
  }),
  forecast: z.object({ totalDollars: z.number(), storedGb: z.number(), overBudget: z.boolean() }),
  history: z.array(
    z.object({
      name: z.string(),
      totalDollars: z.number(),
      classA: z.number(),
      classB: z.number(),
      storedGbMonths: z.number(),
    }),
  ),
  perBackupDollars: z.number().nullable(),
});
