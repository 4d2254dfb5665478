import { z } from "zod";
import { createTokenInput, revokeTokenInput } from "./input";
import { tokenSchema } from "./output";
import { guarded, router } from "./trpc";

export const tokensRouter = router({
  list: guarded.output(z.array(tokenSchema)).query(({ ctx }) => ctx.nestegg.tokens.list()),

  /** The only answer that ever holds the secret. */
  create: guarded
    .input(createTokenInput)
    .output(z.object({ token: tokenSchema, secret: z.string() }))
    .mutation(({ ctx, input }) => ctx.nestegg.tokens.create(ctx.caller, input)),

  revoke: guarded
    .input(revokeTokenInput)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.nestegg.tokens.revoke(ctx.caller, input)),
});
