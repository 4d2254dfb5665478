import { z } from "zod";
import { changeChannelInput, channelIdInput, channelInput, deliveriesInput } from "./input-alerts";
import { channelSchema, deliverySchema, testResultSchema } from "./output-alerts";
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
    .mutation(({ ctx, input }) => ctx.nestegg.operate.alerts.change(ctx.caller, input)),

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
