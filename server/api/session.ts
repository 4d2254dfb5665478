import { z } from "zod";
import { userSchema } from "./output";
import { guarded, procedure, router } from "./trpc";

export const sessionRouter = router({
  /** Null for visitors and for tokens. */
  get: procedure.output(z.object({ user: userSchema.nullable() })).query(({ ctx }) => ({ user: ctx.user })),

  /** For the button of the sign-in page; null: by password only. */
  provider: procedure.output(z.object({ name: z.string() }).nullable()).query(({ ctx }) => {
    const { oidc } = ctx.nestegg.facts;
    return oidc && { name: oidc.name };
  }),

  /** Ends every session of the caller, this one too. */
  signOutEverywhere: guarded
    .output(z.void())
    .mutation(({ ctx }) => ctx.nestegg.people.signOutEverywhere(ctx.caller, ctx.caller.actor.id)),
});
