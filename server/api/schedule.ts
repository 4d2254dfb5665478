import { pauseInput, scheduleInput } from "./input-schedule";
import { scheduleSchema } from "./output-schedule";
import { guarded, router } from "./trpc";

export const scheduleRouter = router({
  get: guarded.output(scheduleSchema).query(({ ctx }) => ctx.nestegg.operate.schedule.get()),

  /** Changes nothing: what `get` would say with these. */
  preview: guarded
    .input(scheduleInput)
    .output(scheduleSchema)
    .query(({ ctx, input }) => ctx.nestegg.operate.schedule.preview(input)),

  save: guarded
    .input(scheduleInput)
    .output(scheduleSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.schedule.save(ctx.caller, input)),

  pause: guarded
    .input(pauseInput)
    .output(scheduleSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.schedule.pause(ctx.caller, input)),

  resume: guarded.output(scheduleSchema).mutation(({ ctx }) => ctx.nestegg.operate.schedule.resume(ctx.caller)),
});
