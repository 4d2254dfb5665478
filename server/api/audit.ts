import { z } from "zod";
import { auditListInput } from "./input";
import { auditRowSchema } from "./output";
import { guarded, router } from "./trpc";

export const auditRouter = router({
  list: guarded
    .input(auditListInput)
    .output(z.array(auditRowSchema))
    .query(({ ctx, input }) => ctx.nestegg.audit.list(input)),
});
