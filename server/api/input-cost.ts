import { z } from "zod";

const amount = z.number("use a number").nonnegative("use 0 or more").max(1e9, "that is more than any price");

const costInput = z.strictObject({
  prices: z.strictObject({
    date: z.iso.date("use a day such as 2026-11-24"),
    currency: z.literal("USD"),
    perGbMonth: amount,
    perMillionClassA: amount,
    perMillionClassB: amount,
    freeGb: amount,
    freeClassA: amount,
    freeClassB: amount,
  }),
  budget: amount.nullable(),
});

/** `was`: what the form showed when it was opened. */
export const saveCostInput = costInput.extend({ was: costInput.optional() });
