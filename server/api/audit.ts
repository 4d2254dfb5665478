import { z } from "zod";
import { auditListInput } from "./input-audit";
import { auditRowSchema } from "./output";
import { auditChoicesSchema } from "./output-people";
import { guarded, router } from "./trpc";

export const auditRouter = router({
  list: guarded
    .input(auditListInput)
    .output(z.array(auditRowSchema))
    .query(({ ctx, input }) => ctx.nestegg.audit.list(input)),

  /** Who and what there is to filter by. */
  choices: guarded.output(auditChoicesSchema).query(({ ctx }) => ctx.nestegg.audit.choices()),
});
