import { pauseInput, saveScheduleInput, scheduleInput } from "./input-schedule";
import { scheduleSchema } from "./output-schedule";
import { requireUnchanged } from "./require-unchanged";
import { guarded, router } from "./trpc";

export const scheduleRouter = router({
  get: guarded.output(scheduleSchema).query(({ ctx }) => ctx.nestegg.operate.schedule.get()),

  /** Changes nothing: what `get` would say with these. */
  preview: guarded
    .input(scheduleInput)
    .output(scheduleSchema)
    .query(({ ctx, input }) => ctx.nestegg.operate.schedule.preview(input)),

  save: guarded
    .input(saveScheduleInput)
    .output(scheduleSchema)
    .mutation(async ({ ctx, input: { was, ...settings } }) => {
      const { schedule } = ctx.nestegg.operate;
      await requireUnchanged("the schedule", was, async () => (await schedule.get()).settings);
      return schedule.save(ctx.caller, settings);
    }),

  pause: guarded
    .input(pauseInput)
    .output(scheduleSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.schedule.pause(ctx.caller, input)),

  resume: guarded.output(scheduleSchema).mutation(({ ctx }) => ctx.nestegg.operate.schedule.resume(ctx.caller)),
});
