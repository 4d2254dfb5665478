import { z } from "zod";
import { ROLES, SCOPES } from "./types";

/** What of the memory goes along: what admins have set. All else there is about this one machine (its id, how it stopped). */
export const SETTING_PREFIX = "settings:";

const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** What of the control database outlives its machine. No secret is in it, and no hash of one. */
export const recordRowsSchema = z.object({
  settings: z.array(z.object({ name: z.string().startsWith(SETTING_PREFIX), value: z.string() })),
  people: z.array(
    z.object({
      id: z.string().min(1),
      email: z.string().min(1),
      name: z.string(),
      role: z.enum(ROLES),
      disabled: z.boolean(),
      sessionVersion: z.int().nonnegative(),
      createdAt: z.string(),
      externalIssuer: z.string().nullable(),
      externalSubject: z.string().nullable(),
    }),
  ),
  tokens: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      createdAt: z.string(),
      createdBy: z.string(),
      expiresAt: z.string().nullable(),
      revokedAt: z.string().nullable(),
    }),
  ),
  /** To be entered anew: without its address and secret a channel is only a name. */
  channels: z.array(
    z.object({ name: z.string(), kind: z.string(), enabled: z.boolean(), events: z.array(z.string()) }),
  ),
  operations: z.array(
    z.object({
      id: z.string().regex(/^op_[0-9a-f]{21}$/),
      kind: z.string(),
      title: z.string(),
      state: z.string(),
      backupId: z.string().nullable(),
      actor: z.object({ kind: z.enum(["user", "token", "environment", "system"]), id: z.string(), name: z.string() }),
      createdAt: z.string(),
      startedAt: z.string().nullable(),
      finishedAt: z.string(),
      summary: z.string().nullable(),
      error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
      detail: facts,
    }),
  ),
  audit: z.array(
    z.object({
      at: z.string(),
      actor: z.string(),
      actorId: z.string(),
      actorKind: z.enum(["user", "token", "environment", "system"]),
      address: z.string().nullable(),
      action: z.string(),
      target: z.string().nullable(),
      detail: facts,
    }),
  ),
});

export type RecordRows = z.infer<typeof recordRowsSchema>;
