import { z } from "zod";
import { changeChannelInput, channelIdInput, channelInput, deliveriesInput } from "./input-alerts";
import { channelSchema, deliverySchema, testResultSchema } from "./output-alerts";
import { requireUnchanged } from "./require-unchanged";
import { guarded, router } from "./trpc";

export const alertsRouter = router({
  channels: guarded.output(z.array(channelSchema)).query(({ ctx }) => ctx.nestegg.operate.alerts.channels()),

  add: guarded
    .input(channelInput)
    .output(channelSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.alerts.add(ctx.caller, input)),

  change: guarded
    .input(changeChannelInput)
    .output(channelSchema)
    .mutation(async ({ ctx, input: { was, ...input } }) => {
      const { alerts } = ctx.nestegg.operate;
      await requireUnchanged("this channel", was, async () => {
        const now = (await alerts.channels()).find(({ id }) => id === input.id);
        // One that was removed meanwhile is missed by the verb itself, in better words.
        if (!now) return was;
        const { name, enabled, events, publicSettings } = now;
        return { name, enabled, events, publicSettings };
      });
      return alerts.change(ctx.caller, input);
    }),

  remove: guarded
    .input(channelIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.nestegg.operate.alerts.remove(ctx.caller, input)),

  /** A mutation: a message leaves the house. */
  test: guarded
    .input(channelIdInput)
    .output(testResultSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.alerts.test(ctx.caller, input)),

  deliveries: guarded
    .input(deliveriesInput)
    .output(z.array(deliverySchema))
    .query(({ ctx, input }) => ctx.nestegg.operate.alerts.deliveries(input)),
});
