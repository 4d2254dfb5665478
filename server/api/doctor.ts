import { drillSettingsInput, runDrillInput } from "./input-doctor";
import { startedSchema } from "./output";
import { doctorReportSchema, drillViewSchema } from "./output-doctor";
import { guarded, router } from "./trpc";

export const doctorRouter = router({
  last: guarded.output(doctorReportSchema.nullable()).query(({ ctx }) => ctx.nestegg.operate.doctor.last()),

  /** A mutation: it writes and removes scratch objects, and keeps its report. */
  run: guarded.output(doctorReportSchema).mutation(({ ctx }) => ctx.nestegg.operate.doctor.run(ctx.caller)),
});

export const drillsRouter = router({
  get: guarded.output(drillViewSchema).query(({ ctx }) => ctx.nestegg.operate.drills.get()),

  save: guarded
    .input(drillSettingsInput)
    .output(drillViewSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.drills.save(ctx.caller, input)),

  run: guarded
    .input(runDrillInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.drills.run(ctx.caller, input)),
});
