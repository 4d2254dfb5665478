import { z } from "zod";
import type { AuditBook } from "../nestegg";
import type { Invitation, PeopleAdmin } from "../nestegg-operate";
import { roleSchema } from "./input";
import { auditRowSchema, userSchema } from "./output";

const moment = z.string().describe("ISO 8601, UTC");

export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment,
}) satisfies z.ZodType<Invitation>;

export const peopleSchema = z.object({
  people: z.array(userSchema.extend({ lastAdmin: z.boolean() })),
  invitations: z.array(invitationSchema),
}) satisfies z.ZodType<Awaited<ReturnType<PeopleAdmin["list"]>>>;

export const openInvitationSchema = z.object({ email: z.string(), role: roleSchema, expiresAt: moment });

export const auditChoicesSchema = z.object({
  actors: z.array(z.object({ id: z.string(), name: z.string(), kind: auditRowSchema.shape.actorKind })),
  actions: z.array(z.string()),
}) satisfies z.ZodType<Awaited<ReturnType<AuditBook["choices"]>>>;
