import { z } from "zod";
import { retentionPolicyInput, runRetentionInput, saveRetentionInput } from "./input-retention";
import { bucketRulesSchema, retentionPreviewSchema, retentionSchema } from "./output-retention";
import { requireUnchanged } from "./require-unchanged";
import { guarded, router } from "./trpc";

export const retentionRouter = router({
  get: guarded.output(retentionSchema).query(({ ctx }) => ctx.nestegg.operate.retention.get()),

  /** Changes nothing: what each backup would become under these rules. */
  preview: guarded
    .input(retentionPolicyInput)
    .output(retentionPreviewSchema)
    .query(({ ctx, input }) => ctx.nestegg.operate.retention.preview(input)),

  save: guarded
    .input(saveRetentionInput)
    .output(retentionSchema)
    .mutation(async ({ ctx, input: { was, ...input } }) => {
      const { retention } = ctx.nestegg.operate;
      await requireUnchanged("the retention", was, async () => (await retention.get()).policy);
      return retention.save(ctx.caller, input);
    }),

  run: guarded
    .input(runRetentionInput)
    .output(z.object({ operationId: z.string() }))
    .mutation(({ ctx, input }) => ctx.nestegg.operate.retention.run(ctx.caller, input)),
});

export const bucketRulesRouter = router({
  get: guarded.output(bucketRulesSchema).query(({ ctx }) => ctx.nestegg.operate.bucketRules.get()),

  write: guarded.output(bucketRulesSchema).mutation(({ ctx }) => ctx.nestegg.operate.bucketRules.write(ctx.caller)),
});
