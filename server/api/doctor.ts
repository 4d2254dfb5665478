import { runDrillInput, saveDrillsInput } from "./input-doctor";
import { startedSchema } from "./output";
import { doctorReportSchema, drillViewSchema } from "./output-doctor";
import { requireUnchanged } from "./require-unchanged";
import { guarded, router } from "./trpc";

export const doctorRouter = router({
  last: guarded.output(doctorReportSchema.nullable()).query(({ ctx }) => ctx.nestegg.operate.doctor.last()),

  /** A mutation: it writes and removes scratch objects, and keeps its report. */
  run: guarded.output(doctorReportSchema).mutation(({ ctx }) => ctx.nestegg.operate.doctor.run(ctx.caller)),
});

export const drillsRouter = router({
  get: guarded.output(drillViewSchema).query(({ ctx }) => ctx.nestegg.operate.drills.get()),

  save: guarded
    .input(saveDrillsInput)
    .output(drillViewSchema)
    .mutation(async ({ ctx, input: { was, ...settings } }) => {
      const { drills } = ctx.nestegg.operate;
      await requireUnchanged("the drills", was, async () => (await drills.get()).settings);
      return drills.save(ctx.caller, settings);
    }),

  run: guarded
    .input(runDrillInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.drills.run(ctx.caller, input)),
});
