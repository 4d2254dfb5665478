import { saveCostInput } from "./input-cost";
import { costSchema } from "./output-cost";
import { guarded, router } from "./trpc";

export const costRouter = router({
  get: guarded.output(costSchema).query(({ ctx }) => ctx.nestegg.operate.cost.get()),

  save: guarded
    .input(saveCostInput)
    .output(costSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.operate.cost.save(ctx.caller, input)),
});
