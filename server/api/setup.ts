import { z } from "zod";
import { createAdminInput } from "./input";
import { userSchema } from "./output";
import { procedure, router } from "./trpc";

export const setupRouter = router({
  needed: procedure.output(z.boolean()).query(({ ctx }) => ctx.nestegg.people.needsSetup()),

  /** Open to visitors: the one-time code that the server printed is what it asks for. */
  createAdmin: procedure
    .input(createAdminInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.people.createFirstAdmin({ ...input, address: ctx.address })),
});
