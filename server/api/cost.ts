import { saveCostInput } from "./input-cost";
import { costSchema } from "./output-cost";
import { requireUnchanged } from "./require-unchanged";
import { guarded, router } from "./trpc";

export const costRouter = router({
  get: guarded.output(costSchema).query(({ ctx }) => ctx.nestegg.operate.cost.get()),

  save: guarded
    .input(saveCostInput)
    .output(costSchema)
    .mutation(async ({ ctx, input: { was, ...settings } }) => {
      const { cost } = ctx.nestegg.operate;
      await requireUnchanged("the prices", was, async () => (await cost.get()).settings);
      return cost.save(ctx.caller, settings);
    }),
});
