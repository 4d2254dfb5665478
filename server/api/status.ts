import { statusSchema } from "./output-status";
import { guarded, router } from "./trpc";

export const statusRouter = router({
  get: guarded.output(statusSchema).query(({ ctx }) => ctx.nestegg.status()),
});
