import { z } from "zod";
import {
  acceptInput,
  changePasswordInput,
  invitationInput,
  inviteInput,
  personInput,
  setDisabledInput,
  setRoleInput,
} from "./input-people";
import { userSchema } from "./output";
import { invitationSchema, openInvitationSchema, peopleSchema } from "./output-people";
import { newSessionCookie } from "./session-cookie";
import { guarded, procedure, router } from "./trpc";

export const peopleRouter = router({
  list: guarded.output(peopleSchema).query(({ ctx }) => ctx.nestegg.people.list()),

  /** The only answer that ever holds the link. */
  invite: guarded
    .input(inviteInput)
    .output(z.object({ invitation: invitationSchema, link: z.string() }))
    .mutation(({ ctx, input }) => ctx.nestegg.people.invite(ctx.caller, input)),

  withdraw: guarded
    .input(personInput)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.nestegg.people.withdraw(ctx.caller, input)),

  /** Open to visitors: whoever has the code may see what it opens. */
  invitation: procedure
    .input(invitationInput)
    .output(openInvitationSchema.nullable())
    .query(({ ctx, input }) => ctx.nestegg.people.invitation(input)),

  accept: procedure
    .input(acceptInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.people.accept({ ...input, address: ctx.address })),

  setRole: guarded
    .input(setRoleInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.people.setRole(ctx.caller, input)),

  setDisabled: guarded
    .input(setDisabledInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.people.setDisabled(ctx.caller, input)),

  /** Every session ends, and this browser gets a new one with the answer. */
  changePassword: guarded
    .input(changePasswordInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { sessionVersion } = await ctx.nestegg.people.changePassword(ctx.caller, input);
      const cookie = await newSessionCookie({ userId: ctx.caller.actor.id, sessionVersion }, ctx.nestegg.facts);
      ctx.answerHeaders.append("set-cookie", cookie);
    }),
});
